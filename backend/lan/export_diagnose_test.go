package lan

import (
	"context"
	"errors"
	"io/fs"
	"strings"
)

// DiagnoseOn is Diagnose on a made-up computer: its files by their paths, and the output of programs by their command lines.
func DiagnoseOn(ctx context.Context, os string, files, programs map[string]string, s Situation) []Finding {
	m := machine{
		os: os, exe: `C:\Hearth\hearth.exe`,
		env: func(string) string { return "" },
		read: func(path string) ([]byte, error) {
			if text, ok := files[path]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		},
		run: func(_ context.Context, name string, args ...string) ([]byte, error) {
			if out, ok := programs[strings.Join(append([]string{name}, args...), " ")]; ok {
				return []byte(out), nil
			}
			return nil, errors.New("no such program")
		},
	}
	if os != "windows" {
		m.exe = "/opt/hearth's/hearth"
	}
	return m.diagnose(ctx, s)
}
