package topic

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// BatchBytes is the most frame bytes in one Batch, unless a single entry is larger.
const BatchBytes = 64 << 10

// Start says where a reader begins: after a Position, with the newest Last entries, or now (the zero value).
type Start struct {
	After *Position
	Last  int
}

// Batch is what a reader gets at once, all of one topic.
type Batch struct {
	Topic   string
	Epoch   string
	Entries []Entry // in order; shared, never modify
	Missed  uint64  // dropped by retention before this reader came to them; they lie before Entries
	Reset   bool    // another history: forget what you knew; entries follow, from Position on
	// Position is where the reader stands after this batch.
	Position Position
	// Err says that the engine could not be read. The reader should give up and resume by position.
	Err error
}

// Subscription is the cursors of one session and the bell that wakes it. Follow, Leave and Close may be called while
// another goroutine takes; Take is for one goroutine at a time.
type Subscription struct {
	topics *Topics
	bell   func()
	rung   atomic.Bool // the bell was rung, or somebody takes; cleared by Take when nothing is pending

	mu      sync.Mutex
	cursors []*cursor // guarded by mu; topics take turns in this order
	turn    int       // guarded by mu; whose turn is next
	closed  bool      // guarded by mu
}

// cursor is one reader of one topic: a position that moves.
type cursor struct {
	sub   *Subscription
	topic *Topic
	seq   uint64 // last entry seen; guarded by sub.mu
	reset bool   // the reader is to be told of another history; guarded by sub.mu
}

// Subscribe returns a subscription that follows nothing yet. bell is rung when something is pending and nobody has been
// told since Take last came back empty. It is called by writers: it must not block and must not call this package.
func (ts *Topics) Subscribe(bell func()) *Subscription {
	return &Subscription{topics: ts, bell: bell}
}

// Follow moves the subscription's cursor of an open topic to start, adding it if need be, and returns the position after
// which entries will come. Errors: ErrNoTopic, ErrPosition, ErrClosed.
func (s *Subscription) Follow(name string, start Start) (Position, error) {
	t, err := s.topics.Lookup(name)
	if err != nil {
		return Position{}, err
	}
	seq, reset, err := t.begin(start)
	if err != nil {
		return Position{}, err
	}
	if err := s.place(&cursor{sub: s, topic: t, seq: seq, reset: reset}); err != nil {
		return Position{}, err
	}
	s.mu.Lock()
	pending := s.pendingLocked()
	s.mu.Unlock()
	if pending {
		s.wake()
	}
	return Position{Epoch: t.epoch, Seq: seq}, nil
}

// Leave drops the cursor of that topic and reports whether there was one.
func (s *Subscription) Leave(name string) bool {
	s.mu.Lock()
	i := s.indexLocked(name)
	if i < 0 {
		s.mu.Unlock()
		return false
	}
	c := s.cursors[i]
	s.cursors = slices.Delete(s.cursors, i, i+1)
	s.mu.Unlock()
	c.topic.part(c)
	return true
}

// Len returns how many topics are followed.
func (s *Subscription) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.cursors)
}

// Follows reports whether the topic of that name is followed.
func (s *Subscription) Follows(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.indexLocked(name) >= 0
}

// Close leaves every topic. The bell is not rung after Close returned.
func (s *Subscription) Close() {
	s.mu.Lock()
	cursors := s.cursors
	s.cursors, s.closed = nil, true
	s.mu.Unlock()
	for _, c := range cursors {
		c.topic.part(c)
	}
}

// Take returns what is pending of the topic whose turn it is, and false when nothing is pending: the bell rings when
// that changes. It never waits for writers or other readers; a reader that is behind the tail reads the engine.
func (s *Subscription) Take() (Batch, bool) { return s.next(true) }

// TakeTail is Take for a goroutine that must not wait for a disk: of a topic whose tail does not reach back to the reader
// it returns nothing but the Err ErrBehind. Take goes on there.
func (s *Subscription) TakeTail() (Batch, bool) { return s.next(false) }

func (s *Subscription) next(engine bool) (Batch, bool) {
	for {
		if b, ok := s.take(engine); ok {
			return b, true
		}
		s.rung.Store(false)
		s.mu.Lock()
		pending := s.pendingLocked()
		s.mu.Unlock()
		// What came in between has either rung the bell for another Take, or is ours to take.
		if !pending || !s.rung.CompareAndSwap(false, true) {
			return Batch{}, false
		}
	}
}

func (s *Subscription) wake() {
	if s.rung.CompareAndSwap(false, true) {
		s.bell()
	}
}

func (s *Subscription) take(engine bool) (Batch, bool) {
	for {
		s.mu.Lock()
		c := s.nextLocked()
		if c == nil {
			s.mu.Unlock()
			return Batch{}, false
		}
		if b, ok := c.tailLocked(); ok {
			s.mu.Unlock()
			return b, true
		}
		if !engine {
			s.turn-- // it is still this one's
			s.mu.Unlock()
			return Batch{Topic: c.topic.name, Err: ErrBehind}, true
		}
		seq := c.seq
		s.mu.Unlock()

		b := c.topic.read(seq)

		s.mu.Lock()
		current := slices.Contains(s.cursors, c)
		if current {
			c.seq = b.Position.Seq
		}
		s.mu.Unlock()
		if current { // else it was moved or left meanwhile
			return b, true
		}
	}
}

// nextLocked returns a cursor with something pending, taking turns, or nil.
func (s *Subscription) nextLocked() *cursor {
	for i := range s.cursors {
		at := (s.turn + i) % len(s.cursors)
		if c := s.cursors[at]; c.pendingLocked() {
			s.turn = at + 1
			return c
		}
	}
	return nil
}

func (s *Subscription) pendingLocked() bool {
	return slices.ContainsFunc(s.cursors, (*cursor).pendingLocked)
}

func (s *Subscription) indexLocked(name string) int {
	return slices.IndexFunc(s.cursors, func(c *cursor) bool { return c.topic.name == name })
}

// place puts c where the subscription's cursor of the same topic was.
func (s *Subscription) place(c *cursor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if i := s.indexLocked(c.topic.name); i >= 0 {
		s.cursors[i].topic.part(s.cursors[i])
		s.cursors[i] = c
	} else {
		s.cursors = append(s.cursors, c)
	}
	c.topic.join(c)
	return nil
}

func (c *cursor) pendingLocked() bool { return c.reset || c.topic.tail.Load().last > c.seq }

// tailLocked takes from the tail and moves the cursor; ok is false when the tail does not reach back to it.
func (c *cursor) tailLocked() (b Batch, ok bool) {
	t := c.topic
	b = Batch{Topic: t.name, Epoch: t.epoch, Position: Position{t.epoch, c.seq}}
	if c.reset {
		c.reset = false
		b.Reset = true
		return b, true
	}
	now := t.tail.Load()
	b.Entries, ok = now.after(c.seq, BatchBytes)
	if !ok {
		return Batch{}, false
	}
	if len(b.Entries) == 0 { // all that was pending has been cut meanwhile
		b.Position.Seq = now.last
	} else {
		b.Position.Seq = b.Entries[len(b.Entries)-1].Seq
	}
	if first := b.Position.Seq - uint64(len(b.Entries)); !now.state {
		b.Missed = first - c.seq
	}
	c.seq = b.Position.Seq
	return b, true
}

// read takes from the engine what follows seq, up to the first hole, which the next read reports as missed.
func (t *Topic) read(seq uint64) Batch {
	last := t.tail.Load().last
	b := Batch{Topic: t.name, Epoch: t.epoch, Position: Position{t.epoch, seq}}
	rs, err := t.log.After(context.Background(), seq, pageEntries)
	if err != nil {
		b.Err = err
		return b
	}
	rs = published(rs, last)
	if len(rs) == 0 {
		b.Missed, b.Position.Seq = last-seq, last
		return b
	}
	b.Missed = rs[0].Seq - seq - 1
	b.Entries = cut(t.entries(run(rs)), BatchBytes)
	b.Position.Seq = b.Entries[len(b.Entries)-1].Seq
	return b
}

// published returns the records up to last: what is committed after it has not been published yet.
func published(rs []Record, last uint64) []Record {
	for i, r := range rs {
		if r.Seq > last {
			return rs[:i]
		}
	}
	return rs
}

// run returns the records before the first hole.
func run(rs []Record) []Record {
	for i := range rs {
		if rs[i].Seq != rs[0].Seq+uint64(i) {
			return rs[:i]
		}
	}
	return rs
}

// begin returns the seq after which a reader that starts so reads on, and whether it must be told of another history.
func (t *Topic) begin(start Start) (seq uint64, reset bool, err error) {
	now := t.tail.Load()
	switch after := start.After; {
	case after == nil:
		return t.newest(now, start.Last), false, nil
	case after.Epoch == "" && after.Seq != 0:
		return 0, false, ErrPosition
	case after.Epoch == "":
		return min(t.First()-1, now.last), false, nil
	case after.Epoch != t.epoch || after.Seq > now.last:
		return t.newest(now, ResetEntries), true, nil
	default:
		return after.Seq, false, nil
	}
}

// newest returns the seq after which the newest n entries lie.
func (t *Topic) newest(now *tail, n int) uint64 {
	switch {
	case n <= 0:
		return now.last
	case now.state && n < len(now.entries):
		return now.entries[len(now.entries)-n].Seq - 1
	case now.state:
		return 0
	case uint64(n) >= now.last:
		return min(t.First()-1, now.last)
	default:
		return min(max(now.last-uint64(n), t.First()-1), now.last)
	}
}
