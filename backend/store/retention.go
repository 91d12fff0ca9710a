package store

import (
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	cutSlack = 256  // cut records stay in the file until there are so many; nobody can read them meanwhile
	cutBatch = 1024 // most records that one transaction deletes, or looks at
)

// cutting is how far retention has come in a log. Moving first takes records out of sight at once and costs next to
// nothing; deleting them follows in batches.
type cutting struct {
	first  uint64    // oldest kept seq
	stored uint64    // oldest seq in the bucket
	oldest time.Time // time of first when it is known; with retention by age
	more   bool      // more records may have come of age
	clears bool      // the file has the mark of a clear that is not through
}

// expire moves first as the log's retention wants; b holds records up to last. The newest record is always kept.
func (c *cutting) expire(l *log, b *bolt.Bucket, last uint64, now time.Time) {
	if n := uint64(max(0, l.retention.Entries)); n > 0 && last > n && c.first < last-n+1 {
		c.first, c.oldest = last-n+1, time.Time{}
	}
	if age := l.retention.Age; age > 0 && (c.oldest.IsZero() || now.Sub(c.oldest) > age) {
		c.expireAged(l, b, last, now.Add(-age))
	}
}

// expireAged moves first to the first record that is not older than since, looking at no more than cutBatch of them.
func (c *cutting) expireAged(l *log, b *bolt.Bucket, last uint64, since time.Time) {
	at, k, v := walk{at: c.first}.start(b)
	for n := 0; n < cutBatch && k != nil; n++ {
		r, ok := l.decode(k, v)
		if seq := seqOf(k); seq >= last || ok && !r.Time.Before(since) {
			c.first, c.oldest, c.more = min(seq, last), r.Time, false
			return
		}
		c.first = seqOf(k) + 1
		k, v = at.next()
	}
	c.oldest, c.more = time.Time{}, k != nil
}

// behind reports whether the sequencer should cut the log.
func (l *log) behind() bool {
	return l.cut.more || l.cut.clears || l.cut.first-l.cut.stored >= cutSlack
}

func (s *Store) wantCut(l *log) {
	if !slices.Contains(s.cuts, l) {
		s.cuts = append(s.cuts, l)
	}
}

// cut deletes one batch of the log whose turn it is. A log that is not done waits for its next turn. When the batch
// cannot be committed, all of it is left until the next append.
func (s *Store) cut() {
	l := s.cuts[0]
	s.cuts = slices.Delete(s.cuts, 0, 1)
	next, cleared := l.cut, false
	err := s.update(func(tx *bolt.Tx) (dirty bool, err error) {
		b := tx.Bucket(l.bucket)
		if b == nil {
			return false, nil
		}
		last := l.last.Load()
		next.expire(l, b, last, time.Now())
		if dirty, err = next.delete(b, last); err != nil || !next.clears || next.stored < next.first {
			return dirty, err
		}
		cleared, next.clears = true, false
		return true, unmarkClear(tx, l)
	})
	if err != nil {
		s.cuts = nil
		return
	}
	l.cut = next
	l.first.Store(next.first)
	if cleared {
		s.scrub.begin()
	}
	if next.more || next.stored < next.first {
		s.wantCut(l)
	}
}

// delete takes one batch of records before first out of b.
func (c *cutting) delete(b *bolt.Bucket, last uint64) (dirty bool, err error) {
	var seqs []uint64
	at, k, _ := walk{}.start(b)
	for ; k != nil && len(seqs) < cutBatch; k, _ = at.next() {
		seq := seqOf(k)
		if seq >= c.first && seq <= last { // a key that is out of range is damaged
			break
		}
		seqs = append(seqs, seq)
	}
	for _, seq := range seqs {
		if err := at.remove(seq); err != nil {
			return false, err
		}
	}
	c.stored = c.first
	if k != nil && len(seqs) == cutBatch {
		c.stored = min(seqOf(k), c.first)
	}
	return len(seqs) > 0, nil
}
