package topic_test

import (
	"context"
	"fmt"
	"testing"

	"hearth/backend/topic"
)

var body = []byte(`{"from":{"id":"k3v9q2mx7rbt","name":"ada","tag":"K3QX","hue":176},"text":"` + fmt.Sprintf("%0100d", 7) + `"}`)

func BenchmarkAppend(b *testing.B) {
	ts := topic.New(nil)
	tp, err := ts.Open(b.Context(), "room/lobby", topic.Retention{Entries: 900})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := tp.Append(b.Context(), topic.Draft{Kind: "message", Data: body}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFanOut appends bursts of 64 entries and lets every reader take them; it reports deliveries, not appends.
func BenchmarkFanOut(b *testing.B) {
	for _, readers := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("readers=", readers), func(b *testing.B) { fanOut(b, readers) })
	}
}

func fanOut(b *testing.B, readers int) {
	const burst = 64
	ts := topic.New(nil)
	tp, err := ts.Open(b.Context(), "room/lobby", topic.Retention{Entries: 900})
	if err != nil {
		b.Fatal(err)
	}
	subs := make([]*topic.Subscription, readers)
	for i := range subs {
		subs[i] = ts.Subscribe(func() {})
		if _, err := subs[i].Follow("room/lobby", topic.Start{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	delivered := 0
	for b.Loop() {
		for range burst {
			if _, _, err := tp.Append(context.Background(), topic.Draft{Kind: "message", Data: body}); err != nil {
				b.Fatal(err)
			}
		}
		for _, s := range subs {
			for batch, ok := s.Take(); ok; batch, ok = s.Take() {
				delivered += len(batch.Entries)
			}
		}
	}
	if want := b.N * burst * readers; delivered != want {
		b.Fatalf("delivered %d, want %d", delivered, want)
	}
	b.ReportMetric(float64(delivered)/b.Elapsed().Seconds(), "deliveries/s")
}

// BenchmarkTake is a reader that comes back and takes 500 entries that the tail still holds.
func BenchmarkTake(b *testing.B) {
	const missed = 500
	ts, tp := openFilled(b, 4000)
	at := tp.Position()
	at.Seq -= missed
	sub := ts.Subscribe(func() {})
	defer sub.Close()
	taken := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sub.Follow(tp.Name(), topic.Start{After: &at}); err != nil {
			b.Fatal(err)
		}
		for batch, ok := sub.Take(); ok; batch, ok = sub.Take() {
			taken += len(batch.Entries)
		}
	}
	if want := b.N * missed; taken != want {
		b.Fatalf("took %d, want %d", taken, want)
	}
	b.ReportMetric(float64(taken)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkEncode reads pages of 50 entries that the tail has forgotten: each is encoded anew.
func BenchmarkEncode(b *testing.B) {
	_, tp := openFilled(b, 4000)
	b.ReportAllocs()
	for b.Loop() {
		page, err := tp.Before(b.Context(), 1000, 50)
		if err != nil || len(page) != 50 {
			b.Fatalf("got %d entries, %v", len(page), err)
		}
	}
	b.ReportMetric(float64(b.N*50)/b.Elapsed().Seconds(), "entries/s")
}

// openFilled returns a topic in memory with n entries.
func openFilled(b *testing.B, n int) (*topic.Topics, *topic.Topic) {
	b.Helper()
	ts := topic.New(nil)
	tp, err := ts.Open(b.Context(), "room/lobby", topic.Retention{Entries: n})
	if err != nil {
		b.Fatal(err)
	}
	for range n {
		if _, _, err := tp.Append(b.Context(), topic.Draft{Kind: "message", Data: body}); err != nil {
			b.Fatal(err)
		}
	}
	return ts, tp
}
