package topic_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/topic"
	"hearth/backend/topic/topictest"
)

func open(t *testing.T, ts *topic.Topics, name string, r topic.Retention) *topic.Topic {
	t.Helper()
	tp, err := ts.Open(t.Context(), name, r)
	if err != nil {
		t.Fatal(err)
	}
	return tp
}

func put(t *testing.T, tp *topic.Topic, key, data string) topic.Entry {
	t.Helper()
	e, _, err := tp.Append(t.Context(), topic.Draft{Kind: "presence", Key: key, Data: []byte(data)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// gather reads n entries and returns their data by key, failing on a gap: nobody is told of replaced state.
func gather(t *testing.T, r *topictest.Reader, n int) map[string]string {
	t.Helper()
	got := map[string]string{}
	for seen := 0; seen < n; {
		b := r.Next(t)
		if b.Missed != 0 {
			t.Fatalf("got a gap of %d in a topic that holds state", b.Missed)
		}
		for _, e := range b.Entries {
			got[e.Key] = string(e.Data)
			seen++
		}
	}
	if b, ok := r.Take(); ok {
		t.Fatalf("got more than %d entries: %v", n, b.Entries)
	}
	return got
}

func TestStateHoldsTheNewestValueOfEachKey(t *testing.T) {
	ts := topic.New(nil)
	tp := open(t, ts, "presence/hub", topic.Retention{State: true, Entries: 100})
	for i := range 50 {
		put(t, tp, "ada", fmt.Sprint(i))
	}
	put(t, tp, "bob", `"here"`)
	last := put(t, tp, "ada", `"away"`)

	r := topictest.NewReader(t, ts)
	if _, err := r.Follow("presence/hub", topic.Start{After: &topic.Position{}}); err != nil {
		t.Fatal(err)
	}
	if got := gather(t, r, 2); got["ada"] != `"away"` || got["bob"] != `"here"` {
		t.Errorf("got %v", got)
	}
	put(t, tp, "bob", `"away"`)
	put(t, tp, "bob", `"gone"`)
	if got := gather(t, r, 1); got["bob"] != `"gone"` {
		t.Errorf("got %v, want the newest value alone", got)
	}

	again := topictest.NewReader(t, ts)
	if _, err := again.Follow("presence/hub", topic.Start{After: &topic.Position{Epoch: tp.Position().Epoch, Seq: last.Seq}}); err != nil {
		t.Fatal(err)
	}
	if got := gather(t, again, 1); got["bob"] != `"gone"` {
		t.Errorf("got %v after resuming, want what changed since", got)
	}
}

func TestStateForgetsTheOldestKeysBeyondItsSize(t *testing.T) {
	ts := topic.New(nil)
	tp := open(t, ts, "presence/hub", topic.Retention{State: true, Entries: 3})
	for i := range 10 {
		put(t, tp, fmt.Sprint("p", i), "1")
	}
	page, err := tp.Before(t.Context(), 0, 50)
	if err != nil || len(page) != 3 || page[0].Key != "p7" {
		t.Errorf("got %v, %v; want p7 to p9", page, err)
	}
	r := topictest.NewReader(t, ts)
	if _, err := r.Follow("presence/hub", topic.Start{Last: 2}); err != nil {
		t.Fatal(err)
	}
	if got := gather(t, r, 2); got["p8"] == "" || got["p9"] == "" {
		t.Errorf("got %v, want the newest 2", got)
	}
}

func TestARingForgetsByAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts := topic.New(nil)
		tp := open(t, ts, "monitor/local", topic.Retention{Entries: 100, Age: time.Minute})
		put(t, tp, "", "1")
		time.Sleep(50 * time.Second)
		put(t, tp, "", "2")
		time.Sleep(50 * time.Second)
		put(t, tp, "", "3")
		if got := tp.First(); got != 2 {
			t.Errorf("got oldest entry %d, want 2", got)
		}
	})
}

func TestABatchHoldsAtMost64KiBButAlwaysOneEntry(t *testing.T) {
	ts := topic.New(nil)
	tp := open(t, ts, "room/big", topic.Retention{Durable: true})
	sizes := []int{100 << 10, 40 << 10, 20 << 10, 10 << 10}
	for _, size := range sizes {
		put(t, tp, "", `"`+string(bytes.Repeat([]byte("x"), size))+`"`)
	}
	r := topictest.NewReader(t, ts)
	if _, err := r.Follow("room/big", topic.Start{After: &topic.Position{}}); err != nil {
		t.Fatal(err)
	}
	var got []int
	for range 3 {
		got = append(got, len(r.Next(t).Entries))
	}
	if want := []int{1, 2, 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got batches of %v entries, want %v", got, want)
	}
}

func TestTopicsTakeTurns(t *testing.T) {
	ts := topic.New(nil)
	busy := open(t, ts, "room/busy", topic.Retention{Durable: true})
	quiet := open(t, ts, "room/quiet", topic.Retention{Durable: true})
	r := topictest.NewReader(t, ts)
	for _, name := range []string{"room/busy", "room/quiet"} {
		if _, err := r.Follow(name, topic.Start{}); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		put(t, busy, "", `"`+string(bytes.Repeat([]byte("x"), 30<<10))+`"`)
	}
	put(t, quiet, "", "1")
	first, second := r.Next(t), r.Next(t)
	if first.Topic == second.Topic {
		t.Errorf("got two batches of %s while room/quiet waits", first.Topic)
	}
}

func TestATopicBehindTheTailKeepsItsTurn(t *testing.T) {
	ts := topic.New(nil)
	long := open(t, ts, "room/long", topic.Retention{Entries: 100})
	short := open(t, ts, "room/short", topic.Retention{Entries: 100})
	for range 10 { // 300 KB, more than the tail holds
		put(t, long, "", `"`+string(bytes.Repeat([]byte("x"), 30<<10))+`"`)
	}
	put(t, short, "", "1")
	s := ts.Subscribe(func() {})
	for _, name := range []string{"room/long", "room/short"} {
		if _, err := s.Follow(name, topic.Start{After: &topic.Position{}}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 { // asking changes nothing
		if b, ok := s.TakeTail(); !ok || b.Topic != "room/long" || !errors.Is(b.Err, topic.ErrBehind) || len(b.Entries) > 0 {
			t.Fatalf("got %v %v from the tail, want that room/long is behind it", b, ok)
		}
	}
	if b, _ := s.Take(); b.Topic != "room/long" || b.Err != nil || len(b.Entries) == 0 || b.Entries[0].Seq != 1 {
		t.Fatalf("got %s %v, want the first entries of room/long", b.Topic, b.Err)
	}
	if b, ok := s.TakeTail(); !ok || b.Topic != "room/short" || len(b.Entries) != 1 {
		t.Errorf("got %s, %v, want the entry of room/short", b.Topic, b.Err)
	}
}

func TestAClosedSubscriptionIsNotRung(t *testing.T) {
	ts := topic.New(nil)
	tp := open(t, ts, "room/lobby", topic.Retention{Durable: true})
	rings := 0
	s := ts.Subscribe(func() { rings++ })
	if _, err := s.Follow("room/lobby", topic.Start{}); err != nil {
		t.Fatal(err)
	}
	put(t, tp, "", "1")
	put(t, tp, "", "2")
	if rings != 1 {
		t.Errorf("got %d rings before anything was taken, want 1", rings)
	}
	s.Close()
	put(t, tp, "", "3")
	if rings != 1 {
		t.Errorf("got %d rings, want none after Close", rings)
	}
	if _, err := s.Follow("room/lobby", topic.Start{}); err != topic.ErrClosed {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestNamesFromStrangersAreBounded(t *testing.T) {
	ts := topic.New(nil)
	for i := range topic.MaxOpen {
		if _, err := ts.Open(t.Context(), fmt.Sprint("t", i), topic.Retention{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ts.Open(t.Context(), "one-more", topic.Retention{}); err == nil {
		t.Error("opened more than MaxOpen topics")
	}
	if _, err := ts.Open(t.Context(), "t0", topic.Retention{}); err != nil {
		t.Errorf("an open topic: %v", err)
	}
}
