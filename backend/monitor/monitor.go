package monitor

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hearth/backend/topic"
)

const (
	// Topic is where the samples of this computer go, as entries of kind Kind.
	Topic = "monitor/local"
	// Kind is the kind of an entry whose data is a Sample.
	Kind = "sample"
	// Kept is how many samples the topic keeps: fifteen minutes of them.
	Kept = 900

	every         = time.Second
	quickPatience = 500 * time.Millisecond // for all the calls of one sample together
	slowEvery     = 5 * time.Second        // disks fill, temperatures rise and processes come slowly
	slowPatience  = 2 * time.Second
	slowDelay     = 100 * time.Millisecond // after Run began: a program that starts has better things to do first
	mountRounds   = 12                     // the mount points are looked up every so many rounds of slowEvery: once a minute
)

// Options of a Monitor. The zero value reads this computer and logs nothing.
type Options struct {
	Probe Probe // nil = System()
	Log   *slog.Logger
}

// Monitor measures this computer. Its methods may be called by any goroutine; Run by one at a time.
type Monitor struct {
	topic *topic.Topic
	probe Probe
	log   *slog.Logger

	quick  []*call                 // made for each sample, in this order; set once by Open
	slow   []*call                 // set once by Open
	mounts *call                   // set once by Open
	disks  atomic.Pointer[[]*call] // one per mount point; replaced by the mounts call

	load   emulation // owned by Run
	newest atomic.Pointer[encoded]
}

// encoded is a sample as Go and the wire have it.
type encoded struct {
	sample Sample
	raw    []byte
}

// Open opens the topic of the samples. Nothing is measured before Run.
func Open(ctx context.Context, topics *topic.Topics, o Options) (*Monitor, error) {
	t, err := topics.Open(ctx, Topic, topic.Retention{Entries: Kept})
	if err != nil {
		return nil, fmt.Errorf("open topic %s: %w", Topic, err)
	}
	if o.Probe == nil {
		o.Probe = System()
	}
	m := &Monitor{
		topic: t,
		probe: o.Probe,
		log:   cmp.Or(o.Log, slog.New(slog.DiscardHandler)),
		quick: quick(o.Probe),
		slow:  slow(o.Probe),
	}
	m.mounts = &call{keys: []string{"disks"}, patience: slowPatience, read: m.readMounts}
	return m, nil
}

// Now returns the newest sample and its JSON, which is shared: do not modify it. Before the first sample, at most a second
// after Run began, ok is false.
func (m *Monitor) Now() (s Sample, raw []byte, ok bool) {
	e := m.newest.Load()
	if e == nil {
		return Sample{}, nil, false
	}
	return e.sample, e.raw, true
}

// Run measures at every whole second until ctx ends, then returns nil. It fails when the topic takes no more samples.
func (m *Monitor) Run(ctx context.Context) error {
	a := &asker{log: m.log}
	defer a.settle(quickPatience)
	var others sync.WaitGroup
	defer others.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	others.Go(func() { m.readSlow(ctx, a) }) // ends with ctx; Run waits

	for due := nextSecond(time.Now()); ; due = following(due, time.Now()) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(due)):
		}
		if err := m.publish(ctx, m.measure(ctx, a, due)); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

func nextSecond(now time.Time) time.Time { return now.UTC().Truncate(every).Add(every) }

// following returns when the sample after the one that was due is due: a second later, unless the clock was set, the
// computer slept, or measuring took that long.
func following(due, now time.Time) time.Time {
	next := due.Add(every)
	if wait := next.Sub(now); wait <= 0 || wait > 2*every {
		return nextSecond(now)
	}
	return next
}

// measure makes the sample that was due.
func (m *Monitor) measure(ctx context.Context, a *asker, due time.Time) Sample {
	a.ask(ctx, quickPatience, m.quick...)
	s := Sample{Timestamp: due, Unavailable: map[string]string{}}
	disks := m.diskCalls()
	if len(disks) > 0 {
		s.Disks = make([]Disk, 0, len(disks))
	} else {
		disks = []*call{m.mounts}
	}
	now := time.Now()
	for _, c := range slices.Concat(m.quick, m.slow, disks) {
		c.put(&s, now)
	}
	m.load.correct(&s)
	return s
}

func (m *Monitor) publish(ctx context.Context, s Sample) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode sample: %w", err)
	}
	m.newest.Store(&encoded{s, raw})
	if _, _, err := m.topic.Append(ctx, topic.Draft{Kind: Kind, Data: raw}); err != nil {
		return fmt.Errorf("append to %s: %w", Topic, err)
	}
	return nil
}

// readSlow keeps the answers of the slow calls fresh until ctx ends.
func (m *Monitor) readSlow(ctx context.Context, a *asker) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(slowDelay):
	}
	tick := time.NewTicker(slowEvery)
	defer tick.Stop()
	for round := 0; ; round++ {
		if round%mountRounds == 0 {
			a.ask(ctx, slowPatience, m.mounts)
		}
		a.ask(ctx, slowPatience, m.diskCalls()...)
		a.ask(ctx, slowPatience, m.slow...)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (m *Monitor) diskCalls() []*call {
	if calls := m.disks.Load(); calls != nil {
		return *calls
	}
	return nil
}
