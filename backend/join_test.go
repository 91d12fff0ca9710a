package backend_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"hearth/backend/store"
	"hearth/backend/topic"
	"hearth/backend/topic/topictest"
)

// TestJoiningWithReplayDuringABurstHundredTimes is the promise that ntfy breaks: a reader who joins with everything
// kept while 2,000 entries are being written gets each exactly once, in order, every time.
func TestJoiningWithReplayDuringABurstHundredTimes(t *testing.T) {
	const entries, writers, rounds = 2000, 100, 100
	file, err := store.Open(filepath.Join(t.TempDir(), "hearth.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	topics := topic.New(file)
	t.Cleanup(func() {
		if err := topics.Close(); err != nil {
			t.Error(err)
		}
	})
	for round := range rounds {
		name := fmt.Sprint("notify/r", round)
		tp, err := topics.Open(t.Context(), name, topic.Retention{Durable: true})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range entries / writers {
					if _, _, err := tp.Append(context.Background(), topic.Draft{Kind: "notification", Data: []byte("{}")}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		r := topictest.NewReader(t, topics)
		if _, err := r.Follow(name, topic.Start{After: &topic.Position{}}); err != nil {
			t.Fatal(err)
		}
		for i, seq := range r.Seqs(t, entries) {
			if seq != uint64(i+1) {
				t.Fatalf("round %d: got seq %d as the %d. entry", round, seq, i+1)
			}
		}
		wg.Wait()
		if b, ok := r.Take(); ok {
			t.Fatalf("round %d: got %d entries too many", round, len(b.Entries))
		}
		r.Close()
	}
}
