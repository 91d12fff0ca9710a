package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	tests := []struct {
		args     string
		code     int
		out, err string // a part of what is printed
	}{
		{"", exitUsage, "package", ""},
		{"--help", exitOK, "run ", ""},
		{"test --help", exitOK, "N passed, N failed", ""},
		{"launch", exitUsage, "", `no command "launch"`},
		{"test ./...", exitUsage, "", `test takes no "./..."`},
		{"package --now", exitUsage, "", `package takes no "--now"`},
	}
	for _, test := range tests {
		var out, errOut bytes.Buffer
		code := dispatch(context.Background(), strings.Fields(test.args), &out, &errOut)
		if code != test.code || !strings.Contains(out.String(), test.out) || !strings.Contains(errOut.String(), test.err) {
			t.Errorf("build %s: code %d, printed %q and %q", test.args, code, out.String(), errOut.String())
		}
	}
}

func TestNodeIsNewEnough(t *testing.T) {
	for version, want := range map[string]bool{
		"v20.19.0": true, "v20.20.2": true, "v22.0.0": true, "v24.1.0-nightly": true,
		"v20.18.9": false, "v18.20.4": false, "v9.99.0": false, "node": false, "": false,
	} {
		if err := checkNodeVersion(version); (err == nil) != want {
			t.Errorf("%q: %v", version, err)
		}
	}
}
