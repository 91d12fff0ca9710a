package topictest

import (
	"context"
	"testing"

	"hearth/backend/topic"
)

func clearing() topic.Draft {
	return topic.Draft{Kind: "room.changed", Data: []byte(`{"cleared":true}`), Clears: true}
}

// clearLeavesNothing asks in every way there is, with a history that is longer than the tail and than one batch.
func clearLeavesNothing(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	once := topic.Draft{Kind: "message", Data: []byte(`{"n":1}`), ClientID: "ada/1"}
	if _, _, err := tp.Append(t.Context(), once); err != nil {
		t.Fatal(err)
	}
	writers(t, tp, 10, 299)()
	write(t, tp, 9) // 3,000 with the first
	other := s.open(t, "room/other", topic.Retention{})
	write(t, other, 3)
	upToDate, behind := NewReader(t, s.Topics), NewReader(t, s.Topics)
	upToDate.follow(t, "room/lobby", topic.Start{})
	behind.follow(t, "room/lobby", topic.Start{After: &topic.Position{Epoch: s.engine.Epoch(), Seq: 2995}})
	e, dup, err := tp.Append(t.Context(), clearing())
	if err != nil || dup || e.Seq != 3001 || tp.First() != 3001 {
		t.Fatalf("got seq %d, dup %v, first %d, %v; want 3001 alone", e.Seq, dup, tp.First(), err)
	}
	for _, seq := range []uint64{1, 1500, 3000} {
		if e, err := tp.At(t.Context(), seq); err != topic.ErrNoEntry {
			t.Errorf("entry %d is still there: %s, %v", seq, e.Frame, err)
		}
		_, _, err := tp.Append(t.Context(), topic.Draft{Kind: "message.edited", Data: []byte("{}"),
			Rewrites: []topic.Rewrite{{Seq: seq, Data: []byte("{}")}}})
		wantErr(t, err, topic.ErrNoEntry)
	}
	page, err := tp.Before(t.Context(), 0, 100)
	if err != nil || len(page) != 1 || page[0].Seq != 3001 {
		t.Errorf("got a page of %d, %v; want the one that cleared", len(page), err)
	}
	wantSeqs(t, upToDate.Seqs(t, 1), upTo(3001, 3001))
	if b := behind.Next(t); b.Missed != 5 || len(b.Entries) != 1 || b.Entries[0].Seq != 3001 {
		t.Errorf("who was behind got %d entries and missed %d, want 1 and 5", len(b.Entries), b.Missed)
	}
	for _, start := range []topic.Start{{After: &topic.Position{}}, {Last: 500}} {
		r := NewReader(t, s.Topics)
		r.follow(t, "room/lobby", start)
		wantSeqs(t, r.Seqs(t, 1), upTo(3001, 3001))
		r.idle(t)
	}
	if e, dup, err := tp.Append(t.Context(), once); err != nil || dup || e.Seq != 3002 {
		t.Errorf("got seq %d, dup %v, %v for a client id that was cleared, want a new entry 3002", e.Seq, dup, err)
	}
	if page, err := other.Before(t.Context(), 0, 10); err != nil || len(page) != 3 {
		t.Errorf("another topic has %d entries, %v; want its 3", len(page), err)
	}
}

// clearAmongWriters clears again and again while others write. What was committed before is gone, what came after is there.
func clearAmongWriters(t *testing.T, s *suite) {
	tp := s.open(t, "room/lobby", topic.Retention{})
	wait := writers(t, tp, 8, 100)
	var newest uint64
	for range 20 {
		e, _, err := tp.Append(context.Background(), clearing())
		if err != nil {
			t.Fatal(err)
		}
		newest = e.Seq
		page, err := tp.Before(t.Context(), 0, 2000)
		if err != nil || len(page) == 0 || page[0].Seq != newest {
			t.Fatalf("after entry %d cleared, a page begins elsewhere: %d entries, %v", newest, len(page), err)
		}
	}
	wait()
	r := NewReader(t, s.Topics)
	r.follow(t, "room/lobby", topic.Start{After: &topic.Position{}})
	last := tp.Position().Seq
	if last != 820 {
		t.Fatalf("got newest seq %d, want 820", last)
	}
	wantSeqs(t, r.Seqs(t, int(last-newest)+1), upTo(newest, last))
}
