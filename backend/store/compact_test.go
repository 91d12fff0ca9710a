package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"hearth/backend/store"
	"hearth/backend/topic"
)

var silent = slog.New(slog.DiscardHandler)

func TestCompactGivesFreeRoomBackAndKeepsTheStore(t *testing.T) {
	path := newPath(t)
	want := mostlyFree(t, path)
	s := open(t, path)
	put(t, s.Table("peers"), "ada", "face")
	epoch := s.Epoch()
	closeStore(t, s)
	before := len(used(t, path))

	var logged bytes.Buffer
	if err := store.Compact(t.Context(), path, slog.New(slog.NewTextHandler(&logged, nil))); err != nil {
		t.Fatal(err)
	}
	if after := len(used(t, path)); after > before/10 {
		t.Errorf("the file has %d bytes after %d", after, before)
	}
	if n := strings.Count(logged.String(), "\n"); n != 2 {
		t.Errorf("logged %d lines, want the begin and the end:\n%s", n, &logged)
	}
	wantSound(t, path)
	s = open(t, path)
	if s.Epoch() != epoch {
		t.Errorf("got epoch %s, want %s", s.Epoch(), epoch)
	}
	builds := openLog(t, s, "notify/builds", topic.Retention{Entries: 10})
	wantRecords(t, all(t, builds), want)
	if seq := appendTexts(t, builds, "next"); seq != want[len(want)-1].Seq+1 {
		t.Errorf("got seq %d after %d", seq, want[len(want)-1].Seq)
	}
	if v, err := s.Table("peers").Get(t.Context(), "ada"); err != nil || string(v) != "face" {
		t.Errorf("got %q, %v from the table", v, err)
	}
	closeStore(t, s)
	if files := listing(t, path); len(files) != 1 {
		t.Errorf("got files %v, want the store alone", files)
	}
}

func TestCompactLeavesAloneWhatIsNotWorthIt(t *testing.T) {
	full := newPath(t)
	closeStore(t, filled(t, full))
	info, err := os.Stat(full)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Compact(t.Context(), full, silent); err != nil {
		t.Fatal(err)
	}
	if now, err := os.Stat(full); err != nil || !os.SameFile(now, info) {
		t.Errorf("a small file was rewritten, %v", err)
	}
	if err := store.Compact(t.Context(), newPath(t), silent); err != nil {
		t.Errorf("got %v where there is no file", err)
	}
}

func TestCompactGivesUpWithItsContext(t *testing.T) {
	path := newPath(t)
	want := mostlyFree(t, path)
	s := open(t, path)
	if err := store.Compact(t.Context(), path, silent); !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v of a store that is open, want ErrLocked", err)
	}
	closeStore(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Compact(ctx, path, silent); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	wantRecords(t, all(t, openLog(t, open(t, path), "notify/builds", topic.Retention{Entries: 10})), want)
}

// mostlyFreeKept is how many records mostlyFree leaves in the file.
const mostlyFreeKept = 10

// mostlyFree leaves a file at path of which retention has taken nearly all away, and returns what is kept in it.
func mostlyFree(t *testing.T, path string) (kept []topic.Record) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, path)
		builds := openLog(t, s, "notify/builds", topic.Retention{})
		large := bytes.Repeat([]byte("x"), 8<<10)
		for range 3000 {
			go func() {
				if _, _, err := builds.Append(t.Context(), topic.Draft{Kind: "notification", Data: large}); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		closeStore(t, s)
		s = open(t, path)
		builds = openLog(t, s, "notify/builds", topic.Retention{Entries: mostlyFreeKept})
		appendTexts(t, builds, "newest")
		synctest.Wait() // until the sequencer has deleted the rest
		kept = all(t, builds)
		closeStore(t, s)
	})
	return kept
}
