//go:build !windows

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestEnvironmentSetsAndTakesAway(t *testing.T) {
	base := []string{"HOME=/root", "HEARTH_URL=http://x", "HEARTH_TOKEN=t", "DISPLAY=:0", "GOOS=linux"}
	got := environment(base, []string{"DISPLAY", "HEARTH_*", "HEARTH_BIN=/bin/hearth", "GOOS=windows"})
	want := []string{"HOME=/root", "HEARTH_BIN=/bin/hearth", "GOOS=windows"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if base[1] != "HEARTH_URL=http://x" {
		t.Error("the environment of this process was changed")
	}
}

func TestFailureNamesTheCommandAndWhatItSaid(t *testing.T) {
	_, err := call{args: []string{"sh", "-c", "echo no such room >&2; exit 3"}}.output(context.Background())
	if err == nil || !strings.Contains(err.Error(), "exit status 3: no such room") || !strings.HasPrefix(err.Error(), "sh ") {
		t.Errorf("got %v", err)
	}
}

// A shell's background children ignore the interrupt that stops the shell. One that outlived a stopped test run would keep
// its port, and the next run would fail.
func TestStoppedCallLeavesNoChildBehind(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "held")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- call{args: []string{"sh", "-c", "sleep 1000 >" + fifo + " 2>&1 & wait"}}.run(ctx, io.Discard)
	}()
	held, err := os.Open(fifo) // opens when the child has it open for writing
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	stop()
	if err := <-ended; err == nil {
		t.Error("a stopped call ended well")
	}
	var rest bytes.Buffer
	if _, err := rest.ReadFrom(held); err != nil { // ends when the last writer is gone
		t.Fatal(err)
	}
}
