package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// bbolt never changes a page in place: it writes a copy elsewhere and puts the old page on its free list, text and all.
// After a rewrite has taken text back, the scrub overwrites every free page with zeros. A mark in the meta bucket, set
// by the same commit as the rewrite, makes it go on after a restart.

const (
	scrubBatch = 1024 // most free pages that are looked at between two commits
	scrubRun   = 64   // most pages that are read and overwritten at once
)

// scrub is how far the scrub has come. Owned by the sequencer.
type scrub struct {
	wanted bool   // there is work
	marked bool   // the file has the mark
	from   uint64 // every free page before this one is clean
}

func (c *scrub) begin() { *c = scrub{wanted: true, marked: true} }

// scrubbing reports whether there is something to clean and nothing in the way.
func (s *Store) scrubbing() bool { return s.scrub.wanted && !s.copies.any() }

// scrubSome cleans one batch of free pages. When it fails, it is tried again after the next rewrite or restart.
func (s *Store) scrubSome() {
	done, err := s.cleanBatch()
	if err == nil && done {
		s.scrub.wanted = false
		err = s.unmark()
	}
	if err != nil {
		s.scrub.wanted = false
		s.log.Warn("freed pages still hold text that was taken back", "err", err)
	}
}

func (s *Store) unmark() error {
	err := s.update(func(tx *bolt.Tx) (bool, error) {
		return true, tx.Bucket([]byte(metaBucket)).Delete([]byte(scrubKey))
	})
	if err == nil {
		s.scrub.marked = false
	}
	return err
}

// cleanBatch overwrites the next free pages. They are named by the free list of the newest commit in the file, and
// touched only where bbolt agrees that they are free.
//
// Readers of an older commit may still need pages that a newer one freed. Passing the gate waits for them: all readers
// that come after it see the newest commit, which refers to no free page, and only the sequencer makes a newer one. A
// backup takes too long to wait for: while there is one, nothing is cleaned.
func (s *Store) cleanBatch() (done bool, err error) {
	s.gate.Lock()
	if s.copies.any() {
		s.gate.Unlock()
		return false, nil
	}
	tx, err := s.db.Begin(true)
	s.gate.Unlock()
	if err != nil {
		return false, err
	}
	err = rescued(func() error {
		defer tx.Rollback()
		p := pages{raw: s.raw, tx: tx, size: s.db.Info().PageSize, committed: uint64(tx.ID() - 1)}
		free, err := p.freeList()
		if err != nil {
			return err
		}
		i, _ := slices.BinarySearch(free, s.scrub.from)
		end := min(i+scrubBatch, len(free))
		done = end == len(free)
		s.scrub.from = 0
		if !done {
			s.scrub.from = free[end]
		}
		return p.clean(free[i:end])
	})
	return done, err
}

// pages is the store's file as bbolt lays it out; page.go has the layout.
type pages struct {
	raw       *os.File
	tx        *bolt.Tx
	size      int
	committed uint64 // id of the newest commit
	wrote     bool
}

// freeList returns the ids of the free pages in ascending order.
func (p *pages) freeList() ([]uint64, error) {
	meta, err := newestMeta(p.raw, int64(p.size))
	if err != nil {
		return nil, err
	}
	if got := meta.uint64At(metaTxID); got != p.committed {
		return nil, fmt.Errorf("the newest commit is %d, the meta page has %d", p.committed, got)
	}
	list := meta.uint64At(metaFreeList)
	header := make([]byte, pageHeader+8)
	if err := p.read(header, list, 0); err != nil {
		return nil, err
	}
	if id, flags := binary.NativeEndian.Uint64(header), binary.NativeEndian.Uint16(header[8:]); id != list || flags != freeListFlag {
		return nil, fmt.Errorf("page %d is not the free list: id %d, flags %#x", list, id, flags)
	}
	count, begin := uint64(binary.NativeEndian.Uint16(header[10:])), int64(pageHeader)
	if count == manyFree {
		count, begin = binary.NativeEndian.Uint64(header[pageHeader:]), pageHeader+8
	}
	if count > uint64(p.tx.Size()/int64(p.size)) {
		return nil, fmt.Errorf("the free list has %d pages, more than the file", count)
	}
	raw := make([]byte, count*8)
	if err := p.read(raw, list, begin); err != nil {
		return nil, err
	}
	ids := make([]uint64, count)
	for i := range ids {
		ids[i] = binary.NativeEndian.Uint64(raw[i*8:])
		if i > 0 && ids[i] <= ids[i-1] { // going on from one batch to the next would never end
			return nil, fmt.Errorf("the free list has page %d after %d", ids[i], ids[i-1])
		}
	}
	return ids, nil
}

func (p *pages) read(b []byte, id uint64, at int64) error {
	_, err := p.raw.ReadAt(b, int64(id)*int64(p.size)+at)
	return err
}

// clean overwrites the pages that are not zeros already and flushes them.
func (p *pages) clean(ids []uint64) error {
	buf := make([]byte, scrubRun*p.size)
	zeros := make([]byte, len(buf))
	for len(ids) > 0 {
		n := 0
		for n < min(scrubRun, len(ids)) && ids[n] == ids[0]+uint64(n) && p.free(ids[n]) {
			n++
		}
		if n == 0 {
			return fmt.Errorf("page %d is on the free list and in use", ids[0])
		}
		run := buf[:n*p.size]
		if err := p.read(run, ids[0], 0); err != nil {
			return err
		}
		if !bytes.Equal(run, zeros[:len(run)]) {
			if _, err := p.raw.WriteAt(zeros[:len(run)], int64(ids[0])*int64(p.size)); err != nil {
				return err
			}
			p.wrote = true
		}
		ids = ids[n:]
	}
	if !p.wrote {
		return nil
	}
	return p.raw.Sync()
}

func (p *pages) free(id uint64) bool {
	info, err := p.tx.Page(int(id))
	return err == nil && info != nil && info.Type == "free"
}
