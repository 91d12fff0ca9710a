package store

import (
	"errors"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/topic"
)

// A log is cleared in one commit, however long it is: it moves the first bound, as retention does, and leaves a mark in the
// meta bucket, so that the bound holds after a restart as well. The records are then deleted in batches as those that
// retention cut. The last batch swaps the mark for that of the scrub, which wipes the pages that all of them have freed.

// clear takes everything before seq out of sight, with the commit of tx.
func (c *cutting) clear(tx *bolt.Tx, l *log, seq uint64) error {
	c.first, c.oldest, c.clears = seq, time.Time{}, true
	key := keyOf(seq)
	return tx.Bucket([]byte(metaBucket)).Put(l.clearMark(), key[:])
}

// resumeClear takes over what the file says of a clear that is not through.
func (c *cutting) resumeClear(tx *bolt.Tx, l *log, last uint64) {
	mark := tx.Bucket([]byte(metaBucket)).Get(l.clearMark())
	if seq := seqOf(mark); seq > 0 && seq <= last {
		c.first, c.clears = max(c.first, seq), true
	}
}

func (l *log) clearMark() []byte { return []byte(clearKey + l.name) }

// unmarkClear says that all records from before a clear are deleted and that their pages are to be wiped.
func unmarkClear(tx *bolt.Tx, l *log) error {
	meta := tx.Bucket([]byte(metaBucket))
	return errors.Join(meta.Delete(l.clearMark()), meta.Put([]byte(scrubKey), []byte{1}))
}

// resumeClears goes on with what an earlier process has not brought to its end. It is for Open: the logs it makes are for
// the sequencer alone, for how long they are kept is for whoever opens them to say.
func (s *Store) resumeClears(names []string) {
	for _, name := range names {
		l, err := s.load(name, topic.Retention{})
		if err != nil {
			s.log.Error("a cleared topic still has entries in the file", "topic", name, "err", err)
			continue
		}
		s.wantCut(l)
	}
}

// finishClears deletes what is left of cleared logs. It is for the end of the sequencer.
func (s *Store) finishClears() {
	s.cuts = slices.DeleteFunc(s.cuts, func(l *log) bool { return !l.cut.clears })
	for len(s.cuts) > 0 {
		s.cut()
	}
}
