package store_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/fault"
	"hearth/backend/store"
	"hearth/backend/topic"
)

// TestReadingATreeThatLeadsBackToItselfEnds is the story of a disk that lost a write: a branch page then leads to pages from
// before, and whoever follows it comes by the same records again and again. Its data are the ways to go through a log.
func TestReadingATreeThatLeadsBackToItselfEnds(t *testing.T) {
	tests := map[string]func(topic.Log) error{
		"forwards": func(l topic.Log) error {
			_, err := l.After(t.Context(), 0, 1<<20)
			return err
		},
		"backwards": func(l topic.Log) error {
			_, err := l.Before(t.Context(), 1<<60, 1<<20)
			return err
		},
		"for its client ids": func(l topic.Log) error {
			_, _, err := l.Append(t.Context(), topic.Draft{ClientID: "ada/1"})
			return err
		},
		"to clear it": func(l topic.Log) error {
			clearLog(t, l)
			_, _, err := l.Append(t.Context(), topic.Draft{})
			return err
		},
	}
	for name, goThrough := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, looping(t))
			if err := goThrough(openLog(t, s, "room/lobby", topic.Retention{})); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("got %v, want ErrDamaged", err)
			}
			closeStore(t, s)
		})
	}
	t.Run("by age", func(t *testing.T) {
		s := open(t, looping(t))
		_, err := s.Open(t.Context(), "room/lobby", topic.Retention{Age: time.Nanosecond}, func(topic.Commit) {})
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("got %v, want ErrDamaged", err)
		}
	})
	t.Run("as a table", func(t *testing.T) {
		s, seen := open(t, looping(t)), map[string]bool{}
		err := s.Table("peers").Each(t.Context(), func(key string, _ []byte) bool {
			if seen[key] {
				t.Errorf("%s comes twice", key)
			}
			seen[key] = true
			return !t.Failed()
		})
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("got %v, want ErrDamaged", err)
		}
	})
	t.Run("to find out", func(t *testing.T) {
		if _, err := store.Verify(t.Context(), looping(t)); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("got %v, want ErrDamaged", err)
		}
	})
}

// TestAFileThatLeadsBackToItselfIsNotCompacted has free room enough for it.
func TestAFileThatLeadsBackToItselfIsNotCompacted(t *testing.T) {
	path := newPath(t)
	mostlyFree(t, path)
	s := open(t, path)
	appendMany(t, openLog(t, s, "room/lobby", topic.Retention{}), 400)
	closeStore(t, s)
	loop(t, path, "log/room/lobby")
	if err := store.Compact(t.Context(), path, silent); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	if _, err := store.Open(path, store.Options{}); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v from the next start, want it to look closer", err)
	}
}

// TestManyDamagedRecordsComeOfAge has more of them in a row than one transaction looks at.
func TestManyDamagedRecordsComeOfAge(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	appendMany(t, openLog(t, s, "room/lobby", topic.Retention{}), 3000)
	closeStore(t, s)
	damage(t, path, "message")
	synctest.Test(t, func(t *testing.T) {
		s := open(t, path)
		appendTexts(t, openLog(t, s, "room/lobby", topic.Retention{Age: time.Hour}), "one", "two")
		synctest.Wait() // until the sequencer has nothing to do
		closeStore(t, s)
	})
	if got := keysIn(t, path, "log/room/lobby"); got != 2 {
		t.Errorf("the file has %d records, want the two that are whole", got)
	}
}

// TestAClearThatCannotFindItsRecordsStopsTheStore has a branch that hides the page below it: its records are there for whoever
// goes from one page to the next, and cannot be found by their keys.
func TestAClearThatCannotFindItsRecordsStopsTheStore(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	appendMany(t, openLog(t, s, "room/lobby", topic.Retention{}), 400)
	closeStore(t, s)
	patchRoot(t, path, "log/room/lobby", func(p []byte) {
		const first, key = 16, 16 + 16 // the first two elements; each begins with how far away its key is
		to := key + binary.NativeEndian.Uint32(p[key:])
		binary.BigEndian.PutUint64(p[to:], 1) // the second page has all keys, it says
		binary.BigEndian.PutUint64(p[first+binary.NativeEndian.Uint32(p[first:]):], 0)
	})
	s = open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	clearLog(t, lobby)
	if _, _, err := lobby.Append(t.Context(), topic.Draft{}); !fault.Is(err, fault.ReadOnly) || !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want read_only because of damage", err)
	}
	closeStore(t, s)
}

// looping returns a file with a log and a table that lead back to themselves.
func looping(t *testing.T) (path string) {
	t.Helper()
	path = newPath(t)
	s := open(t, path)
	appendMany(t, openLog(t, s, "room/lobby", topic.Retention{}), 400)
	for i := range 400 {
		put(t, s.Table("peers"), fmt.Sprintf("peer-%03d-with-a-long-name", i), "face")
	}
	closeStore(t, s)
	loop(t, path, "log/room/lobby")
	loop(t, path, "table/peers")
	return path
}

// loop makes the root of a bucket its own second child.
func loop(t *testing.T, path, bucket string) {
	t.Helper()
	patchRoot(t, path, bucket, func(p []byte) { copy(p[16+16+8:], p[:8]) })
}

// patchRoot changes the root page of a bucket, which must be a branch of three at least.
func patchRoot(t *testing.T, path, bucket string, patch func(page []byte)) {
	t.Helper()
	at, size := rootOf(t, path, bucket), os.Getpagesize()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := b[at : at+size]
	if kind, children := binary.NativeEndian.Uint16(p[8:]), binary.NativeEndian.Uint16(p[10:]); kind != 1 || children < 3 {
		t.Fatalf("need a branch for this test to mean anything, got kind %d with %d children", kind, children)
	}
	patch(p)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// rootOf returns where in the file the root page of a bucket begins.
func rootOf(t *testing.T, path, bucket string) (at int) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bolt.Tx) error {
		at = int(tx.Bucket([]byte(bucket)).Root()) * os.Getpagesize()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return at
}
