package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/store"
	"hearth/backend/topic"
)

func TestAStoreIsMarkedBeforeItWritesAndUntilItIsClosed(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	wantMark(t, path, "", false)
	store.SetFlush(s, func(tx *bolt.Tx) error {
		wantMark(t, path, store.BootID(), true)
		return tx.Commit()
	})
	appendTexts(t, lobby, "one")
	wantMark(t, path, store.BootID(), true)
	closeStore(t, s)
	wantMark(t, path, "", false)
}

// TestAFileIsTrustedUnlessTheMachineWentDown has a damaged page that nobody would come upon, so that opening tells whether the
// whole file was read.
func TestAFileIsTrustedUnlessTheMachineWentDown(t *testing.T) {
	tests := []struct {
		name    string
		end     func(path string, s *store.Store) (file string)
		trusted bool
	}{
		{"closed", func(path string, s *store.Store) string {
			closeStore(t, s)
			return path
		}, true},
		{"killed", func(path string, _ *store.Store) string { return crashed(t, path) }, store.BootID() != ""},
		{"the power was cut", func(path string, _ *store.Store) string {
			file := crashed(t, path)
			bootedAgain(t, file)
			return file
		}, false},
	}
	for _, tt := range tests {
		for _, hit := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				path := newPath(t)
				file := tt.end(path, filled(t, path))
				if hit {
					zeroARecordPage(t, file)
				}
				var logged bytes.Buffer
				for range 2 { // a refusal is no reason to trust the file the next time
					s, err := store.Open(file, store.Options{Log: slog.New(slog.NewTextHandler(&logged, nil))})
					if want := hit && !tt.trusted; errors.Is(err, store.ErrDamaged) != want || !want && err != nil {
						t.Fatalf("got %v from a file whose damage is %v", err, hit)
					}
					if err != nil {
						continue
					}
					put(t, s.Table("peers"), "bob", "face")
					wantMark(t, file, store.BootID(), true)
					closeStore(t, s)
				}
				if told := strings.Contains(logged.String(), "bytes="); told == tt.trusted {
					t.Errorf("the log should say why a start is slow, and nothing otherwise:\n%s", &logged)
				}
			})
		}
	}
}

func TestAMarkThatMakesNoSenseTrustsNothing(t *testing.T) {
	for name, leave := range map[string]func(mark string) error{
		"empty":   func(mark string) error { return os.WriteFile(mark, nil, 0o600) },
		"garbage": func(mark string) error { return os.WriteFile(mark, []byte("\x00\xff\n"), 0o600) },
		"folder":  func(mark string) error { return os.Mkdir(mark, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			closeStore(t, filled(t, path))
			if err := leave(path + ".check"); err != nil {
				t.Fatal(err)
			}
			closeStore(t, open(t, path)) // it is whole
			wantMark(t, path, "", false)
			zeroARecordPage(t, path)
			if err := leave(path + ".check"); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Open(path, store.Options{}); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("got %v, want ErrDamaged", err)
			}
		})
	}
}

func TestCompactLeavesAFileAloneThatIsToBeCheckedFirst(t *testing.T) {
	path := newPath(t)
	mostlyFree(t, path)
	bootedAgain(t, path)
	before := len(used(t, path))
	for _, smaller := range []bool{false, true} {
		if err := store.Compact(t.Context(), path, silent); err != nil {
			t.Fatal(err)
		}
		if after := len(used(t, path)); after < before != smaller {
			t.Errorf("the file has %d bytes after %d", after, before)
		}
		closeStore(t, open(t, path))
	}
}

func TestARestoredStoreNeedsNoCheck(t *testing.T) {
	from, path := newPath(t), newPath(t)
	closeStore(t, filled(t, from))
	closeStore(t, filled(t, path))
	zeroARecordPage(t, path)
	bootedAgain(t, path)
	if _, err := store.Restore(t.Context(), from, path); err != nil {
		t.Fatal(err)
	}
	wantMark(t, path, "", false)
	open(t, path)
}

// crashed returns a copy of what a process that was killed leaves behind.
func crashed(t *testing.T, path string) string {
	t.Helper()
	mark, err := os.ReadFile(path + ".check")
	if err != nil {
		t.Fatal(err)
	}
	file := copyFile(t, path)
	if err := os.WriteFile(file+".check", mark, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// bootedAgain makes it look as if the store at path was last open before the machine was started.
func bootedAgain(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path+".check", []byte("another boot"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantMark(t *testing.T, path, want string, there bool) {
	t.Helper()
	got, err := os.ReadFile(path + ".check")
	if string(got) != want || there == errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got the mark %q, %v; want %q: %v", got, err, want, there)
	}
}
