package store_test

import (
	"errors"
	"syscall"
	"testing"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/fault"
	"hearth/backend/store"
	"hearth/backend/topic"
)

func TestAFullDiskBurnsNoNumberAndWritesResume(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	published := 0
	lobby, err := s.Open(t.Context(), "room/lobby", topic.Retention{}, func(c topic.Commit) { published += len(c.Records) })
	if err != nil {
		t.Fatal(err)
	}
	appendTexts(t, lobby, "before")

	store.SetFlush(s, func(*bolt.Tx) error { return syscall.ENOSPC })
	draft := topic.Draft{Kind: "message", ClientID: "ada/1", Data: []byte("{}")}
	for range 3 {
		if _, _, err := lobby.Append(t.Context(), draft); !fault.Is(err, fault.StorageFull) {
			t.Fatalf("got %v, want storage_full", err)
		}
	}
	if err := s.Table("peers").Put(t.Context(), "ada", nil); !fault.Is(err, fault.StorageFull) {
		t.Errorf("got %v from the table, want storage_full", err)
	}
	if got := all(t, lobby); len(got) != 1 || published != 1 {
		t.Errorf("got %d records, %d published while the disk is full, want 1", len(got), published)
	}

	store.SetFlush(s, (*bolt.Tx).Commit)
	r, dup, err := lobby.Append(t.Context(), draft)
	if err != nil || dup || r.Seq != 2 {
		t.Errorf("got seq %d, dup %v, %v once there is room; want 2", r.Seq, dup, err)
	}
	if first, last := lobby.Bounds(); first != 1 || last != 2 {
		t.Errorf("got bounds %d..%d", first, last)
	}
}

func TestADiskErrorStopsAllWritingUntilReopened(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby, other := openLog(t, s, "room/lobby", topic.Retention{}), openLog(t, s, "room/other", topic.Retention{})
	appendTexts(t, lobby, "before")

	store.SetFlush(s, func(*bolt.Tx) error { return syscall.EIO })
	draft := topic.Draft{Kind: "message", ClientID: "ada/1", Data: []byte("{}")}
	if _, _, err := lobby.Append(t.Context(), draft); !fault.Is(err, fault.ReadOnly) || !errors.Is(err, syscall.EIO) {
		t.Fatalf("got %v, want read_only because of EIO", err)
	}
	store.SetFlush(s, (*bolt.Tx).Commit) // the disk seems well again, which proves nothing
	for _, l := range []topic.Log{lobby, other} {
		if _, _, err := l.Append(t.Context(), draft); !fault.Is(err, fault.ReadOnly) {
			t.Errorf("got %v, want read_only", err)
		}
	}
	if err := s.Table("peers").Delete(t.Context(), "ada"); !fault.Is(err, fault.ReadOnly) {
		t.Errorf("got %v from the table, want read_only", err)
	}
	if got := all(t, lobby); len(got) != 1 {
		t.Errorf("got %d records, want the 1 from before", len(got))
	}
	closeStore(t, s)

	if seq := appendTexts(t, openLog(t, open(t, path), "room/lobby", topic.Retention{}), "after"); seq != 2 {
		t.Errorf("got seq %d after reopening, want 2", seq)
	}
}

// TestAnUnknownCommitIsFoundOutByItsClientID is the story of a commit that reached the disk although its flush failed:
// nobody may be told "not stored", and even a full disk is no clean failure then.
func TestAnUnknownCommitIsFoundOutByItsClientID(t *testing.T) {
	for _, disk := range []error{syscall.EIO, syscall.ENOSPC} {
		t.Run(disk.Error(), func(t *testing.T) {
			path := newPath(t)
			s := open(t, path)
			lobby := openLog(t, s, "room/lobby", topic.Retention{})
			store.SetFlush(s, func(tx *bolt.Tx) error { return errors.Join(tx.Commit(), disk) })
			draft := topic.Draft{Kind: "message", ClientID: "ada/1", Data: []byte("{}")}
			if _, _, err := lobby.Append(t.Context(), draft); !fault.Is(err, fault.ReadOnly) {
				t.Fatalf("got %v, want read_only", err)
			}
			if got := all(t, lobby); len(got) != 0 {
				t.Errorf("got %d records that nobody may have seen", len(got))
			}
			closeStore(t, s)

			lobby = openLog(t, open(t, path), "room/lobby", topic.Retention{})
			if r, dup, err := lobby.Append(t.Context(), draft); err != nil || !dup || r.Seq != 1 {
				t.Errorf("got seq %d, dup %v, %v; want the first one again", r.Seq, dup, err)
			}
		})
	}
}

// TestAPanicOfBboltStopsWriting stands for a damaged page under a write.
func TestAPanicOfBboltStopsWriting(t *testing.T) {
	s := open(t, newPath(t))
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	appendTexts(t, lobby, "before")
	store.SetFlush(s, func(*bolt.Tx) error { panic("page 7 already freed") })
	if _, _, err := lobby.Append(t.Context(), topic.Draft{}); !fault.Is(err, fault.ReadOnly) || !errors.Is(err, store.ErrDamaged) {
		t.Fatalf("got %v, want read_only because of damage", err)
	}
	if got := all(t, lobby); len(got) != 1 {
		t.Errorf("got %d records, want the 1 from before", len(got))
	}
}
