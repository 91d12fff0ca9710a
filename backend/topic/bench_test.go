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
