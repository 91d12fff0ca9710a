package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

func testCommand() command {
	return command{
		name:  "test",
		short: "run every check, as CI does",
		long: `
go run ./build test [-v]

Installs what the tests need where this user may (Debian and its like), then: the page's checks and unit tests, go vet,
gofmt, go test -race, the cross builds, end-to-end tests in Chromium against the real program, and the real window under
Xvfb. It stops at the first step that fails. The last line counts the steps: "N passed, N failed".

CHROMIUM=/path/to/browser takes another browser than Debian's.`,
		do: func(ctx context.Context, p *project, args []string) error {
			if len(args) > 0 {
				return usageError(fmt.Sprintf("test takes no %q", args[0]))
			}
			r := newRunner(p)
			defer r.summary()
			return r.run(ctx, p.testSteps())
		},
	}
}

// testSteps are all checks, the quick ones first.
func (p *project) testSteps() []step {
	steps := append([]step{p.packagesStep(forWindow | forTests)}, p.pageSteps()...)
	steps = append(steps, p.frontendSteps()...)
	steps = append(steps, p.goSteps()...)
	steps = append(steps, p.crossSteps()...)
	return append(steps, p.realSteps()...)
}

func (p *project) packagesStep(wanted use) step {
	return step{name: "system packages", leftOut: onlyLinux("packages are installed"), limit: 20 * time.Minute, do: func(ctx context.Context, out io.Writer) (string, error) {
		return installNeeds(ctx, wanted, os.Getuid(), out)
	}}
}

func (p *project) frontendSteps() []step {
	script := func(name, script, hint string) step {
		return step{name: name, do: withHint(hint, func(ctx context.Context, out io.Writer) (string, error) {
			return "", p.npm("run", "--silent", script).run(ctx, out)
		})}
	}
	return []step{
		script("page: types", "check", ""),
		script("page: lint", "lint", ""),
		script("page: format", "format", "to format: cd frontend && npx prettier --write ."),
		script("page: unit tests", "test", ""),
	}
}

func (p *project) goSteps() []step {
	window := here(true)
	window.devtools = true // its tests are vetted too
	return []step{
		{name: "gofmt", do: withHint("to format: gofmt -w app backend build frontend/*.go frontend/e2e", p.gofmt)},
		{name: "go vet", do: p.goCall(nil, "vet", "./...")},
		{name: "go vet, window", do: p.goCall(window.environment(), "vet", "-tags", window.tagList(), "./app")},
		{name: "go test", loud: true, limit: 15 * time.Minute, do: p.goTest},
	}
}

// goTest looks for races wherever it can: outside Linux and macOS the detector needs a C compiler that few have.
func (p *project) goTest(ctx context.Context, out io.Writer) (note string, err error) {
	args := []string{"test", "-count=1", "-timeout=8m"}
	note = "without -race, which needs gcc"
	if _, err := exec.LookPath("gcc"); err == nil || runtime.GOOS != "windows" {
		args, note = append(args, "-race"), "-race"
	}
	_, err = p.goCall(nil, append(args, "./...")...)(ctx, out)
	return note, err
}

// crossSteps build what `package` ships for other systems, the same way, into a folder that is thrown away.
func (p *project) crossSteps() []step {
	var steps []step
	for _, b := range shipped() {
		if b.goos == runtime.GOOS && b.goarch == runtime.GOARCH {
			continue
		}
		steps = append(steps, step{name: "build " + b.String(), do: func(ctx context.Context, out io.Writer) (string, error) {
			folder, err := os.MkdirTemp("", "hearth-cross-")
			if err != nil {
				return "", err
			}
			defer os.RemoveAll(folder)
			return "", b.build(p.root, folder+"/program").run(ctx, out)
		}})
	}
	return steps
}

// realSteps use the real programs: the headless one from a browser, the other in its window.
func (p *project) realSteps() []step {
	watched := here(true)
	watched.devtools = true
	noXvfb := onlyLinux("there is Xvfb")
	headless, window := p.testBinary("hearth-headless"), p.testBinary("hearth-devtools")
	return []step{
		here(false).step(p, "build headless", headless),
		here(true).step(p, "build window", p.path("build", "bin", here(true).fileName())),
		{name: "end to end in Chromium", loud: true, limit: 15 * time.Minute, do: p.endToEnd(headless)},
		leaveOut(noXvfb, watched.step(p, "build window, devtools", window)),
		{name: "the window under Xvfb", loud: true, leftOut: noXvfb, limit: 5 * time.Minute, do: p.windowTest(watched, window)},
	}
}

// endToEnd lets Playwright drive a browser against the program.
func (p *project) endToEnd(program string) work {
	return func(ctx context.Context, out io.Writer) (string, error) {
		browser, err := findBrowser()
		if err != nil {
			return "", err
		}
		c := p.npm("run", "--silent", "e2e")
		c.env = append(c.env, testEnvironment("HEARTH_BIN="+program, "CHROMIUM="+browser)...)
		return "", c.run(ctx, out)
	}
}

// windowTest opens the real window where nobody sees it and looks into it.
func (p *project) windowTest(b program, window string) work {
	return func(ctx context.Context, out io.Writer) (string, error) {
		return "", withXvfb(ctx, out, func(ctx context.Context, display string) error {
			c := call{
				args:   []string{"go", "test", "-count=1", "-timeout=4m", "-tags", b.tagList(), "-run", "Window", "-v", "./app"},
				folder: p.root,
				env:    append(b.environment(), testEnvironment("HEARTH_WINDOW_BIN="+window, "DISPLAY="+display, "GDK_BACKEND=x11")...),
			}
			var said bytes.Buffer
			if err := c.run(ctx, io.MultiWriter(out, &said)); err != nil {
				return err
			}
			if !strings.Contains(said.String(), "--- PASS: ") {
				return errors.New("no window test ran; those of ./app are named TestWindow… and have the build tags of this command")
			}
			return nil
		})
	}
}

// testEnvironment keeps a person's own desktop and hub out of the tests. CI is set for everybody: with it a test whose
// tool is missing fails instead of being skipped.
func testEnvironment(more ...string) []string {
	env := []string{"DISPLAY", "WAYLAND_DISPLAY", "HEARTH_*", "DBUS_SESSION_BUS_ADDRESS=disabled:", "NO_AT_BRIDGE=1", "CI=true"}
	if python, err := findPython(); err == nil {
		env = append(env, "PYTHON="+python)
	}
	return append(env, more...)
}

func (p *project) goCall(env []string, args ...string) work {
	return func(ctx context.Context, out io.Writer) (string, error) {
		return "", call{args: append([]string{"go"}, args...), folder: p.root, env: testEnvironment(env...)}.run(ctx, out)
	}
}

// gofmt fails when a file is not formatted; gofmt -l itself only lists.
func (p *project) gofmt(ctx context.Context, out io.Writer) (string, error) {
	files, err := call{args: []string{"gofmt", "-l", "app", "backend", "build", "frontend/embed.go", "frontend/e2e"}, folder: p.root}.output(ctx)
	if err == nil && files != "" {
		err = fmt.Errorf("not formatted: %s", strings.Join(strings.Fields(files), " "))
	}
	return "", err
}

// findBrowser is the Chromium to test with.
func findBrowser() (string, error) {
	if named := os.Getenv("CHROMIUM"); named != "" {
		return named, nil
	}
	for _, name := range []string{"/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", `C:\Program Files\Google\Chrome\Application\chrome.exe`} {
		if file, err := exec.LookPath(name); err == nil {
			return file, nil
		}
	}
	return "", errors.New("no Chromium was found: install it, or name one in CHROMIUM")
}

// findPython prefers the system's, for which Debian's python3-websockets is; another one may come first in PATH.
func findPython() (string, error) {
	if file, err := exec.LookPath("/usr/bin/python3"); err == nil {
		return file, nil
	}
	return exec.LookPath("python3")
}

func onlyLinux(what string) string {
	if runtime.GOOS == "linux" {
		return ""
	}
	return what + " on Linux only"
}

func leaveOut(reason string, s step) step {
	s.leftOut = reason
	return s
}

// withHint adds to an error what puts it right.
func withHint(hint string, do work) work {
	return func(ctx context.Context, out io.Writer) (string, error) {
		note, err := do(ctx, out)
		if err != nil && hint != "" {
			err = fmt.Errorf("%w\n%s", err, hint)
		}
		return note, err
	}
}
