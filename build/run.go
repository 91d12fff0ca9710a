package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

func runCommand() command {
	return command{
		name:  "run",
		short: "build what changed and start the program",
		long: `
go run ./build run [-v] [ARG…]

Builds the page and the program into build/bin. With a display it opens the window; its libraries are installed where
this user may, and where they cannot be had, or without a display, it builds the headless program and serves.
The arguments go to the program: go run ./build run serve --listen 127.0.0.1:8000`,
		do: func(ctx context.Context, p *project, args []string) error { return p.run(ctx, args) },
	}
}

// run ends as the program: on Unix this process becomes it.
func (p *project) run(ctx context.Context, args []string) error {
	r := newRunner(p)
	if err := r.run(ctx, p.pageSteps()); err != nil {
		return err
	}
	window, err := p.prepareWindow(ctx, r)
	if err != nil {
		return err
	}
	programs := native(window)
	var steps []step
	for _, b := range programs {
		steps = append(steps, b.step(p, "program ("+b.kind()+")", p.path("build", "bin", b.fileName())))
	}
	if err := r.run(ctx, steps); err != nil {
		return err
	}
	started := programs[0]
	if wantsCommand(args) { // on Windows the first prints nothing
		started = programs[len(programs)-1]
	} else if !window {
		args = append([]string{"serve"}, args...)
	}
	file := p.path("build", "bin", started.fileName())
	fmt.Fprintln(p.out, strings.Join(append([]string{"\n" + file}, args...), " "))
	return call{args: append([]string{file}, args...), folder: p.root}.become()
}

// wantsCommand reports whether the arguments name a command of the program, or are flags of the one it does by itself.
func wantsCommand(args []string) bool {
	return len(args) > 0 && !strings.HasPrefix(args[0], "-")
}

// prepareWindow decides between the window and the headless program, and says why when it is not the window.
func (p *project) prepareWindow(ctx context.Context, r *runner) (window bool, err error) {
	if !hasDisplay() {
		fmt.Fprintln(p.out, "No display here (neither DISPLAY nor WAYLAND_DISPLAY is set): building the headless program.")
		return false, nil
	}
	if runtime.GOOS != "linux" {
		return true, nil
	}
	var reason error
	err = r.run(ctx, []step{{name: "system packages", do: func(ctx context.Context, out io.Writer) (note string, err error) {
		note, reason = installNeeds(ctx, forWindow, os.Getuid(), out)
		if reason != nil {
			note = "not all there"
		}
		return note, ctx.Err()
	}}})
	if reason != nil && err == nil {
		fmt.Fprintf(p.out, "The window cannot be built yet, so this is the headless program.\n%s\n", reason)
	}
	return reason == nil, err
}
