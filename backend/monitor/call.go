package monitor

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// call is one question to the probe that is asked again and again, and the newest answer to it. A call that hangs is
// left alone until it comes back, so each call has at most one goroutine.
type call struct {
	keys     []string                            // of Sample, that are missing without an answer
	of       string                              // which one of the key's things this is about, if it has several
	patience time.Duration                       // how long an answer may be under way before the older one is too old
	read     func(context.Context) (fill, error) // asks and works out; its state is its own, as it never runs twice at once

	since  atomic.Pointer[time.Time] // when the read under way began; nil = none is
	answer atomic.Pointer[answer]
}

// fill puts an answer into a sample, any number of times.
type fill func(*Sample)

type answer struct {
	fill fill
	err  error
}

// ask reads, unless a read is under way.
func (c *call) ask(ctx context.Context, log *slog.Logger) {
	now := time.Now()
	if !c.since.CompareAndSwap(nil, &now) {
		return
	}
	fill, err := c.read(ctx)
	before := c.answer.Swap(&answer{fill, err})
	c.since.Store(nil)
	failedBefore := before != nil && before.err != nil
	if err != nil && !failedBefore && !errors.Is(err, ErrUnavailable) && !errors.Is(ctx.Err(), context.Canceled) {
		log.Warn("metric cannot be read", "metric", c.name(), "error", err)
	}
}

// put fills the newest answer into s, or the reason why there is none.
func (c *call) put(s *Sample, now time.Time) {
	reason := c.reason(now)
	if reason == "" {
		c.answer.Load().fill(s)
		return
	}
	if c.of != "" {
		reason = c.of + ": " + reason
	}
	for _, key := range c.keys {
		if others := s.Unavailable[key]; others != "" {
			s.Unavailable[key] = others + "; " + reason
		} else {
			s.Unavailable[key] = reason
		}
	}
}

// reason says in words for people why there is no answer; "" when there is one.
func (c *call) reason(now time.Time) string {
	if since := c.since.Load(); since != nil && now.Sub(*since) >= c.patience {
		return "does not answer"
	}
	a := c.answer.Load()
	switch {
	case a == nil:
		return "not measured yet"
	case a.err == nil:
		return ""
	case errors.Is(a.err, ErrUnavailable):
		return "not available on this system"
	case errors.Is(a.err, context.DeadlineExceeded):
		return "does not answer"
	}
	return "could not be read"
}

func (c *call) name() string {
	return strings.TrimSpace(strings.Join(c.keys, ", ") + " " + c.of)
}

// asker makes the calls of one Run and knows which are under way.
type asker struct {
	log   *slog.Logger
	calls sync.WaitGroup
}

// ask makes the calls one after the other and returns when all have answered or the context ends. When one has not
// come back in time it goes on with those after it.
func (a *asker) ask(ctx context.Context, patience time.Duration, calls ...*call) {
	for len(calls) > 0 && ctx.Err() == nil {
		calls = calls[a.sweep(ctx, patience, calls):]
	}
}

// sweep makes the calls in a goroutine of their own, which hangs if one of them hangs, and returns how many of them need
// no other try: all, or those up to the one that hangs.
func (a *asker) sweep(ctx context.Context, patience time.Duration, calls []*call) int {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var begun atomic.Int64
	done := make(chan struct{})
	a.calls.Go(func() {
		defer close(done)
		for _, c := range calls {
			if ctx.Err() != nil {
				return
			}
			begun.Add(1)
			c.ask(ctx, a.log)
		}
	})
	select {
	case <-done:
		return len(calls)
	case <-ctx.Done():
	}
	n := int(begun.Load())
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && n > 0 && calls[n-1].since.Load() != nil {
		a.log.Warn("metric does not answer", "metric", calls[n-1].name(), "waited", patience)
	}
	return max(n, 1)
}

// settle waits for the calls under way, but not for those that hang.
func (a *asker) settle(patience time.Duration) {
	settled := make(chan struct{})
	go func() { // ends with the last call; a call that hangs keeps it, and nothing else, waiting
		defer close(settled)
		a.calls.Wait()
	}()
	select {
	case <-settled:
	case <-time.After(patience):
	}
}
