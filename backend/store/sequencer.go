package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

const (
	groupWrites = 1024    // most writes in one transaction,
	groupBytes  = 4 << 20 // and most bytes, unless a single write is larger
	busyGroups  = 64      // how many transactions under load the scrub waits for its turn
)

// write is one change that somebody waits for: an append to a log, or a change of a table.
type write struct {
	log    *log // nil for a table
	draft  topic.Draft
	change func(*bolt.Tx) error
	bytes  int

	// Written by the sequencer before done is closed.
	record topic.Record
	dup    bool
	err    error
	done   chan struct{}
}

// submit hands w to the sequencer and waits for its answer. When ctx ends first, w may still be committed.
func (s *Store) submit(ctx context.Context, w *write) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.done = make(chan struct{})
	if !s.queue.add(w) {
		return topic.ErrClosed
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// queue holds the writes that wait for the sequencer.
type queue struct {
	mu      sync.Mutex
	ready   sync.Cond
	waiting []*write // guarded by mu
	closed  bool     // guarded by mu
	nudged  bool     // guarded by mu
	taken   []*write // owned by the sequencer
}

// add reports whether w was taken in; a closed queue takes nothing in.
func (q *queue) add(w *write) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.waiting = append(q.waiting, w)
	q.ready.Signal()
	return true
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.ready.Signal()
}

// nudge makes the sequencer look for work of its own.
func (q *queue) nudge() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.nudged = true
	q.ready.Signal()
}

// take returns what waits, in order and within the bounds of a group. With wait it returns nothing only when the queue
// is closed or was nudged. The writes are valid until the next take.
func (q *queue) take(wait bool) (ws []*write, open bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for wait && len(q.waiting) == 0 && !q.closed && !q.nudged {
		q.ready.Wait()
		q.letInLocked()
	}
	q.nudged = false
	n, bytes := 0, 0
	for n < len(q.waiting) && n < groupWrites && (n == 0 || bytes+q.waiting[n].bytes <= groupBytes) {
		bytes += q.waiting[n].bytes
		n++
	}
	clear(q.taken)
	q.taken = append(q.taken[:0], q.waiting[:n]...)
	left := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[left:])
	q.waiting = q.waiting[:left]
	return q.taken, !q.closed
}

// letInLocked lets writers that are ready to run come in before the group is taken. On a busy core the first one wakes the
// sequencer ahead of all others, and each would pay for a commit of its own.
func (q *queue) letInLocked() {
	q.mu.Unlock()
	runtime.Gosched()
	q.mu.Lock()
}

// run is the sequencer, the only goroutine that writes to the file. It commits what waits; between commits it does one
// bounded piece of other work, if there is any. It ends when the queue is closed and empty.
func (s *Store) run() {
	debug.SetPanicOnFault(true)
	for busy := 0; ; busy++ {
		ws, open := s.queue.take(len(s.cuts) == 0 && !s.scrubbing())
		if len(ws) > 0 {
			s.answer(ws)
		} else if !open {
			break
		}
		if len(s.cuts) > 0 {
			s.cut()
		}
		if s.scrubbing() && (len(ws) == 0 || busy >= busyGroups) {
			s.scrubSome()
			busy = 0
		}
	}
	s.finishClears()
	for s.scrub.wanted {
		s.scrubSome()
	}
}

// answer commits ws as one group, publishes it, and tells each of its writers.
func (s *Store) answer(ws []*write) {
	err := s.broken
	if err == nil {
		err = s.commit(ws)
	}
	for _, w := range ws {
		if w.err == nil {
			w.err = err
		}
		close(w.done)
	}
	if len(ws) > 1 {
		// Those who were just answered come back into the next group before it is taken. Otherwise two crowds take turns,
		// each half as large as it could be. Nobody waits: where nothing else can run, this returns at once.
		runtime.Gosched()
	}
}

// commit makes one transaction of ws. A write that cannot be done gets an error of its own and leaves no trace in it.
func (s *Store) commit(ws []*write) error {
	g := &s.group
	defer g.reset()
	err := s.update(func(tx *bolt.Tx) (bool, error) {
		g.begin(tx, s.scrub.marked)
		for _, w := range ws {
			if err := g.stage(w); err != nil {
				return false, err
			}
		}
		return g.finish()
	})
	if err != nil {
		return err
	}
	for _, st := range g.logs {
		if st.publish(); st.log.behind() {
			s.wantCut(st.log)
		}
	}
	if g.rewrites {
		s.scrub.begin()
	}
	return nil
}

// update runs change in a write transaction and commits it if change says that it is dirty. An error means that nothing
// was committed, or, once the store is broken, that nobody knows.
func (s *Store) update(change func(*bolt.Tx) (dirty bool, err error)) error {
	tx, err := s.db.Begin(true)
	if err != nil {
		return s.stop(err)
	}
	id, flushing := tx.ID(), false
	err = rescued(func() error {
		defer tx.Rollback() // does nothing after a commit
		dirty, err := change(tx)
		if err != nil || !dirty {
			return err
		}
		s.markOpen()
		flushing = true
		return s.flush(tx)
	})
	switch {
	case err == nil:
		s.hasRoom(flushing)
		return nil
	case !flushing && !errors.Is(err, ErrDamaged):
		return err
	case diskFull(err) && !s.landed(id):
		return s.noRoom(err)
	default:
		return s.stop(err)
	}
}

// landed reports whether readers see the transaction with that id although its commit failed: bbolt maps the file, and
// what was written but not flushed shows in the map.
func (s *Store) landed(id int) bool {
	landed := true
	_ = s.db.View(func(tx *bolt.Tx) error {
		landed = tx.ID() >= id
		return nil
	})
	return landed
}

func (s *Store) noRoom(err error) error {
	if !s.full {
		s.full = true
		s.log.Error("the disk is full: nothing is stored until there is room", "err", err)
	}
	return fault.Wrap(err, fault.StorageFull, "the disk is full: nothing can be stored until there is room again")
}

func (s *Store) hasRoom(written bool) {
	if s.full && written {
		s.full = false
		s.log.Info("the disk has room again")
	}
}

// stop ends all writing until the store is opened again: after a failed flush nobody knows what the disk holds, and a
// second flush that succeeds proves nothing.
func (s *Store) stop(err error) error {
	first := s.broken == nil
	s.broken = fault.Wrap(err, fault.ReadOnly, "the hub stopped storing after a disk error: check the disk, then restart Hearth; what was stored can still be read")
	s.cuts, s.scrub.wanted = nil, false
	var p *panicked
	if errors.As(err, &p) {
		s.log.Error("the store stopped writing", "err", err, "stack", string(p.stack))
	} else {
		s.log.Error("the store stopped writing", "err", err)
	}
	s.doubt()
	if first && s.stopped != nil {
		s.stopped(s.broken)
	}
	return s.broken
}

// panicked is a panic in a transaction.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("%v: %v", ErrDamaged, p.value) }
func (p *panicked) Unwrap() error { return ErrDamaged }

// rescued turns a panic of f into an error that is ErrDamaged. bbolt trusts its pages: damaged ones make it panic, or
// reach outside of the file, which is a panic where debug.SetPanicOnFault is set.
func rescued(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{value: p, stack: debug.Stack()}
		}
	}()
	return f()
}
