package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// program is one way to build ./app.
type program struct {
	goos, goarch string
	window       bool // with the window; else headless and, but for macOS, pure Go
	devtools     bool // WebKit lets a test look into the window
	windowed     bool // Windows: a program without a console, which is what the window wants and a command does not
	release      bool // without the paths and the debug tables of the machine that builds it
}

// here is the program for this system.
func here(window bool) program {
	return program{goos: runtime.GOOS, goarch: runtime.GOARCH, window: window, windowed: window && runtime.GOOS == "windows"}
}

// native are the programs for this system: the one to start first, and on Windows the one for commands after it.
func native(window bool) []program {
	programs := []program{here(window)}
	if programs[0].windowed {
		console := programs[0]
		console.windowed = false
		programs = append(programs, console)
	}
	return programs
}

func (b program) String() string { return fmt.Sprintf("%s/%s %s", b.goos, b.goarch, b.kind()) }

func (b program) kind() string {
	switch {
	case b.window && b.goos == "windows" && !b.windowed:
		return "console"
	case b.window:
		return "window"
	}
	return "headless"
}

// tagList is the build tags: what Wails asks for, and WebKitGTK 4.1 on Linux, where 4.0 is no longer shipped.
func (b program) tagList() string {
	var tags []string
	if b.window {
		tags = append(tags, "desktop", "production")
		if b.goos == "linux" {
			tags = append(tags, "webkit2_41")
		}
	}
	if b.devtools {
		tags = append(tags, "devtools")
	}
	return strings.Join(tags, ",")
}

// environment says for which system and whether with a C compiler. Linux and macOS draw the window through cgo. A headless
// program goes without, except on macOS, where the measuring of the processor needs it, when built there.
func (b program) environment() []string {
	env := []string{"GOOS=" + b.goos, "GOARCH=" + b.goarch}
	switch {
	case b.window && b.goos == "darwin":
		// What `wails build` sets too: the file dialogs need the framework, and 10.13 is the oldest macOS that Wails runs on.
		return append(env, "CGO_ENABLED=1", "CGO_CFLAGS=-mmacosx-version-min=10.13",
			"CGO_LDFLAGS=-framework UniformTypeIdentifiers -mmacosx-version-min=10.13")
	case b.window && b.goos == "linux":
		return append(env, "CGO_ENABLED=1")
	case b.goos == "darwin" && runtime.GOOS == "darwin":
		return env
	}
	return append(env, "CGO_ENABLED=0")
}

// build is the call that makes the program at file.
func (b program) build(root, file string) call {
	args := []string{"go", "build", "-buildvcs=false", "-o", file}
	if tags := b.tagList(); tags != "" {
		args = append(args, "-tags", tags)
	}
	var linker []string
	if b.release {
		args = append(args, "-trimpath")
		linker = append(linker, "-s", "-w")
	}
	if b.windowed {
		linker = append(linker, "-H", "windowsgui")
	}
	if len(linker) > 0 {
		args = append(args, "-ldflags", strings.Join(linker, " "))
	}
	return call{args: append(args, "./app"), folder: root, env: b.environment()}
}

// step builds the program at file and notes its size.
func (b program) step(p *project, name, file string) step {
	return step{name: name, do: func(ctx context.Context, out io.Writer) (string, error) {
		if err := b.build(p.root, file).run(ctx, out); err != nil {
			return "", err
		}
		info, err := os.Stat(file)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s, %.1f MB", filepath.Base(file), float64(info.Size())/1e6), nil
	}}
}

// fileName tells the two programs for Windows apart: a windowed one prints nothing, so commands need the other.
func (b program) fileName() string {
	switch {
	case b.windowed:
		return "hearth-window.exe"
	case b.goos == "windows":
		return "hearth.exe"
	}
	return "hearth"
}

// testBinary is where a program is kept that is only tested, beside the one that `run` starts.
func (p *project) testBinary(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return p.path("build", "bin", name)
}
