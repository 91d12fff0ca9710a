package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// call is one program to run.
type call struct {
	args   []string // the program and its arguments
	folder string
	env    []string // "NAME=value" beside the environment of this process; "NAME" takes one away, "NAME*" all that begin so
}

// run runs the call with no input and waits. When ctx ends, the program and all that it started are asked to end, and
// killed five seconds later: a half-done end-to-end test leaves no browser and no hub behind.
func (c call) run(ctx context.Context, out io.Writer) error {
	cmd := c.command(ctx)
	cmd.Stdout, cmd.Stderr = out, out
	err := cmd.Run()
	endGroup(cmd)
	if err == nil || errors.Is(err, exec.ErrWaitDelay) { // a daemon that a package's installation started keeps our pipe
		return nil
	}
	return c.explain(err)
}

// output is run for programs whose answer is wanted; what they complain about goes into the error.
func (c call) output(ctx context.Context) (string, error) {
	text, err := c.command(ctx).Output()
	if err == nil {
		return string(text), nil
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	return string(text), c.explain(err)
}

func (c call) command(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env = c.folder, environment(os.Environ(), c.env)
	cmd.WaitDelay = 5 * time.Second
	ownGroup(cmd)
	return cmd
}

func (c call) explain(err error) error {
	return fmt.Errorf("%s: %w", strings.Join(append([]string{filepath.Base(c.args[0])}, c.args[1:]...), " "), err)
}

// environment applies changes to base, in the order given.
func environment(base, changes []string) []string {
	env := append([]string(nil), base...)
	for _, change := range changes {
		name, _, set := strings.Cut(change, "=")
		kept := env[:0]
		for _, entry := range env {
			if !named(entry, name) {
				kept = append(kept, entry)
			}
		}
		env = kept
		if set {
			env = append(env, change)
		}
	}
	return env
}

// named reports whether an entry of an environment has this name; a name ending in * is a prefix.
func named(entry, name string) bool {
	have, _, _ := strings.Cut(entry, "=")
	if prefix, ok := strings.CutSuffix(name, "*"); ok {
		return strings.HasPrefix(have, prefix)
	}
	return have == name
}
