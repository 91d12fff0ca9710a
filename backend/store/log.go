package store

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/topic"
)

const (
	fillPercent = 0.95 // pages of logs fill from one end: half-empty ones would double the file
	pageRecords = 64   // most records that one read transaction visits
)

// log is one log: a bucket of records by seq, whose sequence is the last seq ever given.
type log struct {
	store     *Store
	name      string
	bucket    []byte
	seed      uint32 // of the checksums
	retention topic.Retention
	committed atomic.Pointer[func(topic.Commit)]

	first, last atomic.Uint64 // written by the sequencer; first after last, so that first is never above last+1

	// Owned by the sequencer, set before it knows the log.
	newest time.Time        // of the last record
	cut    cutting          // how far retention has come
	ids    *topic.ClientIDs // nil until the first client id comes
	staged *staged          // what the group under way does to this log, or nil
}

// load reads what Open needs to know of a log; that is little, so that a hub with many of them starts fast.
func (s *Store) load(name string, r topic.Retention) (*log, error) {
	l := &log{store: s, name: name, bucket: []byte(logPrefix + name), seed: seedOf(name), retention: r}
	l.cut = cutting{first: 1, stored: 1}
	err := s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(l.bucket)
		if b == nil {
			return nil
		}
		last := b.Sequence()
		if r, ok := l.readable(walk{at: math.MaxUint64, back: true}, b); ok {
			last = max(last, r.Seq)
			l.newest = r.Time
		}
		if k, _ := b.Cursor().First(); k == nil {
			l.cut = cutting{first: last + 1, stored: last + 1}
		} else if r, ok := l.readable(walk{}, b); ok {
			l.cut = cutting{first: r.Seq, stored: r.Seq}
		}
		l.cut.resumeClear(tx, l, last)
		l.cut.expire(l, b, last, time.Now())
		l.last.Store(last)
		return nil
	})
	l.first.Store(l.cut.first)
	return l, err
}

// readable returns the first record on the way that is not damaged, looking at one page.
func (l *log) readable(w walk, b *bolt.Bucket) (topic.Record, bool) {
	c, k, v := w.start(b)
	for n := 0; n < pageRecords && k != nil; n++ {
		if r, ok := l.decode(k, v); ok {
			return r, true
		}
		k, v = c.next()
	}
	return topic.Record{}, false
}

// recall returns the client ids of the newest committed records.
func (l *log) recall(b *bolt.Bucket) *topic.ClientIDs {
	ids := &topic.ClientIDs{}
	if b == nil {
		return ids
	}
	last := l.last.Load()
	c, k, v := walk{at: last - min(last, topic.ClientIDWindow-1)}.start(b)
	for ; k != nil && seqOf(k) <= last; k, v = c.next() { // what is above is of the group under way
		if r, ok := l.decode(k, v); ok {
			ids.Add(r.ClientID, r.Seq)
		}
	}
	return ids
}

// Bounds reads first before last, as topic.Log wants: a cut moves first after an append moved last.
func (l *log) Bounds() (first, last uint64) {
	first = l.first.Load()
	return first, l.last.Load()
}

// Append waits for the group that d gets into.
func (l *log) Append(ctx context.Context, d topic.Draft) (topic.Record, bool, error) {
	w := &write{log: l, draft: d, bytes: len(d.Data)}
	for _, r := range d.Rewrites {
		w.bytes += len(r.Data)
	}
	if err := l.store.submit(ctx, w); err != nil {
		return topic.Record{}, false, err
	}
	return w.record, w.dup, nil
}

// After reads in transactions of at most pageRecords.
func (l *log) After(ctx context.Context, seq uint64, limit int) ([]topic.Record, error) {
	if seq == math.MaxUint64 {
		return nil, nil
	}
	return l.read(ctx, walk{at: max(seq+1, l.first.Load())}, limit)
}

// Before reads in transactions of at most pageRecords, backwards.
func (l *log) Before(ctx context.Context, seq uint64, limit int) ([]topic.Record, error) {
	if seq == 0 {
		return nil, nil
	}
	rs, err := l.read(ctx, walk{at: seq - 1, back: true}, limit)
	slices.Reverse(rs)
	return rs, err
}

// read returns at most limit kept records on the way.
func (l *log) read(ctx context.Context, w walk, limit int) ([]topic.Record, error) {
	first, last := l.Bounds()
	if w.back {
		w.at = min(w.at, last)
	}
	var rs []topic.Record
	for more := true; more && len(rs) < limit; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := l.store.view(func(tx *bolt.Tx) error {
			rs, more = l.page(tx, &w, first, last, rs, min(pageRecords, limit-len(rs)))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return rs, nil
}

// page appends to rs what it finds of first to last at the next n places on the way. more is false at the end of it.
func (l *log) page(tx *bolt.Tx, w *walk, first, last uint64, rs []topic.Record, n int) (_ []topic.Record, more bool) {
	b := tx.Bucket(l.bucket)
	if b == nil {
		return rs, false
	}
	rs = slices.Grow(rs, n)
	for c, k, v := w.start(b); k != nil; k, v = c.next() {
		seq := seqOf(k)
		switch {
		case seq < first || seq > last: // cut, or not published yet
			return rs, false
		case n == 0:
			return rs, true
		}
		n--
		if r, ok := l.decode(k, v); ok {
			rs = append(rs, kept(r))
		}
		if !w.pass(seq) {
			return rs, false
		}
	}
	return rs, false
}

// decode returns the record of one place in the bucket, or false if it is damaged. Its data lies in the file's map.
func (l *log) decode(k, v []byte) (topic.Record, bool) {
	seq := seqOf(k)
	r, err := decodeRecord(v, l.seed, seq)
	if err != nil {
		l.store.damages.note(l, seq, err)
		return topic.Record{}, false
	}
	return r, true
}
