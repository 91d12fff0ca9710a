package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hearth/backend/store"
	"hearth/backend/topic"
)

// TestRestoreBringsTheBackupBackAsAnotherHistory goes to the reader's end: one that was ahead of the backup is told.
func TestRestoreBringsTheBackupBackAsAnotherHistory(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	appendTexts(t, lobby, "one", "two")
	put(t, s.Table("peers"), "ada", "face")
	from := backup(t, s)
	appendTexts(t, lobby, "three", "four")
	old := topic.Position{Epoch: s.Epoch(), Seq: 4}
	closeStore(t, s)
	lost, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	done, err := store.Restore(t.Context(), from, path)
	if err != nil || done.Records != 2 || filepath.Dir(done.Aside) != filepath.Dir(path) {
		t.Fatalf("got %+v, %v", done, err)
	}
	if b, err := os.ReadFile(done.Aside); err != nil || !bytes.Equal(b, lost) {
		t.Errorf("the file that was there is not in %s as it was, %v", done.Aside, err)
	}
	s = open(t, path)
	if s.Epoch() == old.Epoch || s.Epoch() != done.Epoch {
		t.Errorf("got epoch %s after %s", s.Epoch(), old.Epoch)
	}
	topics := topic.New(s)
	defer topics.Close()
	if _, err := topics.Open(t.Context(), "room/lobby", topic.Retention{Durable: true}); err != nil {
		t.Fatal(err)
	}
	sub := topics.Subscribe(func() {})
	defer sub.Close()
	if _, err := sub.Follow("room/lobby", topic.Start{After: &old}); err != nil {
		t.Fatal(err)
	}
	if b, ok := sub.Take(); !ok || !b.Reset {
		t.Errorf("a reader with a position in the old history got %+v, want a reset", b)
	}
	if v, err := s.Table("peers").Get(t.Context(), "ada"); err != nil || string(v) != "face" {
		t.Errorf("got %q, %v from the table", v, err)
	}
}

func TestRestoreRefusesWhatIsNoBackupAndChangesNothing(t *testing.T) {
	path := newPath(t)
	closeStore(t, filled(t, path))
	damagedBackup := newPath(t)
	closeStore(t, filled(t, damagedBackup))
	zeroARecordPage(t, damagedBackup)
	text := newPath(t)
	if err := os.WriteFile(text, []byte("no store"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := listing(t, path)
	for _, from := range []string{damagedBackup, text} {
		if _, err := store.Restore(t.Context(), from, path); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), from) {
			t.Errorf("got %v, want ErrDamaged with %s", err, from)
		}
	}
	if _, err := store.Restore(t.Context(), path, path); err == nil {
		t.Error("a store was restored from itself")
	}
	if _, err := store.Restore(t.Context(), newPath(t), path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v for a backup that is not there", err)
	}
	good := newPath(t)
	closeStore(t, filled(t, good))
	s := open(t, path)
	if _, err := store.Restore(t.Context(), good, path); !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v over a store that is open, want ErrLocked", err)
	}
	closeStore(t, s)
	if after := listing(t, path); !slices.Equal(after, before) {
		t.Errorf("got files %v, want %v", after, before)
	}
}

func TestRestoreReplacesDamagedFilesAndFillsEmptyFolders(t *testing.T) {
	from := newPath(t)
	closeStore(t, filled(t, from))
	for name, content := range map[string][]byte{"empty": {}, "text": []byte("no store"), "missing": nil} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			if content != nil {
				if err := os.WriteFile(path, content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 3 { // within a second, so that the names would be the same
				done, err := store.Restore(t.Context(), from, path)
				if err != nil || (done.Aside == "") != (content == nil && i == 0) {
					t.Fatalf("got %+v, %v", done, err)
				}
				closeStore(t, open(t, path))
			}
			want := 4
			if content == nil {
				want = 3
			}
			if files := listing(t, path); len(files) != want {
				t.Errorf("got files %v, want the store and each that was there", files)
			}
		})
	}
}

const replaceUntilKilled = "STORE_TEST_REPLACE_UNTIL_KILLED"

// TestAKillInTheMiddleLeavesAWholeStore kills a process that restores and compacts all the time.
func TestAKillInTheMiddleLeavesAWholeStore(t *testing.T) {
	path := newPath(t)
	mostlyFree(t, path)
	from := copyFile(t, path)
	for round := range 6 {
		p := exec.Command(os.Args[0], "-test.run=^TestReplaceUntilKilled$")
		p.Env = append(os.Environ(), replaceUntilKilled+"="+path, "STORE_TEST_FROM="+from)
		out, err := p.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		told := make([]byte, 1)
		for range 1 + round%4 { // another moment each round
			if _, err := out.Read(told); err != nil {
				t.Fatalf("the process ended by itself: %v", err)
			}
		}
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = p.Wait() // it was killed
		survey, err := store.Verify(t.Context(), path)
		if err != nil || survey.Damaged != 0 || survey.Records != mostlyFreeKept {
			t.Fatalf("round %d left %+v, %v", round, survey, err)
		}
		closeStore(t, open(t, path))
		for _, name := range listing(t, path) {
			if strings.HasSuffix(name, ".copy") {
				t.Errorf("%s is left over after the next start", name)
			}
		}
	}
}

// TestReplaceUntilKilled is the process that TestAKillInTheMiddleLeavesAWholeStore kills.
func TestReplaceUntilKilled(t *testing.T) {
	path := os.Getenv(replaceUntilKilled)
	if path == "" {
		t.Skip("runs in a process of its own")
	}
	for {
		fmt.Print(".")
		done, err := store.Restore(context.Background(), os.Getenv("STORE_TEST_FROM"), path)
		if err != nil {
			t.Fatal(err)
		}
		os.Remove(done.Aside)
		fmt.Print(".")
		if err := store.Compact(context.Background(), path, silent); err != nil {
			t.Fatal(err)
		}
	}
}

// listing returns the names of all files beside path, sorted.
func listing(t testing.TB, path string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
