package backend

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	logLines  = 20               // lines per second of one happening; those beyond are counted
	floodTime = 10 * time.Second // how long they are counted before the log tells of them and takes lines again
)

// calm is a handler that a flood cannot fill: of each happening, which is a level and a sentence of the code, it passes on
// logLines a second. How many it left out stands in a line of its own, after floodTime and at the latest on Close.
type calm struct {
	slog.Handler
	counts *counts // shared by all that WithAttrs and WithGroup made
}

type happening struct {
	level slog.Level
	text  string
}

// counts is what calm has seen.
type counts struct {
	plain slog.Handler // writes how many were left out

	mu    sync.Mutex
	swept time.Time                // guarded by mu
	by    map[happening]*lineCount // guarded by mu
}

type lineCount struct {
	since   time.Time
	lines   int
	leftOut int
}

// over reports whether what is counted is to be forgotten, and told of if lines were left out.
func (n *lineCount) over(now time.Time) bool {
	if n.leftOut > 0 {
		return now.Sub(n.since) >= floodTime
	}
	return now.Sub(n.since) >= time.Second
}

func newCalm(h slog.Handler) *calm {
	return &calm{Handler: h, counts: &counts{plain: h, by: make(map[happening]*lineCount)}}
}

func (c *calm) Handle(ctx context.Context, r slog.Record) error {
	pass, floods := c.counts.pass(happening{r.Level, r.Message}, r.Time)
	err := c.counts.tell(ctx, floods, r.Time)
	if pass {
		err = errors.Join(err, c.Handler.Handle(ctx, r))
	}
	return err
}

func (c *calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &calm{Handler: c.Handler.WithAttrs(attrs), counts: c.counts}
}

func (c *calm) WithGroup(name string) slog.Handler {
	return &calm{Handler: c.Handler.WithGroup(name), counts: c.counts}
}

// Close writes what was left out and not told of yet.
func (c *calm) Close() error {
	c.counts.mu.Lock()
	floods := c.counts.sweepLocked(func(*lineCount) bool { return true })
	c.counts.mu.Unlock()
	return c.counts.tell(context.Background(), floods, time.Now())
}

// pass reports whether a line of that happening is to be written now, and returns which floods are to be told of.
func (cs *counts) pass(h happening, now time.Time) (pass bool, floods map[happening]int) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if n := cs.by[h]; now.Sub(cs.swept) >= time.Second || n != nil && n.over(now) {
		cs.swept = now
		floods = cs.sweepLocked(func(n *lineCount) bool { return n.over(now) })
	}
	n := cs.by[h]
	if n == nil {
		n = &lineCount{since: now}
		cs.by[h] = n
	}
	if n.lines >= logLines {
		n.leftOut++
		return false, floods
	}
	n.lines++
	return true, floods
}

// sweepLocked forgets the happenings that over picks, and returns how many lines were left out of each.
func (cs *counts) sweepLocked(over func(*lineCount) bool) map[happening]int {
	floods := make(map[happening]int)
	for h, n := range cs.by {
		if !over(n) {
			continue
		}
		if n.leftOut > 0 {
			floods[h] = n.leftOut
		}
		delete(cs.by, h)
	}
	return floods
}

// tell writes a line for each flood.
func (cs *counts) tell(ctx context.Context, floods map[happening]int, now time.Time) (err error) {
	byText := func(a, b happening) int { return strings.Compare(a.text, b.text) }
	for _, h := range slices.SortedFunc(maps.Keys(floods), byText) {
		line := slog.NewRecord(now, h.level, h.text, 0)
		line.AddAttrs(slog.Int("more", floods[h]))
		err = errors.Join(err, cs.plain.Handle(ctx, line))
	}
	return err
}
