package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"hearth/backend"
)

type versionCmd struct {
	JSON bool `help:"Print it as JSON."`
}

func (versionCmd) Help() string { return "Example:\n\n    hearth version --json" }

func (c *versionCmd) Run() error {
	v := struct {
		Version string `json:"version"`
		Commit  string `json:"commit,omitempty"`
		Go      string `json:"go"`
		System  string `json:"system"`
		Window  bool   `json:"window"`
	}{backend.Version, commit(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, hasWindow}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(v)
	}
	fmt.Println(about())
	return nil
}

// about says in a line which program this is.
func about() string {
	kind := "headless"
	if hasWindow {
		kind = "with a window"
	}
	return fmt.Sprintf("hearth %s (%s/%s, %s, %s)", backend.Version, runtime.GOOS, runtime.GOARCH, kind, runtime.Version())
}

// commit is the revision the program was built from, or "" when it was not built in a checkout.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
