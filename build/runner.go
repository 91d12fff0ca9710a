package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// stepLimit is how long a step may take when it names no limit of its own; the longest, a cold build of the window,
// takes two minutes on two cores.
const stepLimit = 10 * time.Minute

// errReported is a failure that the runner has told about already.
var errReported = errors.New("a step failed")

// step is one named piece of work.
type step struct {
	name    string
	leftOut string        // why this system cannot do it; "" = it is done
	loud    bool          // its output is shown as it comes; else only when it fails
	limit   time.Duration // 0 = stepLimit
	do      work
}

// work writes what it has to tell to out. The note, at most a few words, goes on the step's line.
type work func(ctx context.Context, out io.Writer) (note string, err error)

// runner does steps in order and stops at the first that fails.
type runner struct {
	out     io.Writer
	verbose bool

	passed, failed int
	started        time.Time
}

func newRunner(p *project) *runner {
	return &runner{out: p.out, verbose: p.verbose, started: time.Now()}
}

// run does the steps. After a failure it names the ones that were not run and returns errReported.
func (r *runner) run(ctx context.Context, steps []step) error {
	for i, s := range steps {
		if s.leftOut != "" {
			fmt.Fprintf(r.out, "%-*s left out: %s\n", nameWidth, s.name, s.leftOut)
			continue
		}
		if err := r.one(ctx, s); err != nil {
			if left := names(steps[i+1:]); left != "" {
				fmt.Fprintf(r.out, "not run: %s\n", left)
			}
			return errReported
		}
	}
	return nil
}

const nameWidth = 26

// one does a step between the two halves of its line: the name first, so that a long step shows what is going on.
func (r *runner) one(ctx context.Context, s step) error {
	limit := s.limit
	if limit == 0 {
		limit = stepLimit
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("stopped after %s, which is more than this step ever needs", limit))
	defer cancel()

	var kept bytes.Buffer
	out, loud := io.Writer(&kept), s.loud || r.verbose
	if loud {
		out = r.out
		fmt.Fprintf(r.out, "%s …\n", s.name)
	} else {
		fmt.Fprintf(r.out, "%-*s ", nameWidth, s.name)
	}
	began := time.Now()
	note, err := s.do(ctx, out)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if loud {
		fmt.Fprintf(r.out, "%-*s ", nameWidth, s.name)
	}
	r.tell(time.Since(began), note, kept.String(), err)
	return err
}

func (r *runner) tell(took time.Duration, note, output string, err error) {
	if err == nil {
		r.passed++
		fmt.Fprintln(r.out, strings.TrimRight(fmt.Sprintf("ok     %7s  %s", seconds(took), note), " "))
		return
	}
	r.failed++
	fmt.Fprintf(r.out, "FAILED %7s\n", seconds(took))
	if output = strings.TrimSpace(output); output != "" {
		fmt.Fprintln(r.out, output)
	}
	fmt.Fprintln(r.out, sentence(err))
}

// summary is the last line of a test run, in the form that machines read, after one for people.
func (r *runner) summary() {
	fmt.Fprintf(r.out, "\n%s in all\n%d passed, %d failed\n", seconds(time.Since(r.started)), r.passed, r.failed)
}

func names(steps []step) string {
	var all []string
	for _, s := range steps {
		if s.leftOut == "" {
			all = append(all, s.name)
		}
	}
	return strings.Join(all, ", ")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func sentence(err error) string {
	if errors.Is(err, context.Canceled) {
		return "stopped on request"
	}
	return err.Error()
}
