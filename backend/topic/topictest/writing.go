package topictest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hearth/backend/topic"
)

func gapAfterRetention(t *testing.T, s *suite) {
	tp := s.open(t, "notify/builds", topic.Retention{Entries: 10})
	write(t, tp, 5)
	at := topic.Position{Epoch: s.engine.Epoch(), Seq: 5}
	write(t, tp, 2000)
	waitForFirst(t, tp, 1996)

	r := NewReader(t, s.Topics)
	r.follow(t, "notify/builds", topic.Start{After: &at})
	b := r.Next(t)
	if b.Missed != 1990 {
		t.Fatalf("got missed %d, want 1990 (6 to 1995)", b.Missed)
	}
	var got []uint64
	for _, e := range b.Entries {
		got = append(got, e.Seq)
	}
	got = append(got, r.Seqs(t, 10-len(got))...)
	wantSeqs(t, got, upTo(1996, 2005))
}

// waitForFirst appends until retention has cut everything before seq: engines cut in batches between commits. It fails
// when that takes more than 1,000 entries.
func waitForFirst(t *testing.T, tp *topic.Topic, seq uint64) {
	t.Helper()
	for range 1_000_000 {
		if tp.First() >= seq {
			return
		}
		if _, err := tp.Before(t.Context(), 0, 1); err != nil { // gives the engine time to come to its cutting
			t.Fatal(err)
		}
	}
	t.Fatalf("retention left entry %d, want nothing before %d", tp.First(), seq)
}

func everythingKept(t *testing.T, s *suite) {
	tp := s.open(t, "notify/builds", topic.Retention{Entries: 10})
	write(t, tp, 40)
	waitForFirst(t, tp, 31)
	for _, start := range []topic.Start{{After: &topic.Position{}}, {Last: 500}} {
		r := NewReader(t, s.Topics)
		r.follow(t, "notify/builds", start)
		wantSeqs(t, r.Seqs(t, 10), upTo(31, 40))
		r.idle(t)
	}
	if _, err := tp.At(t.Context(), 30); err != topic.ErrNoEntry {
		t.Errorf("got %v for a cut entry, want ErrNoEntry", err)
	}
	page, err := tp.Before(t.Context(), 0, 100)
	if err != nil || len(page) != 10 {
		t.Errorf("got a page of %d, %v; want the 10 kept", len(page), err)
	}
}

func numbersGoOn(t *testing.T, s *suite) {
	tp := s.open(t, "notify/builds", topic.Retention{Entries: 1})
	write(t, tp, 10)
	waitForFirst(t, tp, 10)
	if e, _, err := tp.Append(t.Context(), draft(11)); err != nil || e.Seq != 11 {
		t.Errorf("got seq %d, %v; want 11", e.Seq, err)
	}
}

func resetOnEpoch(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	write(t, tp, 120)
	wantReset(t, s, topic.Position{Epoch: "another", Seq: 7})
}

func resetOnFuture(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	write(t, tp, 120)
	wantReset(t, s, topic.Position{Epoch: s.engine.Epoch(), Seq: 121})
}

// wantReset resumes room/lobby, which has 120 entries, from a position it cannot know.
func wantReset(t *testing.T, s *suite, from topic.Position) {
	t.Helper()
	r := NewReader(t, s.Topics)
	r.follow(t, "room/lobby", topic.Start{After: &from})
	b := r.Next(t)
	if want := (topic.Position{Epoch: s.engine.Epoch(), Seq: 70}); !b.Reset || b.Position != want || len(b.Entries) != 0 {
		t.Fatalf("got %+v, want a reset to %v", b, want)
	}
	wantSeqs(t, r.Seqs(t, 50), upTo(71, 120))
	r.idle(t)
}

func badPosition(t *testing.T, s *suite) {
	s.open(t, "room/lobby", topic.Retention{})
	r := NewReader(t, s.Topics)
	_, err := r.Follow("room/lobby", topic.Start{After: &topic.Position{Seq: 3}})
	wantErr(t, err, topic.ErrPosition)
}

func clientIDOnce(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	first, dup, err := tp.Append(t.Context(), topic.Draft{Kind: "message", Data: []byte(`{"n":1}`), ClientID: "ada/1"})
	if err != nil || dup {
		t.Fatalf("got dup %v, %v", dup, err)
	}
	write(t, tp, 10)
	again, dup, err := tp.Append(t.Context(), topic.Draft{Kind: "message", Data: []byte(`{"n":2}`), ClientID: "ada/1"})
	if err != nil || !dup || again.Seq != first.Seq || string(again.Data) != `{"n":1}` {
		t.Fatalf("got entry %d %s, dup %v, %v; want the first entry", again.Seq, again.Data, dup, err)
	}
	other := s.open(t, "room/other", topic.Retention{})
	if _, dup, err := other.Append(t.Context(), topic.Draft{Kind: "message", Data: []byte("{}"), ClientID: "ada/1"}); dup || err != nil {
		t.Errorf("got dup %v, %v in another topic", dup, err)
	}
	if got := tp.Position().Seq; got != 11 {
		t.Errorf("got newest seq %d, want 11", got)
	}
}

func clientIDWindow(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	once := topic.Draft{Kind: "message", Data: []byte("{}"), ClientID: "ada/1"}
	if _, _, err := tp.Append(t.Context(), once); err != nil {
		t.Fatal(err)
	}
	writers(t, tp, 15, (topic.ClientIDWindow-1)/15)() // 4,095: the id is the oldest that is remembered
	if _, dup, err := tp.Append(t.Context(), once); err != nil || !dup {
		t.Fatalf("got dup %v, %v within the window", dup, err)
	}
	write(t, tp, 1)
	if _, dup, err := tp.Append(t.Context(), once); err != nil || dup {
		t.Fatalf("got dup %v, %v behind the window", dup, err)
	}
}

func clientIDRace(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			e, _, err := tp.Append(context.Background(), topic.Draft{Kind: "message", Data: []byte("{}"), ClientID: "ada/1"})
			if err != nil || e.Seq != 1 {
				t.Errorf("got seq %d, %v; want 1", e.Seq, err)
			}
		})
	}
	wg.Wait()
	if got := tp.Position().Seq; got != 1 {
		t.Errorf("got %d entries, want 1", got)
	}
}

func rewrite(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	write(t, tp, 3)
	r := NewReader(t, s.Topics)
	r.follow(t, "room/lobby", topic.Start{Last: 2})
	e, _, err := tp.Append(t.Context(), topic.Draft{
		Kind: "message.edited", Data: []byte(`{"seq":2}`),
		Rewrites: []topic.Rewrite{{Seq: 2, Data: []byte(`{"n":"new"}`)}, {Seq: 1, Data: []byte(`null`)}},
	})
	if err != nil || e.Seq != 4 {
		t.Fatalf("got seq %d, %v", e.Seq, err)
	}
	wantSeqs(t, r.Seqs(t, 3), upTo(2, 4))

	page, err := tp.Before(t.Context(), 0, 10)
	if err != nil || len(page) != 4 {
		t.Fatalf("got %d entries, %v", len(page), err)
	}
	if got := page[1]; string(got.Data) != `{"n":"new"}` || got.Changed != 4 || got.Kind != "message" ||
		!strings.Contains(string(got.Frame), `"changed":4,"data":{"n":"new"}`) {
		t.Errorf("got rewritten entry %s", got.Frame)
	}
	if string(page[0].Data) != "null" || page[2].Changed != 0 {
		t.Errorf("got %s and %s", page[0].Frame, page[2].Frame)
	}
	writers(t, tp, 10, 150)() // pushes it out of the tail: from here on it comes from the engine
	if kept, err := tp.At(t.Context(), 2); err != nil || string(kept.Data) != `{"n":"new"}` || kept.Changed != 4 {
		t.Errorf("the engine keeps %s, %v", kept.Frame, err)
	}
}

func rewriteOfNothing(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	write(t, tp, 2)
	_, _, err := tp.Append(t.Context(), topic.Draft{Kind: "message.edited", Data: []byte("{}"),
		Rewrites: []topic.Rewrite{{Seq: 1, Data: []byte(`"x"`)}, {Seq: 9, Data: []byte(`"x"`)}}})
	wantErr(t, err, topic.ErrNoEntry)
	if e, err := tp.At(t.Context(), 1); err != nil || string(e.Data) != `{"n":1}` {
		t.Errorf("got %s, %v; a refused rewrite must change nothing", e.Data, err)
	}
	if e, _, err := tp.Append(t.Context(), draft(3)); err != nil || e.Seq != 3 {
		t.Errorf("got seq %d, %v; want 3", e.Seq, err)
	}
}

func names(t *testing.T, s *suite) {
	for _, name := range []string{"room/b", "room/a", "notify/x", "room/empty"} {
		tp := s.open(t, name, topic.Retention{})
		if name != "room/empty" {
			write(t, tp, 1)
		}
	}
	got, err := s.Names(t.Context(), "room/")
	if err != nil || !slices.Equal(got, []string{"room/a", "room/b"}) {
		t.Errorf("got %v, %v; want room/a and room/b", got, err)
	}
	for _, bad := range []string{"", "room/", "/x", "room/../x", "a b", "room/é", strings.Repeat("x", 129)} {
		if _, err := s.Open(t.Context(), bad, topic.Retention{Durable: true}); err == nil {
			t.Errorf("opened topic %q", bad)
		}
	}
}

func tables(t *testing.T, s *suite) {
	peers, other := s.Table("peers"), s.Table("other")
	for i := range 3 {
		if err := peers.Put(t.Context(), fmt.Sprintf("p%d", i), []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := peers.Put(t.Context(), "p1", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := peers.Delete(t.Context(), "p0"); err != nil {
		t.Fatal(err)
	}
	if err := peers.Delete(t.Context(), "none"); err != nil {
		t.Errorf("deleting nothing: %v", err)
	}
	if v, err := peers.Get(t.Context(), "p1"); err != nil || string(v) != "new" {
		t.Errorf("got %q, %v", v, err)
	}
	if v, err := other.Get(t.Context(), "p1"); err != nil || v != nil {
		t.Errorf("got %q, %v from another table", v, err)
	}
	var keys []string
	if err := peers.Each(t.Context(), func(key string, value []byte) bool {
		keys = append(keys, key+"="+string(value))
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"p1=new", "p2=\x02"}; !slices.Equal(keys, want) {
		t.Errorf("got %q, want %q", keys, want)
	}
}

func afterClose(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	write(t, tp, 1)
	if err := s.engine.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, err := tp.Append(context.Background(), draft(2))
	wantErr(t, err, topic.ErrClosed)
	wantErr(t, s.Table("peers").Put(context.Background(), "k", nil), topic.ErrClosed)
	if got := tp.Position().Seq; got != 1 {
		t.Errorf("got newest seq %d after a refused append, want 1", got)
	}
}

func endedContext(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err := tp.Append(ctx, draft(1))
	wantErr(t, err, context.Canceled)
}
