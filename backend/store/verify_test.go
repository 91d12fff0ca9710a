package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/fault"
	"hearth/backend/store"
	"hearth/backend/topic"
)

func TestVerifyCountsWhatAFileHolds(t *testing.T) {
	path := newPath(t)
	s := filled(t, path)
	if _, err := store.Verify(t.Context(), path); !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v of a store that is open, want ErrLocked", err)
	}
	large := bytes.Repeat([]byte("x"), 20_000) // a page with overflow
	if _, _, err := openLog(t, s, "notify/builds", topic.Retention{}).Append(t.Context(), topic.Draft{Data: large}); err != nil {
		t.Fatal(err)
	}
	epoch := s.Epoch()
	closeStore(t, s)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	survey, err := store.Verify(t.Context(), path)
	if err != nil || survey.Logs != 3 || survey.Records != 211 || survey.Damaged != 0 || survey.Epoch != epoch || survey.Bytes == 0 {
		t.Errorf("got %+v, %v; want 211 records in 3 logs", survey, err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("verifying changed the file, %v", err)
	}
}

func TestVerifyCountsDamagedRecords(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	appendTexts(t, openLog(t, s, "room/lobby", topic.Retention{}), "one", "two-is-hit", "three")
	closeStore(t, s)
	damage(t, path, "two-is-hit")
	if survey, err := store.Verify(t.Context(), path); err != nil || survey.Records != 3 || survey.Damaged != 1 {
		t.Errorf("got %+v, %v; want one damaged of 3 records", survey, err)
	}
}

// TestVerifyMissesNoZeroedPage zeroes each page that is in use, one after the other.
func TestVerifyMissesNoZeroedPage(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	for i := range 3 {
		appendMany(t, openLog(t, s, fmt.Sprint("room/", i), topic.Retention{}), 400)
	}
	closeStore(t, s)
	whole := used(t, path)
	free := freePages(t, path)
	size := os.Getpagesize()
	noticed := 0
	for id := 2; id < len(whole)/size; id++ { // the two meta pages stand in for each other
		if free[id] {
			continue
		}
		b := slices.Clone(whole)
		clear(b[id*size : (id+1)*size])
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Verify(t.Context(), path); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("page %d is zeroed: got %v, want ErrDamaged", id, err)
		}
		noticed++
	}
	if noticed < 20 {
		t.Errorf("zeroed %d pages; need more for this test to mean anything", noticed)
	}
}

// TestVerifyNeverCrashes flips bytes anywhere, also where a page says how it is laid out.
func TestVerifyNeverCrashes(t *testing.T) {
	path := newPath(t)
	s := filled(t, path)
	closeStore(t, s)
	whole := used(t, path)
	random := rand.New(rand.NewPCG(3, 4))
	found := 0
	for range 1000 {
		b := slices.Clone(whole)
		for range 1 + random.IntN(4) {
			b[random.IntN(len(b))] ^= byte(1 + random.IntN(255))
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		survey, err := store.Verify(t.Context(), path)
		if err != nil || survey.Damaged > 0 {
			found++
		}
		if err != nil && !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrNewer) {
			t.Fatalf("got %v, want ErrDamaged", err)
		}
	}
	if found < 100 {
		t.Errorf("found %d; need some that were hit for this test to mean anything", found)
	}
}

// TestAfterADiskErrorTheNextOpenReadsTheWholeFile has a damaged page that nobody would come upon.
func TestAfterADiskErrorTheNextOpenReadsTheWholeFile(t *testing.T) {
	for _, hit := range []bool{false, true} {
		t.Run(fmt.Sprint("damaged ", hit), func(t *testing.T) {
			path := newPath(t)
			s := filled(t, path)
			store.SetFlush(s, func(*bolt.Tx) error { return syscall.EIO })
			if _, _, err := openLog(t, s, "room/lobby", topic.Retention{}).Append(t.Context(), topic.Draft{}); !fault.Is(err, fault.ReadOnly) {
				t.Fatalf("got %v, want read_only", err)
			}
			closeStore(t, s)
			if hit {
				zeroARecordPage(t, path)
			}
			for range 2 { // a refusal is no reason to trust the file the next time
				s, err := store.Open(path, store.Options{})
				if err == nil {
					closeStore(t, s)
				}
				if errors.Is(err, store.ErrDamaged) != hit {
					t.Errorf("got %v from a file whose damage is %v", err, hit)
				}
			}
			if _, err := os.Stat(path + ".check"); (err == nil) != hit {
				t.Errorf("the mark of doubt: %v", err)
			}
		})
	}
}

func TestTheOwnerHearsOnceThatTheStoreStopped(t *testing.T) {
	var heard []error
	s, err := store.Open(newPath(t), store.Options{Stopped: func(err error) { heard = append(heard, err) }})
	if err != nil {
		t.Fatal(err)
	}
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	store.SetFlush(s, func(*bolt.Tx) error { return syscall.EIO })
	for range 3 {
		_, _, _ = lobby.Append(t.Context(), topic.Draft{})
	}
	closeStore(t, s)
	if len(heard) != 1 || !fault.Is(heard[0], fault.ReadOnly) {
		t.Errorf("got %v, want one read_only", heard)
	}
}

// zeroARecordPage zeroes the first page of the records of a log that has many. Only who reads that log comes upon it.
func zeroARecordPage(t *testing.T, path string) {
	t.Helper()
	b, size := used(t, path), os.Getpagesize()
	at := rootOf(t, path, "log/room/lobby")
	for b[at+8] == 0x01 { // a branch: its first element says where the first page below it is
		at = int(binary.NativeEndian.Uint64(b[at+16+8:])) * size
	}
	page := b[at : at+size]
	if bytes.Count(page, []byte("message")) < 8 {
		t.Fatal("need a page of records for this test to mean anything")
	}
	clear(page)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// freePages returns the pages that bbolt has in its free list.
func freePages(t *testing.T, path string) map[int]bool {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	free := map[int]bool{}
	tx, err := db.Begin(true)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for id := 0; ; id++ {
		info, err := tx.Page(id)
		if err != nil {
			t.Fatal(err)
		}
		if info == nil {
			return free
		}
		free[id] = info.Type == "free"
	}
}
