package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func ok(note string) work {
	return func(_ context.Context, out io.Writer) (string, error) {
		fmt.Fprintln(out, "chatter")
		return note, nil
	}
}

func fails(text string) work {
	return func(_ context.Context, out io.Writer) (string, error) {
		fmt.Fprintln(out, "what it printed")
		return "", errors.New(text)
	}
}

func runSteps(t *testing.T, steps ...step) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	r := newRunner(&project{out: &out})
	err = r.run(context.Background(), steps)
	r.summary()
	return out.String(), err
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return lines[len(lines)-1]
}

func TestLastLineCountsTheSteps(t *testing.T) {
	said, err := runSteps(t, step{name: "one", do: ok("")}, step{name: "two", do: ok("")}, step{name: "three", leftOut: "not here"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := lastLine(said), "2 passed, 0 failed"; got != want {
		t.Errorf("last line %q, want %q", got, want)
	}
	if !strings.Contains(said, "left out: not here") {
		t.Errorf("nothing is said about the step that was left out:\n%s", said)
	}
}

func TestFirstFailureStopsAndShowsItsOutput(t *testing.T) {
	said, err := runSteps(t, step{name: "one", do: ok("")}, step{name: "two", do: fails("the cause")}, step{name: "three", do: ok("")})
	if !errors.Is(err, errReported) {
		t.Errorf("error %v, want errReported", err)
	}
	for _, want := range []string{"FAILED", "what it printed\nthe cause\n", "not run: three\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in\n%s", want, said)
		}
	}
	if got, want := lastLine(said), "1 passed, 1 failed"; got != want {
		t.Errorf("last line %q, want %q", got, want)
	}
}

func TestQuietStepIsOneLineAndLoudStepShowsAll(t *testing.T) {
	said, _ := runSteps(t, step{name: "quiet", do: ok("a note")}, step{name: "loud", loud: true, do: ok("")})
	quiet, loud, _ := strings.Cut(said, "\n")
	if !strings.HasPrefix(quiet, "quiet") || !strings.HasSuffix(quiet, "a note") {
		t.Errorf("the quiet step's line is %q", quiet)
	}
	if !strings.HasPrefix(loud, "loud …\nchatter\nloud ") {
		t.Errorf("the loud step printed %q", loud)
	}
}

func TestStepThatTakesTooLongIsStoppedAndSaysSo(t *testing.T) {
	said, err := runSteps(t, step{name: "stuck", limit: time.Millisecond, do: func(ctx context.Context, _ io.Writer) (string, error) {
		<-ctx.Done()
		return "", errors.New("killed")
	}})
	if err == nil || !strings.Contains(said, "stopped after 1ms") {
		t.Errorf("error %v, said\n%s", err, said)
	}
}

func TestInterruptedRunSaysSo(t *testing.T) {
	var out bytes.Buffer
	ctx, stop := context.WithCancel(context.Background())
	err := newRunner(&project{out: &out}).run(ctx, []step{{name: "work", do: func(context.Context, io.Writer) (string, error) {
		stop()
		return "", errors.New("signal: interrupt")
	}}})
	if err == nil || !strings.Contains(out.String(), "stopped on request") {
		t.Errorf("error %v, said\n%s", err, out.String())
	}
}
