package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/store"
	"hearth/backend/topic"
	"hearth/backend/topic/topictest"
)

func TestStoreIsAnEngine(t *testing.T) {
	topictest.Run(t, func(t testing.TB) topic.Engine {
		s, err := store.Open(newPath(t), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestEverythingIsThereAfterReopening(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	epoch := s.Epoch()
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	want := topic.Record{Kind: "message", Key: "k", ClientID: "ada/1", Data: []byte(`{"text":"hi"}`)}
	if _, _, err := lobby.Append(t.Context(), topic.Draft{Kind: want.Kind, Key: want.Key, ClientID: want.ClientID, Data: want.Data}); err != nil {
		t.Fatal(err)
	}
	appendTexts(t, lobby, "one", "two")
	rewrite(t, lobby, 2, `{"text":"uno"}`)
	put(t, s.Table("peers"), "ada", "face")
	stored := all(t, lobby)
	closeStore(t, s)

	s = open(t, path)
	if s.Epoch() != epoch {
		t.Errorf("got epoch %s after reopening, want %s", s.Epoch(), epoch)
	}
	lobby = openLog(t, s, "room/lobby", topic.Retention{})
	got := all(t, lobby)
	wantRecords(t, got, stored)
	want.Seq, want.Time = 1, stored[0].Time
	wantRecords(t, got[:1], []topic.Record{want})
	if string(got[1].Data) != `{"text":"uno"}` || got[1].Changed != 4 {
		t.Errorf("got %s changed by %d, want the rewritten text changed by 4", got[1].Data, got[1].Changed)
	}
	if v, err := s.Table("peers").Get(t.Context(), "ada"); err != nil || string(v) != "face" {
		t.Errorf("got %q, %v from the table", v, err)
	}
	if names, err := s.Names(t.Context(), "room/"); err != nil || !slices.Equal(names, []string{"room/lobby"}) {
		t.Errorf("got names %v, %v", names, err)
	}
	if seq := appendTexts(t, lobby, "three"); seq != 5 {
		t.Errorf("got seq %d after reopening, want 5", seq)
	}
}

func TestAClientIDIsKnownAfterReopening(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	first, _, err := lobby.Append(t.Context(), topic.Draft{Kind: "message", ClientID: "ada/1", Data: []byte("1")})
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, lobby, 1, "2")
	closeStore(t, s)

	lobby = openLog(t, open(t, path), "room/lobby", topic.Retention{})
	for range 2 { // the ids are read back with the first, and remembered for the second
		again, dup, err := lobby.Append(t.Context(), topic.Draft{Kind: "message", ClientID: "ada/1", Data: []byte("3")})
		if err != nil || !dup || again.Seq != first.Seq || string(again.Data) != "2" {
			t.Fatalf("got %d %s, dup %v, %v; want the first record as it is now", again.Seq, again.Data, dup, err)
		}
	}
	if _, dup, err := lobby.Append(t.Context(), topic.Draft{Kind: "message", ClientID: "ada/2", Data: []byte("4")}); err != nil || dup {
		t.Errorf("got dup %v, %v for a new client id", dup, err)
	}
	if _, last := lobby.Bounds(); last != 3 {
		t.Errorf("got newest seq %d, want 3", last)
	}
}

func TestTheWindowOfClientIDsSpansAReopening(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	if _, _, err := lobby.Append(t.Context(), topic.Draft{Kind: "message", ClientID: "ada/1"}); err != nil {
		t.Fatal(err)
	}
	appendMany(t, lobby, topic.ClientIDWindow-1)
	closeStore(t, s)

	lobby = openLog(t, open(t, path), "room/lobby", topic.Retention{})
	if _, dup, err := lobby.Append(t.Context(), topic.Draft{Kind: "message", ClientID: "ada/1"}); err != nil || !dup {
		t.Fatalf("got dup %v, %v for the oldest id in the window", dup, err)
	}
	appendTexts(t, lobby, "pushes it out")
	if _, dup, err := lobby.Append(t.Context(), topic.Draft{Kind: "message", ClientID: "ada/1"}); err != nil || dup {
		t.Fatalf("got dup %v, %v behind the window", dup, err)
	}
}

func TestTimeNeverGoesBackAcrossAReopening(t *testing.T) {
	path := newPath(t)
	var later time.Time
	synctest.Test(t, func(t *testing.T) { // begins at 2000-01-01
		s := open(t, path)
		time.Sleep(time.Hour)
		appendTexts(t, openLog(t, s, "room/lobby", topic.Retention{}), "late")
		later = time.Now()
		closeStore(t, s)
	})
	synctest.Test(t, func(t *testing.T) { // begins there again: the clock went back by an hour
		lobby := openLog(t, open(t, path), "room/lobby", topic.Retention{})
		appendTexts(t, lobby, "early")
		if got := all(t, lobby)[1].Time; !got.Equal(later) {
			t.Errorf("got time %v, want that of the entry before, %v", got, later)
		}
	})
}

func TestManyPostersGetTheExactOrder(t *testing.T) {
	const posters, each = 64, 25
	s := open(t, newPath(t))
	var published []uint64
	lobby, err := s.Open(t.Context(), "room/lobby", topic.Retention{}, func(c topic.Commit) {
		for _, r := range c.Records {
			published = append(published, r.Seq)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for p := range posters {
		wg.Go(func() {
			before := uint64(0)
			for i := range each {
				data := fmt.Appendf(nil, `{"p":%d,"i":%d}`, p, i)
				r, dup, err := lobby.Append(context.Background(), topic.Draft{Kind: "message", Data: data})
				if err != nil || dup || r.Seq <= before || string(r.Data) != string(data) {
					t.Errorf("poster %d: got seq %d after %d, dup %v, %v", p, r.Seq, before, dup, err)
					return
				}
				before = r.Seq
			}
		})
	}
	wg.Wait()
	records := all(t, lobby)
	if len(records) != posters*each || len(published) != posters*each {
		t.Fatalf("got %d records and %d published, want %d", len(records), len(published), posters*each)
	}
	next := make([]int, posters)
	for i, r := range records {
		var p, n int
		if _, err := fmt.Sscanf(string(r.Data), `{"p":%d,"i":%d}`, &p, &n); err != nil || n != next[p] {
			t.Fatalf("got %s, %v where %d of its poster comes next", r.Data, err, next[p])
		}
		next[p]++
		if seq := uint64(i + 1); r.Seq != seq || published[i] != seq {
			t.Fatalf("got seq %d, published %d, want %d", r.Seq, published[i], seq)
		}
	}
}

func TestAfterCloseEverythingIsClosed(t *testing.T) {
	s := open(t, newPath(t))
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	appendTexts(t, lobby, "hi")
	closeStore(t, s)
	ctx := t.Context()
	_, _, appending := lobby.Append(ctx, topic.Draft{})
	_, after := lobby.After(ctx, 0, 1)
	_, before := lobby.Before(ctx, 9, 1)
	_, opening := s.Open(ctx, "room/other", topic.Retention{}, nil)
	_, naming := s.Names(ctx, "")
	_, getting := s.Table("peers").Get(ctx, "ada")
	deleting := s.Table("peers").Delete(ctx, "ada")
	for i, err := range []error{appending, after, before, opening, naming, getting, deleting} {
		if err != topic.ErrClosed {
			t.Errorf("call %d: got %v, want ErrClosed", i, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "hearth.db") }

func open(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func closeStore(t testing.TB, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func openLog(t testing.TB, s *store.Store, name string, r topic.Retention) topic.Log {
	t.Helper()
	l, err := s.Open(t.Context(), name, r, func(topic.Commit) {})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// appendTexts appends one message per text and returns the seq of the last one.
func appendTexts(t testing.TB, l topic.Log, texts ...string) (seq uint64) {
	t.Helper()
	for _, text := range texts {
		r, _, err := l.Append(t.Context(), topic.Draft{Kind: "message", Data: fmt.Appendf(nil, `{"text":%q}`, text)})
		if err != nil {
			t.Fatal(err)
		}
		seq = r.Seq
	}
	return seq
}

// appendMany appends n messages from many posters at once, which is quicker than one after the other.
func appendMany(t testing.TB, l topic.Log, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if _, _, err := l.Append(t.Context(), topic.Draft{Kind: "message", Data: []byte(`{}`)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func rewrite(t testing.TB, l topic.Log, seq uint64, data string) {
	t.Helper()
	_, _, err := l.Append(t.Context(), topic.Draft{
		Kind: "message.edited", Data: []byte("{}"), Rewrites: []topic.Rewrite{{Seq: seq, Data: []byte(data)}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, table topic.Table, key, value string) {
	t.Helper()
	if err := table.Put(t.Context(), key, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

func all(t testing.TB, l topic.Log) []topic.Record {
	t.Helper()
	rs, err := l.After(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func seqsOf(rs []topic.Record) []uint64 {
	seqs := make([]uint64, len(rs))
	for i, r := range rs {
		seqs[i] = r.Seq
	}
	return seqs
}

func wantRecords(t testing.TB, got, want []topic.Record) {
	t.Helper()
	if g, w := lines(got), lines(want); g != w {
		t.Fatalf("got records\n%swant\n%s", g, w)
	}
}

func lines(rs []topic.Record) string {
	var b strings.Builder
	for _, r := range rs {
		fmt.Fprintf(&b, "%d %v %q %q %q %d %s\n", r.Seq, r.Time, r.Kind, r.Key, r.ClientID, r.Changed, r.Data)
	}
	return b.String()
}

func copyFile(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := newPath(t)
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}
