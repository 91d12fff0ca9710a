package topic

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// pageEntries is how many records are read from an engine at once: long reads hold back the store's free pages.
const pageEntries = 64

// Topic is one named log with its tail and its readers.
type Topic struct {
	name   string
	epoch  string
	encode encoder
	log    Log // set once by Topics.Open

	tail atomic.Pointer[tail] // replaced by publish alone; readers take no lock

	mu      sync.Mutex
	cursors map[*cursor]struct{} // guarded by mu
}

// Name returns the topic's name.
func (t *Topic) Name() string { return t.name }

// Position returns the position of the newest published entry. Follow from it, and read pages before its seq + 1, to
// neither miss nor double anything.
func (t *Topic) Position() Position { return Position{Epoch: t.epoch, Seq: t.tail.Load().last} }

// First returns the seq of the oldest kept entry, or one past the newest when none is kept.
func (t *Topic) First() uint64 {
	first, _ := t.log.Bounds()
	return first
}

// Append commits a draft, publishes it and returns its entry. dup says that the draft repeated a client id and nothing
// was appended. Errors: ErrNoEntry for a rewrite of an entry that is not kept, ErrClosed, the context's (the draft may
// still be committed), or the engine's.
func (t *Topic) Append(ctx context.Context, d Draft) (e Entry, dup bool, err error) {
	r, dup, err := t.log.Append(ctx, d)
	if err != nil {
		return Entry{}, false, err
	}
	if e, ok := t.tail.Load().at(r.Seq); ok && !dup {
		return e, dup, nil
	}
	return t.encode.entry(r), dup, nil
}

// At returns the entry with that seq, or ErrNoEntry.
func (t *Topic) At(ctx context.Context, seq uint64) (Entry, error) {
	now := t.tail.Load()
	if e, ok := now.at(seq); ok {
		return e, nil
	}
	if seq == 0 || seq > now.last {
		return Entry{}, ErrNoEntry
	}
	rs, err := t.log.After(ctx, seq-1, 1)
	if err != nil {
		return Entry{}, err
	}
	if len(rs) == 0 || rs[0].Seq != seq {
		return Entry{}, ErrNoEntry
	}
	return t.encode.entry(rs[0]), nil
}

// Before returns the newest limit entries with a seq below seq, oldest first; seq 0 means from the newest. With kinds,
// only entries of those kinds are returned and counted.
func (t *Topic) Before(ctx context.Context, seq uint64, limit int, kinds ...string) ([]Entry, error) {
	now := t.tail.Load()
	if seq == 0 || seq > now.last {
		seq = now.last + 1
	}
	found := make([]Entry, 0, limit) // newest first
	for len(found) < limit {
		page, err := t.pageBefore(ctx, now, seq, limit-len(found))
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, e := range slices.Backward(page) {
			if len(found) < limit && (len(kinds) == 0 || slices.Contains(kinds, e.Kind)) {
				found = append(found, e)
			}
		}
		seq = page[0].Seq
	}
	slices.Reverse(found)
	return found, nil
}

// pageBefore returns some of the entries right before seq, oldest first: from the tail where it reaches, else from the
// engine.
func (t *Topic) pageBefore(ctx context.Context, now *tail, seq uint64, want int) ([]Entry, error) {
	if page := now.before(seq, pageEntries); len(page) > 0 {
		return page, nil
	}
	if seq <= 1 {
		return nil, nil
	}
	rs, err := t.log.Before(ctx, seq, min(max(want, 1), pageEntries))
	if err != nil {
		return nil, err
	}
	return t.entries(rs), nil
}

func (t *Topic) entries(rs []Record) []Entry {
	es := make([]Entry, len(rs))
	for i, r := range rs {
		es[i] = t.encode.entry(r)
	}
	return es
}

// publish is called by the engine after each commit, in order, never twice at once. A commit becomes visible whole: the
// new tail is stored once, then the bells are rung.
func (t *Topic) publish(c Commit) {
	next := t.tail.Load()
	for _, r := range c.Records {
		next = next.append(t.encode.entry(r))
	}
	for _, r := range c.Rewritten {
		next = next.replace(t.encode.entry(r))
	}
	t.tail.Store(next.from(t.First()))
	if len(c.Records) > 0 {
		t.ring()
	}
}

// ring wakes every reader. The bells are rung under the lock, which no reader holds while it reads.
func (t *Topic) ring() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c := range t.cursors {
		c.sub.wake()
	}
}

func (t *Topic) join(c *cursor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cursors[c] = struct{}{}
}

func (t *Topic) part(c *cursor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.cursors, c)
}
