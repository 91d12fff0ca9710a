package topic

import "sort"

const (
	tailEntries = 1024      // at most this many of the newest entries stay encoded in memory
	tailBytes   = 256 << 10 // and at most this many bytes of frames, but always the newest one
)

// tail is an immutable snapshot of a topic's newest entries. Snapshots share their backing array: append writes only
// behind the end of every earlier snapshot, so readers of those never see it.
type tail struct {
	entries []Entry // by seq; without holes unless the topic holds state
	first   uint64  // every kept entry from here to last is in entries
	last    uint64  // newest published seq
	bytes   int     // of frames in entries
	state   bool    // the topic holds state: entries is all of it, with holes, and first stays 1
}

// append returns a snapshot with e at its end. In a state topic e replaces the entry with the same key.
func (t *tail) append(e Entry) *tail {
	next := *t
	next.last = e.Seq
	if t.state {
		next.entries = append(without(t.entries, e.Key), e)
		return &next
	}
	next.bytes += len(e.Frame)
	drop := 0
	for drop < len(next.entries) && (len(next.entries)-drop >= tailEntries || next.bytes > tailBytes) {
		next.bytes -= len(next.entries[drop].Frame)
		drop++
	}
	next.entries = append(next.entries[drop:], e)
	next.first = next.entries[0].Seq
	return &next
}

// without returns a copy that lacks the entry with that key and has room for one more.
func without(entries []Entry, key string) []Entry {
	kept := make([]Entry, 0, len(entries)+1)
	for _, e := range entries {
		if e.Key != key {
			kept = append(kept, e)
		}
	}
	return kept
}

// replace returns a snapshot in which e stands for the entry of the same seq, if that is in the tail.
func (t *tail) replace(e Entry) *tail {
	i := t.index(e.Seq)
	if i == len(t.entries) || t.entries[i].Seq != e.Seq {
		return t
	}
	next := *t
	next.entries = make([]Entry, len(t.entries), cap(t.entries))
	copy(next.entries, t.entries)
	next.bytes += len(e.Frame) - len(t.entries[i].Frame)
	next.entries[i] = e
	return &next
}

// from returns a snapshot without the entries before first: retention has cut them.
func (t *tail) from(first uint64) *tail {
	i := t.index(first)
	if i == 0 {
		return t
	}
	next := *t
	next.entries = t.entries[i:]
	if t.state {
		return &next
	}
	for _, e := range t.entries[:i] {
		next.bytes -= len(e.Frame)
	}
	next.first = first
	return &next
}

// index returns where the first entry with at least that seq is, or len(entries).
func (t *tail) index(seq uint64) int {
	n := len(t.entries)
	if n == 0 || seq > t.last {
		return n
	}
	if i := int64(n) - 1 - int64(t.last-seq); i >= 0 && t.entries[i].Seq == seq { // no holes: straight to it
		return int(i)
	}
	return sort.Search(n, func(i int) bool { return t.entries[i].Seq >= seq })
}

func (t *tail) at(seq uint64) (Entry, bool) {
	i := t.index(seq)
	if i == len(t.entries) || t.entries[i].Seq != seq {
		return Entry{}, false
	}
	return t.entries[i], true
}

// before returns at most limit entries right before seq, if the tail reaches there.
func (t *tail) before(seq uint64, limit int) []Entry {
	end := t.index(seq)
	return t.entries[max(0, end-limit):end]
}

// after returns the entries above seq, at most limit bytes of frames but at least one entry. ok is false when the tail
// does not reach back to seq.
func (t *tail) after(seq uint64, limit int) (entries []Entry, ok bool) {
	if seq+1 < t.first {
		return nil, false
	}
	start := t.index(seq + 1)
	return cut(t.entries[start:], limit), true
}

// cut returns the beginning of entries that holds at most limit bytes of frames, but at least one entry.
func cut(entries []Entry, limit int) []Entry {
	size := 0
	for i, e := range entries {
		size += len(e.Frame)
		if size > limit && i > 0 {
			return entries[:i]
		}
	}
	return entries
}
