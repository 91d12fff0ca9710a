package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/fault"
	"hearth/backend/store"
	"hearth/backend/topic"
)

func TestAMissingFileIsANewStore(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	if names, err := s.Names(t.Context(), ""); err != nil || len(names) != 0 {
		t.Errorf("got names %v, %v of a new store", names, err)
	}
	if s.Epoch() == "" || s.Epoch() == open(t, newPath(t)).Epoch() {
		t.Errorf("got epoch %q, want one of its own", s.Epoch())
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, want 0600", info.Mode())
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.new")); len(left) != 0 {
		t.Errorf("left behind %v", left)
	}
}

// TestASecondProcessIsToldOfTheFirst runs in a bubble, where the two seconds of waiting for the lock take no time.
func TestASecondProcessIsToldOfTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := newPath(t)
		first := openLog(t, open(t, path), "room/lobby", topic.Retention{})
		_, err := store.Open(path, store.Options{})
		if !errors.Is(err, store.ErrLocked) || !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "already running") {
			t.Fatalf("got %v, want ErrLocked", err)
		}
		if seq := appendTexts(t, first, "undisturbed"); seq != 1 {
			t.Errorf("got seq %d from the first one", seq)
		}
	})
}

func TestOfManyThatMakeTheFileOneWins(t *testing.T) {
	path := newPath(t)
	var mu sync.Mutex
	var opened []*store.Store
	synctest.Test(t, func(t *testing.T) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				s, err := store.Open(path, store.Options{})
				if err != nil && !errors.Is(err, store.ErrLocked) {
					t.Error(err)
				} else if err == nil {
					mu.Lock()
					defer mu.Unlock()
					opened = append(opened, s)
				}
			})
		}
		wg.Wait()
		if len(opened) > 1 {
			t.Errorf("%d have the store open at once", len(opened))
		}
		for _, s := range opened {
			closeStore(t, s)
		}
	})
	if len(opened) == 1 && open(t, path).Epoch() != opened[0].Epoch() {
		t.Error("the winner's file was replaced")
	}
}

func TestARefusedFileIsLeftAsItWas(t *testing.T) {
	whole := contentOf(t, func(path string) { closeStore(t, filled(t, path)) })
	bboltWith := func(change func(*bolt.Tx) error) []byte {
		return contentOf(t, func(path string) { update(t, path, change) })
	}
	storeWith := func(change func(meta *bolt.Bucket) error) []byte {
		return contentOf(t, func(path string) {
			closeStore(t, filled(t, path))
			update(t, path, func(tx *bolt.Tx) error { return change(tx.Bucket([]byte("meta"))) })
		})
	}
	tests := []struct {
		name    string
		content []byte
		want    error
		code    fault.Code
	}{
		{"empty", nil, store.ErrDamaged, fault.Internal},
		{"text", []byte(strings.Repeat("not a store\n", 1000)), store.ErrDamaged, fault.Internal},
		{"short", []byte("x"), store.ErrDamaged, fault.Internal},
		{"zeros", make([]byte, 1<<16), store.ErrDamaged, fault.Internal},
		{"cut off behind its meta pages", whole[:3*os.Getpagesize()], store.ErrDamaged, fault.Internal},
		{"cut off in its meta pages", whole[:os.Getpagesize()+100], store.ErrDamaged, fault.Internal},
		{"without a free list", withoutFreeList(whole), store.ErrDamaged, fault.Internal},
		{"another program's", bboltWith(func(tx *bolt.Tx) error {
			_, err := tx.CreateBucket([]byte("foreign"))
			return err
		}), store.ErrDamaged, fault.Internal},
		{"no program's", bboltWith(func(*bolt.Tx) error { return nil }), store.ErrDamaged, fault.Internal},
		{"without an epoch", storeWith(func(meta *bolt.Bucket) error { return meta.Delete([]byte("epoch")) }),
			store.ErrDamaged, fault.Internal},
		{"with a schema that is no number", storeWith(func(meta *bolt.Bucket) error {
			return meta.Put([]byte("schema"), []byte("one"))
		}), store.ErrDamaged, fault.Internal},
		{"newer", storeWith(func(meta *bolt.Bucket) error { return meta.Put([]byte("schema"), []byte("2")) }),
			store.ErrNewer, fault.Conflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := newPath(t)
			if err := os.WriteFile(path, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(path, store.Options{})
			if err == nil {
				closeStore(t, s)
			}
			if !errors.Is(err, tt.want) || !fault.Is(err, tt.code) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %v with the path", err, tt.want)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, tt.content) {
				t.Errorf("the file was changed, %v", err)
			}
		})
	}
}

func TestAFolderThatIsNotThereIsTheSystemsError(t *testing.T) {
	_, err := store.Open(filepath.Join(t.TempDir(), "none", "hearth.db"), store.Options{})
	if !errors.Is(err, os.ErrNotExist) || errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
}

// contentOf returns the bytes of a file that fill has written.
func contentOf(t *testing.T, fill func(path string)) []byte {
	t.Helper()
	path := newPath(t)
	fill(path)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// filled returns a store that holds a little of everything.
func filled(t testing.TB, path string) *store.Store {
	t.Helper()
	s := open(t, path)
	appendMany(t, openLog(t, s, "room/lobby", topic.Retention{}), 200)
	appendMany(t, openLog(t, s, "room/builds", topic.Retention{}), 10)
	put(t, s.Table("peers"), "ada", "face")
	return s
}

func update(t testing.TB, path string, change func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(change); err != nil {
		t.Fatal(err)
	}
}

// withoutFreeList clears the kind of each free list page, which makes bbolt panic.
func withoutFreeList(b []byte) []byte {
	b = slices.Clone(b)
	for at := 0; at+16 <= len(b); at += os.Getpagesize() {
		if b[at+8] == 0x10 {
			b[at+8] = 0
		}
	}
	return b
}
