//go:build linux

package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"testing"
)

// dialDisplay opens the abstract socket that the X server of a display listens on.
func dialDisplay(display string) error {
	conn, err := net.Dial("unix", "@/tmp/.X11-unix/X"+display[1:])
	if err == nil {
		conn.Close()
	}
	return err
}

func needXvfb(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("Xvfb"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("needs Xvfb")
	}
}

func TestDisplayIsThereForTheWorkAndGoneAfterwards(t *testing.T) {
	needXvfb(t)
	var display string
	err := withXvfb(t.Context(), t.Output(), func(_ context.Context, name string) error {
		display = name
		return dialDisplay(name)
	})
	if err != nil {
		t.Fatalf("display %q: %v", display, err)
	}
	if dialDisplay(display) == nil {
		t.Errorf("display %s still answers", display)
	}
}

func TestWorkOnADisplayFailsWithItsOwnError(t *testing.T) {
	needXvfb(t)
	cause := errors.New("the window has no title")
	if err := withXvfb(t.Context(), t.Output(), func(context.Context, string) error { return cause }); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
}

func TestMissingXvfbIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := withXvfb(t.Context(), t.Output(), func(context.Context, string) error { return nil })
	if !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v, want that Xvfb was not found", err)
	}
}
