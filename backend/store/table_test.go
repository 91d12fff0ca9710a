package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

func TestEachGoesThroughManyKeysInOrder(t *testing.T) {
	s := open(t, newPath(t))
	peers, other := s.Table("peers"), s.Table("other")
	var want []string
	for i := range 150 { // more than two pages
		key := fmt.Sprintf("p%03d", i)
		put(t, peers, key, key)
		want = append(want, key)
	}
	var got []string
	err := peers.Each(t.Context(), func(key string, value []byte) bool {
		if string(value) != key {
			t.Errorf("got %q for %s", value, key)
		}
		if len(got) == 0 {
			put(t, other, "seen", "yes") // f holds no transaction open that a write could wait for
		}
		got = append(got, key)
		return true
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %d keys, %v; want %d in order", len(got), err, len(want))
	}
	seen := 0
	err = peers.Each(t.Context(), func(string, []byte) bool { seen++; return seen < 70 })
	if err != nil || seen != 70 {
		t.Errorf("saw %d keys, %v; want to stop at 70", seen, err)
	}
}

func TestAnEmptyValueIsNotAMissingOne(t *testing.T) {
	peers := open(t, newPath(t)).Table("peers")
	for _, value := range [][]byte{nil, {}} {
		if err := peers.Put(t.Context(), "ada", value); err != nil {
			t.Fatal(err)
		}
		if got, err := peers.Get(t.Context(), "ada"); err != nil || got == nil || len(got) != 0 {
			t.Errorf("got %v, %v; want an empty value", got, err)
		}
	}
	if err := peers.Delete(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if got, err := peers.Get(t.Context(), "ada"); err != nil || got != nil {
		t.Errorf("got %v, %v after deleting", got, err)
	}
}

func TestAKeyThatCannotBeKeptIsRefusedAlone(t *testing.T) {
	peers := open(t, newPath(t)).Table("peers")
	for _, key := range []string{"", strings.Repeat("x", bolt.MaxKeySize+1)} {
		if err := peers.Put(t.Context(), key, []byte("v")); err == nil {
			t.Errorf("kept a key of %d bytes", len(key))
		}
	}
	put(t, peers, "ada", "face")
}

func TestAValueIsTheCallersAgain(t *testing.T) {
	peers := open(t, newPath(t)).Table("peers")
	value := []byte("face")
	if err := peers.Put(t.Context(), "ada", value); err != nil {
		t.Fatal(err)
	}
	copy(value, "XXXX")
	got, err := peers.Get(t.Context(), "ada")
	if err != nil || string(got) != "face" {
		t.Fatalf("got %q, %v", got, err)
	}
	copy(got, "YYYY")
	if again, err := peers.Get(t.Context(), "ada"); err != nil || string(again) != "face" {
		t.Errorf("got %q, %v after the reader changed its copy", again, err)
	}
}
