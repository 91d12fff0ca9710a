package main

import (
	"context"
	"errors"
	"fmt"

	"hearth/backend/fault"
)

// Exit codes. Scripts rely on them: they are part of the command line's interface.
const (
	exitOK          = 0
	exitFailed      = 1 // the command did not do what was asked
	exitUsage       = 2 // the arguments make no sense; nothing was tried
	exitUnreachable = 3 // no hub answers there
	exitRefused     = 4 // the hub answered, and said no
)

// failure is an error that knows its exit code. Its text is one sentence that says what was wrong and what to do.
type failure struct {
	code int
	text string
	err  error // what lies beneath, for errors.Is; may be nil
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

func usageError(format string, args ...any) error {
	return &failure{code: exitUsage, text: fmt.Sprintf(format, args...)}
}

func unreachable(err error, format string, args ...any) error {
	return &failure{code: exitUnreachable, text: fmt.Sprintf(format, args...), err: err}
}

// report says to a person what went wrong, if anything, and returns the exit code. An interrupted command ends quietly.
func report(err error) int {
	if err == nil || errors.Is(err, context.Canceled) {
		return exitOK
	}
	complain("hearth: " + explain(err))
	return exitCode(err)
}

func exitCode(err error) int {
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitFailed
}

// explain returns the sentence for a person. That of an internal fault points to the log; whoever runs the command is the one
// to mend it, so he gets what lies beneath.
func explain(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Code != fault.Internal {
		return f.Message
	}
	return err.Error()
}
