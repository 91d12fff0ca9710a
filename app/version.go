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
	kind := "headless"
	if v.Window {
		kind = "with a window"
	}
	fmt.Printf("hearth %s (%s, %s, %s)\n", v.Version, v.System, kind, v.Go)
	return nil
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
