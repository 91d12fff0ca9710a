package backend_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hearth/backend"
	"hearth/backend/fault"
)

func TestTheDataFolderIsWhereTheSystemKeepsState(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the variables of this test are Linux's")
	}
	for _, c := range []struct{ name, state, xdg, home, want string }{
		{"a service", "/var/lib/hearth", "/x", "/home/ada", "/var/lib/hearth"},
		{"XDG", "", "/x", "/home/ada", "/x/hearth"},
		{"a relative XDG path counts for nothing", "", "x", "/home/ada", "/home/ada/.local/share/hearth"},
		{"a home", "", "", "/home/ada", "/home/ada/.local/share/hearth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("STATE_DIRECTORY", c.state)
			t.Setenv("XDG_DATA_HOME", c.xdg)
			t.Setenv("HOME", c.home)
			if got, err := backend.DataFolder(""); err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
			if got, err := backend.DataFolder("/chosen"); err != nil || got != filepath.FromSlash("/chosen") {
				t.Errorf("got %q, %v; want the chosen one", got, err)
			}
		})
	}
}

func TestWithoutAHomeTheFlagIsNamed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the variables of this test are Linux's")
	}
	for _, name := range []string{"STATE_DIRECTORY", "XDG_DATA_HOME", "HOME"} {
		t.Setenv(name, "")
	}
	_, err := backend.DataFolder("")
	if !fault.Is(err, fault.BadRequest) || !strings.Contains(err.Error(), "--data") {
		t.Errorf("got %v, want a fault that names --data", err)
	}
}
