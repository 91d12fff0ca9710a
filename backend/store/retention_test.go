package store_test

import (
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/store"
	"hearth/backend/topic"
)

func TestRetentionHidesAtOnceAndNumbersGoOn(t *testing.T) {
	path := newPath(t)
	keep := topic.Retention{Durable: true, Entries: 3}
	s := open(t, path)
	builds := openLog(t, s, "notify/builds", keep)
	for i := range 10 {
		appendTexts(t, builds, "x")
		if first, last := builds.Bounds(); last != uint64(i+1) || first != uint64(max(1, i-1)) {
			t.Fatalf("got bounds %d..%d after %d entries", first, last, i+1)
		}
	}
	if got := seqsOf(all(t, builds)); !slices.Equal(got, []uint64{8, 9, 10}) {
		t.Errorf("got seqs %v, want the newest 3", got)
	}
	if page, err := builds.Before(t.Context(), 9, 10); err != nil || !slices.Equal(seqsOf(page), []uint64{8}) {
		t.Errorf("got page %v, %v, want 8 alone", seqsOf(page), err)
	}
	_, _, err := builds.Append(t.Context(), topic.Draft{Rewrites: []topic.Rewrite{{Seq: 7, Data: []byte("{}")}}})
	if err != topic.ErrNoEntry {
		t.Errorf("got %v for a rewrite of what was cut, want ErrNoEntry", err)
	}
	closeStore(t, s)

	builds = openLog(t, open(t, path), "notify/builds", keep)
	if got := seqsOf(all(t, builds)); !slices.Equal(got, []uint64{8, 9, 10}) {
		t.Errorf("got seqs %v after reopening, want the newest 3", got)
	}
	if seq := appendTexts(t, builds, "y"); seq != 11 {
		t.Errorf("got seq %d after reopening, want 11", seq)
	}
}

// TestNoNumberIsUsedTwice empties the bucket behind the store's back: the sequence alone knows the last number.
func TestNoNumberIsUsedTwice(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	appendMany(t, openLog(t, s, "notify/builds", topic.Retention{}), 9)
	closeStore(t, s)
	update(t, path, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("log/notify/builds"))
		return b.ForEach(func(k, _ []byte) error { return b.Delete(k) })
	})

	builds := openLog(t, open(t, path), "notify/builds", topic.Retention{})
	if first, last := builds.Bounds(); first != 10 || last != 9 {
		t.Errorf("got bounds %d..%d of a log that was cut wholly, want 10..9", first, last)
	}
	if seq := appendTexts(t, builds, "x"); seq != 10 {
		t.Errorf("got seq %d, want 10", seq)
	}
}

// TestCuttingGoesOnWhileIdle opens a long log with a short retention: one append must set off all of the cutting.
func TestCuttingGoesOnWhileIdle(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	appendMany(t, openLog(t, s, "notify/builds", topic.Retention{}), 3000)
	closeStore(t, s)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, path)
		builds := openLog(t, s, "notify/builds", topic.Retention{Entries: 10})
		commits := 0
		store.SetFlush(s, func(tx *bolt.Tx) error {
			commits++
			return tx.Commit()
		})
		appendTexts(t, builds, "x")
		synctest.Wait() // until the sequencer has nothing to do
		if commits != 4 {
			t.Errorf("got %d commits, want 4: the append, and 2,991 records in batches of 1,024", commits)
		}
		closeStore(t, s)
	})
	if got := keysIn(t, path, "log/notify/builds"); got != 10 {
		t.Errorf("%d records are left in the file, want 10", got)
	}
}

func TestRetentionByAge(t *testing.T) {
	path := newPath(t)
	keep := topic.Retention{Durable: true, Age: time.Hour}
	synctest.Test(t, func(t *testing.T) {
		s := open(t, path)
		builds := openLog(t, s, "notify/builds", keep)
		appendMany(t, builds, 400)
		time.Sleep(time.Hour)
		appendTexts(t, builds, "young")
		if first, _ := builds.Bounds(); first != 1 {
			t.Errorf("got first %d when the oldest is as old as may be, want 1", first)
		}
		time.Sleep(time.Minute)
		appendTexts(t, builds, "younger")
		if got := seqsOf(all(t, builds)); !slices.Equal(got, []uint64{401, 402}) {
			t.Errorf("got seqs %v, want those younger than an hour", got)
		}
		time.Sleep(24 * time.Hour)
		if first, _ := builds.Bounds(); first != 401 {
			t.Errorf("got first %d, want 401: nothing is cut without an append", first)
		}
		closeStore(t, s)
	})
	if got := keysIn(t, path, "log/notify/builds"); got != 2 {
		t.Errorf("%d records are left in the file, want 2", got)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(48 * time.Hour)
		builds := openLog(t, open(t, path), "notify/builds", keep)
		if first, last := builds.Bounds(); first != 402 || last != 402 {
			t.Errorf("got bounds %d..%d after two days, want the newest alone", first, last)
		}
	})
}

func TestMoreThanABatchComesOfAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newPath(t))
		builds := openLog(t, s, "notify/builds", topic.Retention{Durable: true, Age: time.Hour})
		appendMany(t, builds, 2500)
		time.Sleep(2 * time.Hour)
		appendTexts(t, builds, "young")
		synctest.Wait()
		if first, last := builds.Bounds(); first != 2501 || last != 2501 {
			t.Errorf("got bounds %d..%d, want the young one alone", first, last)
		}
	})
}

func TestAFullDiskPutsCuttingOff(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	appendMany(t, openLog(t, s, "notify/builds", topic.Retention{}), 600)
	closeStore(t, s)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, path)
		builds := openLog(t, s, "notify/builds", topic.Retention{Entries: 10})
		commits := 0
		store.SetFlush(s, func(tx *bolt.Tx) error {
			if commits++; commits == 2 {
				return syscall.ENOSPC
			}
			return tx.Commit()
		})
		appendTexts(t, builds, "the cutting after this one fails")
		synctest.Wait()
		appendTexts(t, builds, "this one sets it off again")
		synctest.Wait()
		if commits != 4 {
			t.Errorf("got %d commits, want 4", commits)
		}
		closeStore(t, s)
	})
	if got := keysIn(t, path, "log/notify/builds"); got != 10 {
		t.Errorf("%d records are left in the file, want 10", got)
	}
}

// keysIn returns how many records a bucket of a closed file has, with those that are out of sight.
func keysIn(t *testing.T, path, bucket string) (n int) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		n = tx.Bucket([]byte(bucket)).Stats().KeyN
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
