package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	bolt "go.etcd.io/bbolt"
)

// cursor goes through a bucket in the order of its keys, forwards or back. A damaged tree may lead it astray or round in
// circles, so each key must lie beyond the one before. One that does not panics, as bbolt's own checks do, and rescued makes
// ErrDamaged of it: no walk can forget to ask.
type cursor struct {
	at   *bolt.Cursor
	back bool
	seqs bool   // the keys are those of a log
	last []byte // the key that it has come to
}

// seek goes to key, or to the one that comes next.
func (c *cursor) seek(key []byte) (k, v []byte) {
	k, v = c.at.Seek(key)
	if c.back && !bytes.Equal(k, key) {
		if k == nil {
			k, v = c.at.Last()
		} else {
			k, v = c.at.Prev()
		}
	}
	c.reach(k, key, true)
	return k, v
}

// next goes to the key that comes next.
func (c *cursor) next() (k, v []byte) {
	if c.back {
		k, v = c.at.Prev()
	} else {
		k, v = c.at.Next()
	}
	c.reach(k, c.last, false)
	return k, v
}

// reach takes note of a key, which must lie beyond another, or at it if that is allowed.
func (c *cursor) reach(k, beyond []byte, at bool) {
	if k == nil {
		return
	}
	order := bytes.Compare(k, beyond)
	if c.back {
		order = -order
	}
	if order < 0 || order == 0 && !at || c.seqs && len(k) != seqBytes {
		panic(fmt.Sprintf("key %q is no key that comes after %q", k, beyond))
	}
	c.last = k
}

// remove deletes the record of a seq that the cursor has come by. In a damaged tree it may not be found again: whoever deletes
// until there is nothing left would never end.
func (c *cursor) remove(seq uint64) error {
	key := keyOf(seq)
	if k, _ := c.seek(key[:]); seqOf(k) != seq {
		return fmt.Errorf("%w: key %q is there and cannot be found", ErrDamaged, key)
	}
	return c.at.Delete()
}

// walk is a way through the seqs of a log. It may take several transactions.
type walk struct {
	at   uint64 // where it goes on
	back bool
}

func (w walk) start(b *bolt.Bucket) (c cursor, k, v []byte) {
	c = cursor{at: b.Cursor(), back: w.back, seqs: true}
	key := keyOf(w.at)
	k, v = c.seek(key[:])
	return c, k, v
}

// pass moves behind seq and reports whether there is a way left.
func (w *walk) pass(seq uint64) bool {
	if w.back {
		w.at = seq - 1
		return seq > 1
	}
	w.at = seq + 1
	return seq < math.MaxUint64
}

const seqBytes = 8 // of a key of a log

func keyOf(seq uint64) (key [seqBytes]byte) {
	binary.BigEndian.PutUint64(key[:], seq)
	return key
}

// seqOf returns the seq of a key, or 0 if it is none.
func seqOf(key []byte) uint64 {
	if len(key) != seqBytes {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}
