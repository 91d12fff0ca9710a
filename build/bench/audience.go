package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// audience is those who read one room.
type audience struct {
	crowd   *crowd
	readers []*reader
	entry   []byte         // what an entry of the room begins with, up to its seq
	seen    []atomic.Int32 // how many readers have an entry, by its seq modulo the length
	free    chan struct{}  // a token for each message that may be in flight

	lost, disorder atomic.Int64
	links          sync.WaitGroup // the readers' goroutines; close waits for them
}

// reader follows the room. It is owned by the goroutine that reads its link.
type reader struct {
	*link
	audience *audience
	last     uint64 // seq of the newest entry
	follows  chan struct{}
}

// gather connects readers to a room that exists and lets them follow it from now on.
func (c *crowd) gather(ctx context.Context, room string, readers, inFlight int) (*audience, error) {
	a := &audience{
		crowd: c,
		entry: fmt.Appendf(nil, `{"topic":"room/%s","seq":`, room),
		seen:  make([]atomic.Int32, 4*inFlight),
		free:  make(chan struct{}, inFlight),
	}
	for range inFlight {
		a.free <- struct{}{}
	}
	for range readers {
		if err := a.add(ctx, room); err != nil {
			a.close()
			return nil, err
		}
	}
	return a, nil
}

func (a *audience) add(ctx context.Context, room string) error {
	l, err := dial(ctx, a.crowd.hub.addr, "")
	if err != nil {
		return err
	}
	r := &reader{link: l, audience: a, follows: make(chan struct{}, 1)}
	r.receive = r.take
	a.readers = append(a.readers, r)
	a.links.Go(func() { a.crowd.read(l) })
	if err := r.send(fmt.Appendf(nil, `{"id":1,"op":"follow","topic":"room/%s"}`, room)); err != nil {
		return err
	}
	return a.crowd.wait(ctx, r.follows)
}

// take receives an entry and sees to it that it is the next one. Entries that it skips are lost.
func (r *reader) take(payload []byte) error {
	if !bytes.HasPrefix(payload, r.audience.entry) {
		return r.takeOther(payload)
	}
	seq := number(payload[len(r.audience.entry):])
	switch {
	case seq <= r.last:
		r.audience.disorder.Add(1)
		return nil
	case seq > r.last+1:
		r.audience.lost.Add(int64(seq - r.last - 1))
	}
	r.advance(seq)
	return nil
}

// advance notes all entries up to seq: those that came, and those that never will, for which nobody need wait.
func (r *reader) advance(seq uint64) {
	for r.last < seq {
		r.last++
		r.audience.delivered(r.last)
	}
}

func (r *reader) takeOther(payload []byte) error {
	switch {
	case bytes.HasPrefix(payload, []byte(`{"id":1,"ok"`)):
		return r.begin(payload)
	case bytes.Contains(payload, []byte(`"kind":"gap"`)):
		return r.miss(payload)
	}
	return fmt.Errorf("a reader got %s", payload)
}

// miss receives a gap, which says how many entries the hub has dropped.
func (r *reader) miss(payload []byte) error {
	var gap struct {
		Missed uint64 `json:"missed"`
	}
	if err := json.Unmarshal(payload, &gap); err != nil {
		return fmt.Errorf("a reader got %s: %w", payload, err)
	}
	r.audience.lost.Add(int64(gap.Missed))
	r.advance(r.last + gap.Missed)
	return nil
}

// begin receives the answer to follow, which says after which entry the reader begins.
func (r *reader) begin(payload []byte) error {
	var answer struct {
		OK struct {
			Position struct {
				Seq uint64 `json:"seq"`
			} `json:"position"`
		} `json:"ok"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return fmt.Errorf("a reader got %s: %w", payload, err)
	}
	r.last = answer.OK.Position.Seq
	r.follows <- struct{}{}
	return nil
}

// delivered notes that one more reader has an entry. The last one makes room for another message in flight.
func (a *audience) delivered(seq uint64) {
	seen := &a.seen[seq%uint64(len(a.seen))]
	if seen.Add(1) == int32(len(a.readers)) {
		seen.Store(0)
		a.free <- struct{}{}
	}
}

// listen posts n messages, as many at once as may be in flight, and returns when every reader has every one of them.
func (a *audience) listen(ctx context.Context, m *message, n int) error {
	if err := a.crowd.allow(ctx, n); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, stallPatience, errors.New("readers are still without messages that were posted"))
	defer cancel()
	for range n {
		if err := a.crowd.wait(ctx, a.free); err != nil {
			return err
		}
		if err := m.post(a.crowd.next()); err != nil {
			return err
		}
	}
	for range cap(a.free) {
		if err := a.crowd.wait(ctx, a.free); err != nil {
			return err
		}
	}
	for range cap(a.free) {
		a.free <- struct{}{}
	}
	return nil
}

// astray counts what readers missed and what came twice or late.
func (a *audience) astray() int64 { return a.lost.Load() + a.disorder.Load() }

// read counts what all readers have read, and in how many goes.
func (a *audience) read() (bytes, reads int64) {
	for _, r := range a.readers {
		bytes += r.bytes.Load()
		reads += r.reads.Load()
	}
	return bytes, reads
}

func (a *audience) close() {
	for _, r := range a.readers {
		r.conn.Close()
	}
	a.links.Wait()
}
