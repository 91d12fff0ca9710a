package topictest

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"hearth/backend/topic"
)

func inOrder(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	r := NewReader(t, s.Topics)
	if p := r.follow(t, "room/lobby", topic.Start{}); p.Seq != 0 || p.Epoch != s.engine.Epoch() {
		t.Fatalf("got position %v, want the beginning of epoch %s", p, s.engine.Epoch())
	}
	write(t, tp, 3)
	wantSeqs(t, r.Seqs(t, 3), upTo(1, 3))
	r.idle(t)

	e, err := tp.At(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	var frame struct {
		Topic, Kind string
		Seq         uint64
		Time        time.Time
		Data        struct{ N int }
	}
	if err := json.Unmarshal(e.Frame, &frame); err != nil {
		t.Fatalf("frame %s: %v", e.Frame, err)
	}
	if frame.Topic != "room/lobby" || frame.Kind != "message" || frame.Seq != 2 || frame.Data.N != 2 || !frame.Time.Equal(e.Time) {
		t.Errorf("got frame %s", e.Frame)
	}
	if !bytes.Contains(e.Frame, e.Data) || string(e.Data) != `{"n":2}` {
		t.Errorf("got data %s", e.Data)
	}
}

func manyWriters(t *testing.T, s *suite) {
	const each, senders, readers = 100, 8, 4
	tp := s.open(t, "room/busy", topic.Retention{})
	var rs []*Reader
	for range readers {
		r := NewReader(t, s.Topics)
		r.follow(t, "room/busy", topic.Start{})
		rs = append(rs, r)
	}
	wait := writers(t, tp, senders, each)
	for _, r := range rs {
		wantSeqs(t, r.Seqs(t, each*senders), upTo(1, each*senders))
	}
	wait()
	for _, r := range rs {
		r.idle(t)
	}
}

func seenMeansStored(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	log, err := s.engine.Open(t.Context(), "room/unread", topic.Retention{Durable: true}, func(topic.Commit) {})
	if err != nil {
		t.Fatal(err)
	}
	if first, last := log.Bounds(); first != 1 || last != 0 {
		t.Errorf("got bounds %d..%d of an empty log, want 1..0", first, last)
	}
	r := NewReader(t, s.Topics)
	r.follow(t, "room/lobby", topic.Start{})
	wait := writers(t, tp, 4, 50)
	for seen := 0; seen < 200; {
		b := r.Next(t)
		for _, e := range b.Entries {
			stored, err := tp.Before(t.Context(), e.Seq+1, 1)
			if err != nil || len(stored) != 1 || !bytes.Equal(stored[0].Frame, e.Frame) {
				t.Fatalf("entry %d was seen, but the page before %d is %v, %v", e.Seq, e.Seq+1, stored, err)
			}
			seen++
		}
	}
	wait()
}

func joinDuringBurst(t *testing.T, s *suite) {
	const total, rounds = 500, 10
	for round := range rounds {
		name := "room/r" + string(rune('a'+round))
		tp := s.open(t, name, topic.Retention{})
		wait := writers(t, tp, 4, total/4)
		r := NewReader(t, s.Topics)
		r.follow(t, name, topic.Start{After: &topic.Position{}})
		wantSeqs(t, r.Seqs(t, total), upTo(1, total))
		wait()
		r.idle(t)
	}
}

func pageThenFollow(t *testing.T, s *suite) {
	const total = 400
	tp := s.open(t, "room/lobby", topic.Retention{})
	write(t, tp, 20)
	wait := writers(t, tp, 4, (total-20)/4)
	for range 10 {
		at := tp.Position()
		page, err := tp.Before(t.Context(), at.Seq+1, 50)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(t, s.Topics)
		r.follow(t, "room/lobby", topic.Start{After: &at})
		var got []uint64
		for _, e := range page {
			got = append(got, e.Seq)
		}
		first := page[0].Seq
		got = append(got, r.Seqs(t, int(total-at.Seq))...)
		wantSeqs(t, got, upTo(first, total))
	}
	wait()
}

func resume(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	write(t, tp, 5)
	r := NewReader(t, s.Topics)
	r.follow(t, "room/lobby", topic.Start{Last: 2})
	wantSeqs(t, r.Seqs(t, 2), upTo(4, 5))
	at := topic.Position{Epoch: s.engine.Epoch(), Seq: 5}
	r.Close()

	write(t, tp, 300)
	again := NewReader(t, s.Topics)
	if got := again.follow(t, "room/lobby", topic.Start{After: &at}); got != at {
		t.Errorf("got position %v, want %v", got, at)
	}
	wantSeqs(t, again.Seqs(t, 300), upTo(6, 305))
	again.idle(t)
}

func slowReader(t *testing.T, s *suite) {
	const total = 3000 // more than any tail holds
	tp := s.open(t, "room/lobby", topic.Retention{})
	slow, quick := NewReader(t, s.Topics), NewReader(t, s.Topics)
	slow.follow(t, "room/lobby", topic.Start{})
	quick.follow(t, "room/lobby", topic.Start{})
	wait := writers(t, tp, 20, total/20)
	wantSeqs(t, quick.Seqs(t, total), upTo(1, total))
	wait()
	wantSeqs(t, slow.Seqs(t, total), upTo(1, total))
	slow.idle(t)
}

func topicsDoNotMix(t *testing.T, s *suite) {
	a, b := s.open(t, "room/a", topic.Retention{}), s.open(t, "room/b", topic.Retention{})
	r := NewReader(t, s.Topics)
	r.follow(t, "room/a", topic.Start{})
	r.follow(t, "room/b", topic.Start{})
	write(t, a, 3)
	write(t, b, 2)
	got := map[string]int{}
	for got["room/a"]+got["room/b"] < 5 {
		batch := r.Next(t)
		got[batch.Topic] += len(batch.Entries)
	}
	if got["room/a"] != 3 || got["room/b"] != 2 {
		t.Errorf("got %v, want 3 of room/a and 2 of room/b", got)
	}
	if !r.Leave("room/a") || r.Leave("room/a") {
		t.Error("leaving works once")
	}
	write(t, a, 1)
	write(t, b, 1)
	if batch := r.Next(t); batch.Topic != "room/b" {
		t.Errorf("got an entry of %s after leaving it", batch.Topic)
	}
	r.idle(t)
	if _, err := r.Follow("room/none", topic.Start{}); err == nil {
		t.Error("followed a topic that nobody opened")
	}
}

func pagesOfKind(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	for i := range 300 {
		kind := "message"
		if i%3 == 0 {
			kind = "message.edited"
		}
		if _, _, err := tp.Append(t.Context(), topic.Draft{Kind: kind, Data: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	var got []uint64
	before := uint64(0)
	for {
		page, err := tp.Before(t.Context(), before, 30, "message")
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for i := len(page) - 1; i >= 0; i-- {
			if page[i].Kind != "message" {
				t.Fatalf("got kind %s", page[i].Kind)
			}
			got = append(got, page[i].Seq)
		}
		before = page[0].Seq
	}
	var want []uint64
	for seq := uint64(300); seq >= 1; seq-- {
		if (seq-1)%3 != 0 {
			want = append(want, seq)
		}
	}
	wantSeqs(t, got, want)
}

func times(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	before := time.Now().Add(-time.Second)
	writers(t, tp, 4, 50)()
	page, err := tp.Before(t.Context(), 0, 200)
	if err != nil || len(page) != 200 {
		t.Fatalf("got %d entries, %v", len(page), err)
	}
	last := before
	for _, e := range page {
		if e.Time.Before(last) || e.Time.Location() != time.UTC || e.Time.Truncate(time.Millisecond) != e.Time {
			t.Fatalf("entry %d: got time %v after %v, want UTC in whole milliseconds that never goes back", e.Seq, e.Time, last)
		}
		last = e.Time
	}
}
