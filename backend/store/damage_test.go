package store_test

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/store"
	"hearth/backend/topic"
)

func TestADamagedRecordIsSkippedAndCounted(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	appendTexts(t, openLog(t, s, "room/lobby", topic.Retention{}), "one", "two-is-hit", "three", "four")
	closeStore(t, s)
	damage(t, path, "two-is-hit")

	var logged bytes.Buffer
	s, err := store.Open(path, store.Options{Log: slog.New(slog.NewTextHandler(&logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	if got := s.Damaged(); got != 0 {
		t.Fatalf("got %d damaged before reading", got)
	}
	for range 3 {
		if got := seqsOf(all(t, lobby)); !slices.Equal(got, []uint64{1, 3, 4}) {
			t.Errorf("got seqs %v, want all but 2", got)
		}
		page, err := lobby.Before(t.Context(), 4, 2)
		if err != nil || !slices.Equal(seqsOf(page), []uint64{1, 3}) {
			t.Errorf("got page %v, %v; want 1 and 3", seqsOf(page), err)
		}
	}
	if got := s.Damaged(); got != 1 {
		t.Errorf("got %d damaged, want 1", got)
	}
	if n := strings.Count(logged.String(), "room/lobby"); n != 1 {
		t.Errorf("logged %d times, want once:\n%s", n, &logged)
	}
	_, _, err = lobby.Append(t.Context(), topic.Draft{Rewrites: []topic.Rewrite{{Seq: 2, Data: []byte("{}")}}})
	if err != topic.ErrNoEntry {
		t.Errorf("got %v for a rewrite of the damaged record, want ErrNoEntry", err)
	}
	if seq := appendTexts(t, lobby, "five"); seq != 5 {
		t.Errorf("got seq %d, want 5", seq)
	}
}

func TestADamagedNewestRecordKeepsItsNumber(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	appendTexts(t, openLog(t, s, "room/lobby", topic.Retention{}), "one", "two", "three-is-hit")
	closeStore(t, s)
	damage(t, path, "three-is-hit")

	lobby := openLog(t, open(t, path), "room/lobby", topic.Retention{})
	if seq := appendTexts(t, lobby, "four"); seq != 4 {
		t.Errorf("got seq %d, want 4", seq)
	}
	rs := all(t, lobby)
	if !slices.Equal(seqsOf(rs), []uint64{1, 2, 4}) || rs[2].Time.Before(rs[1].Time) {
		t.Errorf("got\n%s", lines(rs))
	}
}

// TestFlippedBytesOfALogNeverCrash damages the pages of a log anywhere, also where bbolt keeps what it needs itself:
// reading may skip and writing may stop, but the process lives, and what is read was once written.
func TestFlippedBytesOfALogNeverCrash(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	appendMany(t, openLog(t, s, "room/lobby", topic.Retention{}), 300)
	written := make(map[string]bool)
	for _, r := range all(t, openLog(t, s, "room/lobby", topic.Retention{})) {
		written[lines([]topic.Record{r})] = true
	}
	closeStore(t, s)
	whole := used(t, path)
	places := placesOf(whole, "message", 8)
	if len(places) == 0 {
		t.Fatal("need pages of records for this test to mean anything")
	}
	random := rand.New(rand.NewPCG(1, 2))
	skipped := 0
	for range 100 {
		b := slices.Clone(whole)
		b[places[random.IntN(len(places))]] ^= byte(1 + random.IntN(255))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(path + ".check") // the store is not to know of the damage beforehand
		s := open(t, path)
		if l, err := s.Open(t.Context(), "room/lobby", topic.Retention{}, func(topic.Commit) {}); err == nil {
			rs, _ := l.After(t.Context(), 0, 1000)
			for _, r := range rs {
				if !written[lines([]topic.Record{r})] {
					t.Errorf("nobody wrote %s", lines([]topic.Record{r}))
				}
			}
			if len(rs) < len(written) {
				skipped++
			}
			_, _ = l.Before(t.Context(), 1<<60, 1000)
			_, _, _ = l.Append(t.Context(), topic.Draft{Kind: "message", ClientID: "ada/1"})
		}
		closeStore(t, s)
	}
	if skipped == 0 {
		t.Error("need a record that was hit for this test to mean anything")
	}
}

// placesOf returns the offsets of all bytes in pages that hold text at least n times.
func placesOf(file []byte, text string, n int) (places []int) {
	size := os.Getpagesize()
	for page := 0; page < len(file); page += size {
		if bytes.Count(file[page:page+size], []byte(text)) >= n {
			for i := range size {
				places = append(places, page+i)
			}
		}
	}
	return places
}

// used returns the file without the room at its end that bbolt has not used yet.
func used(t *testing.T, path string) []byte {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var b bytes.Buffer
	if err := db.View(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(&b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// damage flips a byte of text wherever the file has it, also in pages that are free by now.
func damage(t *testing.T, path, text string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(text)) {
		t.Fatalf("%q is not in the file, so it cannot be damaged", text)
	}
	hit := "X" + text[1:]
	if err := os.WriteFile(path, bytes.ReplaceAll(b, []byte(text), []byte(hit)), 0o600); err != nil {
		t.Fatal(err)
	}
}
