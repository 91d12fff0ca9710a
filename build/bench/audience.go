package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxInFlight = 64              // messages that are not yet with all readers
	window      = 4 * maxInFlight // entries that are told apart
)

// audience is those who read one room.
type audience struct {
	crowd   *crowd
	door    door
	readers []*reader
	begin   []byte                // what an entry of the room begins with
	seen    [window]atomic.Int32  // how many readers have an entry, by its place modulo the length
	order   [window]atomic.Uint64 // on the classic door: which message the first reader got at a place
	free    chan struct{}         // a token for each message that may be in flight
	timing  atomic.Pointer[timing]

	lost, disorder atomic.Int64
	links          sync.WaitGroup // the readers' goroutines; close waits for them
}

// reader follows the room. It is owned by the goroutine that reads its link.
type reader struct {
	*link
	audience *audience
	last     uint64 // place of the newest entry: its seq, or how many came
	follows  chan struct{}
}

// gather connects readers to a room that exists and lets them follow it from now on.
func (c *crowd) gather(ctx context.Context, d door, room string, readers int) (*audience, error) {
	a := c.newAudience(d, room)
	for range readers {
		if err := a.add(ctx, room, ""); err != nil {
			a.close()
			return nil, err
		}
	}
	if d.follow == nil { // nothing says when the last of them follows
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			a.close()
			return nil, err
		}
	}
	return a, nil
}

func (c *crowd) newAudience(d door, room string) *audience {
	return &audience{crowd: c, door: d, begin: []byte(d.entry(room)), free: make(chan struct{}, maxInFlight)}
}

func (a *audience) add(ctx context.Context, room, cookie string) error {
	l, err := dial(ctx, a.crowd.addr, a.door, room, cookie)
	if err != nil {
		return err
	}
	r := &reader{link: l, audience: a, follows: make(chan struct{}, 1)}
	r.receive = func(payload []byte) error { return a.door.take(r, payload) }
	a.readers = append(a.readers, r)
	a.links.Go(func() { a.crowd.read(l) })
	if a.door.follow == nil {
		return nil
	}
	if err := r.send([]byte(a.door.follow(room))); err != nil {
		return err
	}
	return a.crowd.wait(ctx, r.follows)
}

// takeNumbered receives an entry with a seq and sees to it that it is the next one. Entries that it skips are lost.
func (r *reader) takeNumbered(payload []byte) error {
	if !bytes.HasPrefix(payload, r.audience.begin) {
		return r.takeOther(payload)
	}
	seq := number(payload[len(r.audience.begin):])
	switch {
	case seq <= r.last:
		r.audience.disorder.Add(1)
		return nil
	case seq > r.last+1:
		r.audience.lost.Add(int64(seq - r.last - 1))
	}
	r.audience.stop(payload)
	r.advance(seq)
	return nil
}

// takePlain receives an entry that carries nothing but the text. Whatever the first reader gets at a place, all must.
func (r *reader) takePlain(payload []byte) error {
	a := r.audience
	if !bytes.HasPrefix(payload, a.begin) {
		return fmt.Errorf("a reader got %s", payload)
	}
	const numberBits = 32
	place := r.last + 1
	this := place<<numberBits | a.door.numberIn(payload, a.begin)
	first := &a.order[place%window]
	for old := first.Load(); old != this; old = first.Load() {
		if old>>numberBits == place {
			a.disorder.Add(1)
			break
		}
		first.CompareAndSwap(old, this)
	}
	a.stop(payload)
	r.advance(place)
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
		return r.start(payload)
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

// start receives the answer to follow, which says after which entry the reader begins.
func (r *reader) start(payload []byte) error {
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
	seen := &a.seen[seq%window]
	if seen.Add(1) == int32(len(a.readers)) {
		seen.Store(0)
		a.free <- struct{}{}
	}
}

// listen posts n messages, as many at once as may be in flight and no faster than one each interval, and returns when
// every reader has every one of them.
func (a *audience) listen(ctx context.Context, m *message, n, inFlight int, interval time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, stallPatience, errors.New("readers are still without messages that were posted"))
	defer cancel()
	for range inFlight {
		a.free <- struct{}{}
	}
	for i := range n {
		if i > 0 && interval > 0 {
			if err := pause(ctx, interval); err != nil {
				return err
			}
		}
		if err := a.crowd.wait(ctx, a.free); err != nil {
			return err
		}
		a.begun(m)
		if err := m.post(a.poster()); err != nil {
			return err
		}
	}
	for range inFlight {
		if err := a.crowd.wait(ctx, a.free); err != nil {
			return err
		}
	}
	return nil
}

// poster returns who writes the next message. Where there are no members, one of the readers does.
func (a *audience) poster() *link {
	if len(a.crowd.posters) == 0 {
		return a.readers[0].link
	}
	return a.crowd.next().link
}

// astray counts what readers missed and what came twice or late.
func (a *audience) astray() int64 { return a.lost.Load() + a.disorder.Load() }

// takeAstray counts it and begins anew.
func (a *audience) takeAstray() int64 { return a.lost.Swap(0) + a.disorder.Swap(0) }

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

// timing is how long each delivery took, from before the message was written to when a reader had it.
type timing struct {
	posted [window]atomic.Int64 // when, by the message's number modulo the length
	n      atomic.Int64
	waits  []atomic.Int64
}

// time lets the next deliveries be timed, and returns what tells them, sorted, when they have come.
func (a *audience) time(deliveries int) (tell func() []time.Duration) {
	t := &timing{waits: make([]atomic.Int64, deliveries)}
	a.timing.Store(t)
	return func() []time.Duration {
		a.timing.Store(nil)
		all := make([]time.Duration, min(int(t.n.Load()), deliveries))
		for i := range all {
			all[i] = time.Duration(t.waits[i].Load())
		}
		slices.Sort(all)
		return all
	}
}

func (a *audience) begun(m *message) {
	if t := a.timing.Load(); t != nil {
		t.posted[(m.posts+1)%window].Store(time.Now().UnixNano())
	}
}

func (a *audience) stop(entry []byte) {
	t := a.timing.Load()
	if t == nil {
		return
	}
	now := time.Now().UnixNano()
	posted := t.posted[a.door.numberIn(entry, a.begin)%window].Load()
	if i := t.n.Add(1) - 1; posted != 0 && int(i) < len(t.waits) {
		t.waits[i].Store(now - posted)
	}
}
