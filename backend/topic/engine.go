package topic

import (
	"context"
	"errors"
)

var (
	ErrClosed   = errors.New("topic: closed")
	ErrNoTopic  = errors.New("topic: no such topic")
	ErrBehind   = errors.New("topic: the tail does not reach back to the reader")
	ErrNoEntry  = errors.New("topic: no such entry")
	ErrPosition = errors.New("topic: a position without an epoch must have seq 0")
	ErrName     = errors.New("topic: a name is 1 to 128 of a-z A-Z 0-9 . _ - in parts joined by /")
	ErrFull     = errors.New("topic: too many open topics")
	ErrRange    = errors.New("topic: no numbers left") // after MaxSeq entries
)

// Engine keeps the entries of topics. It must pass the suite in topictest.
type Engine interface {
	// Epoch is the identity of every history in this engine.
	Epoch() string
	// Open returns the log of that name, empty if nothing was ever appended to it; it writes nothing. Topics opens a
	// log once. committed is called after each commit, in order of seq, never twice at once for one log, before Append returns.
	Open(ctx context.Context, name string, r Retention, committed func(Commit)) (Log, error)
	// Names lists the logs that were ever appended to and whose names begin with prefix, sorted.
	Names(ctx context.Context, prefix string) ([]string, error)
	// Table returns the table of that name, empty if nothing was ever put into it.
	Table(name string) Table
	// Close waits for commits under way. Appends after it return ErrClosed. Closing twice is harmless.
	Close() error
}

// Commit is what one commit did to one log.
type Commit struct {
	Records   []Record // appended, in order
	Rewritten []Record // earlier records as they are now; applied after Records
}

// Log is one topic's records in an engine.
type Log interface {
	// Bounds returns the oldest kept and the newest committed seq, without waiting; first is last+1 when none is kept.
	// A number is never used again, whatever retention cut.
	Bounds() (first, last uint64)
	// Append numbers, commits and publishes a draft. dup says that the draft repeats a client id; the record is then
	// the first one. A draft that rewrites an entry that is not kept fails with ErrNoEntry. One that clears moves the first
	// bound to itself with its commit; what lies before must be out of the engine's file, too, as soon as that can be done.
	Append(ctx context.Context, d Draft) (r Record, dup bool, err error)
	// After returns at most limit kept records with a seq above seq, oldest first. The records are the caller's.
	After(ctx context.Context, seq uint64, limit int) ([]Record, error)
	// Before returns at most limit kept records with a seq below seq, the newest of them, oldest first.
	Before(ctx context.Context, seq uint64, limit int) ([]Record, error)
}

// Table is small keyed state kept beside the logs: peers, sessions, titles, settings. Values are read back as they were
// put. Put and Delete return after the commit.
type Table interface {
	Get(ctx context.Context, key string) ([]byte, error) // nil when there is none
	Put(ctx context.Context, key string, value []byte) error
	Delete(ctx context.Context, key string) error
	// Each calls f for every key in order until f returns false. f must not use the table.
	Each(ctx context.Context, f func(key string, value []byte) bool) error
}

// ClientIDs remembers which client ids the newest ClientIDWindow entries of a log carried. Engines keep one per log
// under the lock or in the goroutine that numbers entries.
type ClientIDs struct {
	seqs  map[string]uint64
	order []clientID // oldest first, from head
	head  int
}

type clientID struct {
	id  string
	seq uint64
}

// Seq returns the seq of the entry that carried id, or 0.
func (c *ClientIDs) Seq(id string) uint64 { return c.seqs[id] }

// Add notes the id of entry seq, if it has one, and forgets those that left the window. Seqs must grow.
func (c *ClientIDs) Add(id string, seq uint64) {
	for c.head < len(c.order) && c.order[c.head].seq+ClientIDWindow <= seq {
		delete(c.seqs, c.order[c.head].id)
		c.head++
	}
	if c.head > ClientIDWindow {
		c.order = append([]clientID(nil), c.order[c.head:]...)
		c.head = 0
	}
	if id == "" {
		return
	}
	if c.seqs == nil {
		c.seqs = make(map[string]uint64)
	}
	c.seqs[id] = seq
	c.order = append(c.order, clientID{id, seq})
}
