package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// hasDisplay reports whether a window can be opened. On Windows and macOS the session of a person has one.
func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// withXvfb runs work with the name of a display that exists only in memory, and takes the display down afterwards. Xvfb
// itself picks a free number and tells it through a pipe, so that several can run beside each other.
func withXvfb(ctx context.Context, out io.Writer, work func(ctx context.Context, display string) error) error {
	numbers, tell, err := os.Pipe()
	if err != nil {
		return err
	}
	defer numbers.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	server := call{args: []string{"Xvfb", "-displayfd", "3", "-screen", "0", "1400x900x24", "-nolisten", "tcp", "-noreset"}}.command(ctx)
	server.ExtraFiles = []*os.File{tell}
	server.Stdout, server.Stderr = out, out
	err = server.Start()
	tell.Close()
	if err != nil {
		return fmt.Errorf("start Xvfb: %w", err)
	}
	ended := make(chan struct{})
	go func() { // ends with the server, which the deferred function below stops
		_ = server.Wait() // why it ended is what it wrote to out
		cancel(errors.New("Xvfb ended too early"))
		close(ended)
	}()
	defer func() { cancel(nil); <-ended }()

	number, err := bufio.NewReader(numbers).ReadString('\n')
	if err != nil {
		return errors.New("Xvfb did not start")
	}
	err = work(ctx, ":"+strings.TrimSpace(number))
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
