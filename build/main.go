// Command build makes, tests, measures and packages Hearth:
//
//	go run ./build run       build what changed and start it
//	go run ./build test      everything that must hold, as CI runs it
//	go run ./build bench     the figures of the hub beside their targets
//	go run ./build soak      what must hold, under much worse treatment
//	go run ./build package   the files of a release, in dist/
//
// It needs Go and Node only. What else a system must have is one table in needs.go; on Debian and its like the missing
// part is installed where this user may, elsewhere a sentence says what to install. Each step is one line with the
// time it took, and nothing is done twice: what a step made is kept until what it was made from changes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"hearth/build/bench"
)

// Exit codes are those of hearth itself.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is one word of `go run ./build`.
type command struct {
	name  string
	short string // one line in the list of commands
	long  string // below it, with --help
	do    func(ctx context.Context, p *project, args []string) error
}

func commands() []command {
	return []command{runCommand(), testCommand(), benchCommand(), soakCommand(), packageCommand()}
}

// project is the checkout that is worked on, and where to tell about it.
type project struct {
	root    string // the folder of go.mod
	out     io.Writer
	verbose bool // steps show their output as it comes
}

// path joins names below the root.
func (p *project) path(names ...string) string {
	return filepath.Join(append([]string{p.root}, names...)...)
}

// usageError is a command line that cannot be understood.
type usageError string

func (e usageError) Error() string { return string(e) }

func main() {
	bench.PlayYardstick(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := dispatch(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// dispatch finds the command, runs it and turns its error into a sentence and an exit code.
func dispatch(ctx context.Context, args []string, out, errOut io.Writer) int {
	if len(args) == 0 || isHelp(args[0]) {
		fmt.Fprint(out, help())
		if len(args) == 0 {
			return exitUsage
		}
		return exitOK
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		if len(args) > 1 && isHelp(args[1]) {
			fmt.Fprintf(out, "go run ./build %s: %s\n\n%s\n", c.name, c.short, strings.TrimSpace(c.long))
			return exitOK
		}
		return report(start(ctx, c, args[1:], out), errOut)
	}
	return report(usageError(fmt.Sprintf("there is no command %q; `go run ./build --help` lists them", args[0])), errOut)
}

func start(ctx context.Context, c command, args []string, out io.Writer) error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	p := &project{root: root, out: out}
	if len(args) > 0 && (args[0] == "-v" || args[0] == "--verbose") {
		p.verbose, args = true, args[1:]
	}
	return c.do(ctx, p, args)
}

func report(err error, errOut io.Writer) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintln(errOut, "build:", err)
		return exitUsage
	}
	fmt.Fprintln(errOut, "build:", err)
	return exitFailed
}

func isHelp(arg string) bool { return arg == "-h" || arg == "--help" || arg == "help" }

func help() string {
	var b strings.Builder
	b.WriteString("go run ./build COMMAND [-v] [ARG…]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-9s %s\n", c.name, c.short)
	}
	b.WriteString("\n-v shows the output of every step as it comes. `go run ./build COMMAND --help` tells more.\n")
	return b.String()
}

// findRoot goes up from the working folder to the go.mod of this project.
func findRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module hearth\n") {
			return folder, nil
		}
		up := filepath.Dir(folder)
		if up == folder {
			return "", errors.New("this is not the checkout of Hearth; change to the folder with its go.mod")
		}
		folder = up
	}
}
