package soak

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// message is what somebody wants in a room. Its id is the client id, different for every message of a story.
type message struct {
	room, id, text string
	by             *member
	tries          int // that were not refused; guarded by the ledger's mu
}

// ledger is what the hub was asked and what it has promised: an acknowledged message, and one that a reader has seen, stays
// where it is.
type ledger struct {
	mu       sync.Mutex
	sent     map[string]*message            // all that was ever tried, by id; guarded by mu
	promised map[string]map[uint64]*message // by room and seq; guarded by mu
	open     map[string]*message            // no answer came, so nobody knows; by id; guarded by mu
	broken   error                          // the first promise that was not kept; guarded by mu
}

func newLedger() *ledger {
	return &ledger{sent: map[string]*message{}, promised: map[string]map[uint64]*message{}, open: map[string]*message{}}
}

// try notes that m is on its way.
func (l *ledger) try(m *message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m.tries++
	l.sent[m.id] = m
	l.open[m.id] = m
}

// refuse notes that the hub has said no to the last try: m is not stored, unless by an earlier one.
func (l *ledger) refuse(m *message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.tries--; m.tries == 0 {
		delete(l.sent, m.id)
		delete(l.open, m.id)
	}
}

// promise notes that the message with that id is stored as that seq of room.
func (l *ledger) promise(room string, seq uint64, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promiseLocked(room, seq, id)
}

// answered notes that the sender of m was told that it is stored.
func (l *ledger) answered(m *message, seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promiseLocked(m.room, seq, m.id)
	delete(l.open, m.id)
}

func (l *ledger) promiseLocked(room string, seq uint64, id string) {
	in := l.promised[room]
	if in == nil {
		in = map[uint64]*message{}
		l.promised[room] = in
	}
	m, other := l.sent[id], in[seq]
	switch {
	case m == nil:
		l.breakLocked("entry %d of room %s has the client id %q, which nobody sent", seq, room, id)
	case other != nil && other != m:
		l.breakLocked("entry %d of room %s was promised to %s and then to %s", seq, room, other.id, id)
	default:
		in[seq] = m
	}
}

func (l *ledger) breakLocked(format string, args ...any) {
	if l.broken == nil {
		l.broken = fmt.Errorf(format, args...)
	}
}

// trouble returns the first promise that the hub broke while it was asked, or nil.
func (l *ledger) trouble() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// unanswered returns the messages of which nobody knows whether they are stored.
func (l *ledger) unanswered() []*message {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.open))
}

// promises counts what has been promised.
func (l *ledger) promises() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, in := range l.promised {
		n += len(in)
	}
	return n
}

// rooms returns the rooms in which something was promised.
func (l *ledger) rooms() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.promised))
}

// check compares an entry of a room with what was sent and promised.
func (l *ledger) check(room string, e entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.sent[e.Data.ClientID]
	switch promised := l.promised[room][e.Seq]; {
	case m == nil:
		return fmt.Errorf("entry %d of room %s was posted by nobody: client id %q", e.Seq, room, e.Data.ClientID)
	case promised != nil && promised != m:
		return fmt.Errorf("entry %d of room %s is %s, but was promised to %s", e.Seq, room, m.id, promised.id)
	case m.room != room || m.text != e.Data.Text || m.by.id != e.Data.From.ID:
		return fmt.Errorf("entry %d of room %s is not what %s was: %q by %s", e.Seq, room, m.id, e.Data.Text, e.Data.From.ID)
	}
	return nil
}

// beyond returns a message of room that was promised after seq last, or nil.
func (l *ledger) beyond(room string, last uint64) (seq uint64, m *message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for seq, m := range l.promised[room] {
		if seq > last {
			return seq, m
		}
	}
	return 0, nil
}

// count returns how many messages were promised in a room.
func (l *ledger) count(room string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.promised[room])
}

// newest returns the highest seq that was promised in a room.
func (l *ledger) newest(room string) (newest uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for seq := range l.promised[room] {
		newest = max(newest, seq)
	}
	return newest
}
