package store_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"testing/synctest"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/store"
	"hearth/backend/topic"
)

const secret = "the-cat-is-called-Mia"

func TestTextThatWasTakenBackLeavesTheFile(t *testing.T) {
	path := newPath(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, path)
		lobby := openLog(t, s, "room/lobby", topic.Retention{})
		seq := appendTexts(t, lobby, "one", secret)
		long := appendTexts(t, lobby, fmt.Sprintf("%s %s %s", secret, bytes.Repeat([]byte("x"), 10_000), secret))
		for i := range 20 { // each copies the page that holds the secret
			appendTexts(t, lobby, fmt.Sprintf("more %d", i))
		}
		left := 0
		store.SetFlush(s, func(tx *bolt.Tx) error {
			err := tx.Commit()
			left = max(left, copies(t, path))
			return err
		})
		rewrite(t, lobby, seq, `{"deleted":true}`)
		rewrite(t, lobby, long, `{"deleted":true}`)
		synctest.Wait() // until the sequencer has nothing to do
		if left < 3 {
			t.Errorf("need the text in freed pages for this test to mean anything, the file had %d copies", left)
		}
		if n := copies(t, path); n != 0 {
			t.Errorf("the file has %d copies of what was deleted", n)
		}
		if got := all(t, lobby); len(got) != 25 || string(got[1].Data) != `{"deleted":true}` || string(got[24].Data) != "{}" {
			t.Errorf("got\n%s", lines(got))
		}
	})
	wantSound(t, path)
}

// TestReadersSeeNoPageCleaned reads all the time while pages are freed and overwritten.
func TestReadersSeeNoPageCleaned(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	appendMany(t, lobby, 300)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if rs := all(t, lobby); len(rs) < 300 {
				t.Errorf("got %d records, want 300 or more", len(rs))
				return
			}
		}
	}()
	for i := range 30 {
		rewrite(t, lobby, uint64(1+i*3), `{"deleted":true}`)
	}
	close(stop)
	<-stopped
	if got := s.Damaged(); got != 0 {
		t.Errorf("readers met %d damaged records", got)
	}
	closeStore(t, s)
	wantSound(t, path)
}

// TestCleaningGoesOnAfterACrash copies the file after the commit of a rewrite and before the cleaning behind it.
func TestCleaningGoesOnAfterACrash(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	seq := appendTexts(t, lobby, secret)
	appendTexts(t, lobby, "one", "two", "three")
	var crashed string
	store.SetFlush(s, func(tx *bolt.Tx) error {
		err := tx.Commit()
		if crashed == "" {
			crashed = copyFile(t, path)
		}
		return err
	})
	rewrite(t, lobby, seq, `{"deleted":true}`)
	closeStore(t, s)
	if n := copies(t, crashed); n == 0 {
		t.Fatal("need the text in the copy for this test to mean anything")
	}
	closeStore(t, open(t, crashed))
	if n := copies(t, crashed); n != 0 {
		t.Errorf("the file has %d copies of the text after a restart", n)
	}
	update(t, crashed, func(tx *bolt.Tx) error {
		if tx.Bucket([]byte("meta")).Get([]byte("scrub")) != nil {
			t.Error("the mark is still there when all is clean")
		}
		return nil
	})
	wantSound(t, crashed)
}

// TestManyFreePagesAreCleanedInBatches has more of them than one batch, and a free list of several pages.
func TestManyFreePagesAreCleanedInBatches(t *testing.T) {
	path := newPath(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, path)
		builds := openLog(t, s, "notify/builds", topic.Retention{Entries: 10})
		large := bytes.Repeat([]byte(secret), 200) // 4 KiB
		for range 2000 {
			go func() {
				if _, _, err := builds.Append(t.Context(), topic.Draft{Kind: "notification", Data: large}); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		for range 10 {
			appendTexts(t, builds, "x")
		}
		synctest.Wait()
		if n := copies(t, path); n < 150*1024 {
			t.Fatalf("need more free pages for this test to mean anything, the file has %d copies", n)
		}
		rewrite(t, builds, 2010, `{"deleted":true}`)
		synctest.Wait()
		kept := keysIn(t, copyFile(t, path), "log/notify/builds") - 11 // large ones that are cut but not deleted yet
		if n := copies(t, path); n != 200*kept {
			t.Errorf("the file has %d copies, want those of %d records", n, kept)
		}
	})
	wantSound(t, path)
}

func copies(t *testing.T, path string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(b, []byte(secret))
}

// wantSound lets bbolt check every page of a closed file.
func wantSound(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
