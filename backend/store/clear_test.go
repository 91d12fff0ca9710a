package store_test

import (
	"bytes"
	"os"
	"testing"
	"testing/synctest"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/store"
	"hearth/backend/topic"
)

func clearLog(t testing.TB, l topic.Log) (seq uint64) {
	t.Helper()
	r, _, err := l.Append(t.Context(), topic.Draft{Kind: "room.changed", Data: []byte("{}"), Clears: true})
	if err != nil {
		t.Fatal(err)
	}
	return r.Seq
}

// appendSecrets appends n records that hold the secret, more than one batch of deletions takes.
func appendSecrets(t *testing.T, l topic.Log, n int) {
	t.Helper()
	appendMany(t, l, n)
	for seq := uint64(1); seq <= uint64(n); seq += 50 {
		rewrite(t, l, seq, `"`+secret+string(bytes.Repeat([]byte("x"), 300))+`"`)
	}
}

func TestWhatWasClearedLeavesTheFile(t *testing.T) {
	path := newPath(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, path)
		lobby := openLog(t, s, "room/lobby", topic.Retention{})
		appendSecrets(t, lobby, 3000)
		synctest.Wait()
		if n := copies(t, path); n < 60 {
			t.Fatalf("need the text in the file for this test to mean anything, it has %d copies", n)
		}
		seq := clearLog(t, lobby)
		appendTexts(t, lobby, "one")
		synctest.Wait() // until the sequencer has nothing to do
		if n := copies(t, path); n != 0 {
			t.Errorf("the file has %d copies of what was cleared", n)
		}
		if got := all(t, lobby); len(got) != 2 || got[0].Seq != seq {
			t.Errorf("got\n%s", lines(got))
		}
	})
	if got := keysIn(t, path, "log/room/lobby"); got != 2 {
		t.Errorf("the file has %d records, want 2", got)
	}
	wantSound(t, path)
}

// TestAClearHoldsThroughACrash copies the file right after the commit of a clear, and again after each batch of deletions.
func TestAClearHoldsThroughACrash(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	appendSecrets(t, lobby, 3000)
	closeStore(t, s)
	s = open(t, path)
	lobby = openLog(t, s, "room/lobby", topic.Retention{})
	var crashes []string
	store.SetFlush(s, func(tx *bolt.Tx) error {
		err := tx.Commit()
		crashes = append(crashes, copyFile(t, path))
		return err
	})
	seq := clearLog(t, lobby)
	closeStore(t, s)
	if len(crashes) != 5 {
		t.Fatalf("got %d commits, want 5: the clear, 3,060 records in batches of 1,024, and the end of the scrub", len(crashes))
	}
	if n := copies(t, path); n != 0 {
		t.Errorf("a store that was closed has %d copies of what was cleared", n)
	}
	for i, crashed := range crashes {
		if n := copies(t, crashed); n == 0 && i < len(crashes)-1 {
			t.Fatalf("need the text in the file after commit %d for this test to mean anything", i)
		}
		s := open(t, crashed)
		lobby := openLog(t, s, "room/lobby", topic.Retention{})
		if got := all(t, lobby); len(got) != 1 || got[0].Seq != seq {
			t.Errorf("after a crash behind commit %d got\n%s", i, lines(got))
		}
		if got := appendTexts(t, lobby, "one"); got != seq+1 {
			t.Errorf("after a crash behind commit %d the next seq is %d, want %d", i, got, seq+1)
		}
		closeStore(t, s)
		if n := copies(t, crashed); n != 0 {
			t.Errorf("after a crash behind commit %d and a start the file has %d copies of what was cleared", i, n)
		}
		wantSound(t, crashed)
	}
}

// TestAClearGoesOnAlthoughNobodyOpensTheLog starts on the file of a crash; nobody asks for the room again.
func TestAClearGoesOnAlthoughNobodyOpensTheLog(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	appendTexts(t, lobby, secret, secret)
	var crashed string
	store.SetFlush(s, func(tx *bolt.Tx) error {
		err := tx.Commit()
		if crashed == "" {
			crashed = copyFile(t, path)
		}
		return err
	})
	clearLog(t, lobby)
	closeStore(t, s)
	if copies(t, crashed) == 0 {
		t.Fatal("need the text in the file for this test to mean anything")
	}
	closeStore(t, open(t, crashed))
	if n := copies(t, crashed); n != 0 {
		t.Errorf("the file has %d copies of what was cleared", n)
	}
	update(t, crashed, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).ForEach(func(k, _ []byte) error {
			if name := string(k); name != "schema" && name != "epoch" {
				t.Errorf("the mark %s is still there when all is done", name)
			}
			return nil
		})
	})
}

func TestABackupOfAClearedLogHoldsNothingThatCanBeRead(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	appendSecrets(t, lobby, 3000)
	closeStore(t, s)
	s = open(t, path)
	lobby = openLog(t, s, "room/lobby", topic.Retention{})
	var copied string
	store.SetFlush(s, func(tx *bolt.Tx) error {
		err := tx.Commit()
		if copied == "" {
			copied = backup(t, s) // between the clear and the first batch of deletions
		}
		return err
	})
	seq := clearLog(t, lobby)
	closeStore(t, s)
	if _, err := os.Stat(copied); err != nil {
		t.Fatal(err)
	}
	to := newPath(t)
	if _, err := store.Restore(t.Context(), copied, to); err != nil {
		t.Fatal(err)
	}
	s = open(t, to)
	if got := all(t, openLog(t, s, "room/lobby", topic.Retention{})); len(got) != 1 || got[0].Seq != seq {
		t.Errorf("got\n%s", lines(got))
	}
	closeStore(t, s)
	if n := copies(t, to); n != 0 {
		t.Errorf("the restored file has %d copies of what was cleared", n)
	}
}
