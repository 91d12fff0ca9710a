// Package topictest holds the conformance suite for engines: every guarantee of package topic, told as a story that an
// engine must live up to.
package topictest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"hearth/backend/topic"
)

// Factory returns a new, empty engine. The suite closes it.
type Factory func(t testing.TB) topic.Engine

// Run runs the whole suite against engines that factory makes.
func Run(t *testing.T, factory Factory) {
	for _, story := range []struct {
		name string
		tell func(t *testing.T, s *suite)
	}{
		{"EntriesAreNumberedFromOneAndArriveInOrder", inOrder},
		{"ManyWritersAndReadersSeeEachEntryOnce", manyWriters},
		{"SeenMeansStored", seenMeansStored},
		{"JoiningDuringABurstNeitherMissesNorDoubles", joinDuringBurst},
		{"APageCarriesThePositionToFollowFrom", pageThenFollow},
		{"AResumedPositionMissesNothing", resume},
		{"RetentionShowsAsAGapWithACount", gapAfterRetention},
		{"EverythingKeptIsNoGap", everythingKept},
		{"NumbersGoOnAfterRetention", numbersGoOn},
		{"AnotherHistoryIsAReset", resetOnEpoch},
		{"APositionFromTheFutureIsAReset", resetOnFuture},
		{"APositionWithoutEpochIsRefused", badPosition},
		{"AClientIDAppendsOnce", clientIDOnce},
		{"AClientIDIsForgottenBehindTheWindow", clientIDWindow},
		{"ManySendersOfOneClientIDAppendOnce", clientIDRace},
		{"ARewriteIsSeenByPagesAndFollowers", rewrite},
		{"ARewriteOfNothingBurnsNoNumber", rewriteOfNothing},
		{"AClearLeavesNothingBeforeIt", clearLeavesNothing},
		{"AClearAmongManyWritersCutsAtItsOwnPlace", clearAmongWriters},
		{"ASlowReaderDelaysNobodyAndMissesNothing", slowReader},
		{"PagesBackwardsHoldEveryEntryOfAKind", pagesOfKind},
		{"TopicsDoNotMix", topicsDoNotMix},
		{"TimesNeverGoBack", times},
		{"OnlyTopicsWithEntriesAreNamed", names},
		{"TablesKeepWhatWasPut", tables},
		{"AfterCloseNothingIsAppended", afterClose},
		{"AnEndedContextAppendsNothing", endedContext},
	} {
		t.Run(story.name, func(t *testing.T) {
			engine := factory(t)
			s := &suite{Topics: topic.New(engine), engine: engine}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			story.tell(t, s)
		})
	}
}

type suite struct {
	*topic.Topics
	engine topic.Engine
}

func (s *suite) open(t testing.TB, name string, r topic.Retention) *topic.Topic {
	t.Helper()
	r.Durable = true
	tp, err := s.Open(t.Context(), name, r)
	if err != nil {
		t.Fatal(err)
	}
	return tp
}

// write appends n entries whose data is {"n":i}, counting from the topic's next seq.
func write(t testing.TB, tp *topic.Topic, n int) {
	t.Helper()
	for range n {
		if _, _, err := tp.Append(context.Background(), draft(tp.Position().Seq+1)); err != nil {
			t.Fatal(err)
		}
	}
}

func draft(n uint64) topic.Draft {
	return topic.Draft{Kind: "message", Data: fmt.Appendf(nil, `{"n":%d}`, n)}
}

// Reader is a subscription with a bell that can be waited for.
type Reader struct {
	*topic.Subscription
	rang chan struct{}
}

// NewReader subscribes to ts and closes the subscription when the test ends.
func NewReader(t testing.TB, ts *topic.Topics) *Reader {
	r := &Reader{rang: make(chan struct{}, 1)}
	r.Subscription = ts.Subscribe(func() {
		select {
		case r.rang <- struct{}{}:
		default:
		}
	})
	t.Cleanup(r.Close)
	return r
}

// Next returns the next batch, waiting for the bell. It fails the test after 30 s: a reader that is not rung hangs.
func (r *Reader) Next(t testing.TB) topic.Batch {
	t.Helper()
	patience := time.NewTimer(30 * time.Second)
	defer patience.Stop()
	for {
		b, ok := r.Take()
		if ok {
			if b.Err != nil {
				t.Fatalf("take: %v", b.Err)
			}
			return b
		}
		select {
		case <-r.rang:
		case <-patience.C:
			t.Fatal("the bell did not ring for 30 s")
		}
	}
}

// Seqs returns the next n seqs, failing on a gap or a reset.
func (r *Reader) Seqs(t testing.TB, n int) []uint64 {
	t.Helper()
	var seqs []uint64
	for len(seqs) < n {
		b := r.Next(t)
		if b.Missed != 0 || b.Reset {
			t.Fatalf("got missed %d, reset %v after seqs %v", b.Missed, b.Reset, seqs)
		}
		for _, e := range b.Entries {
			seqs = append(seqs, e.Seq)
		}
	}
	return seqs
}

func (r *Reader) follow(t testing.TB, name string, start topic.Start) topic.Position {
	t.Helper()
	p, err := r.Follow(name, start)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// idle fails the test if anything is pending.
func (r *Reader) idle(t testing.TB) {
	t.Helper()
	if b, ok := r.Take(); ok {
		t.Fatalf("got %d entries, missed %d, reset %v; want nothing pending", len(b.Entries), b.Missed, b.Reset)
	}
}

func upTo(first, last uint64) []uint64 {
	seqs := []uint64{}
	for s := first; s <= last; s++ {
		seqs = append(seqs, s)
	}
	return seqs
}

func wantSeqs(t testing.TB, got, want []uint64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got %d seqs %v, want %d: %v", len(got), abridged(got), len(want), abridged(want))
	}
}

func abridged(s []uint64) []uint64 {
	if len(s) > 20 {
		return append(append([]uint64{}, s[:10]...), s[len(s)-10:]...)
	}
	return s
}

func wantErr(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

// writers starts n goroutines that each append count entries; the returned function waits for them.
func writers(t testing.TB, tp *topic.Topic, n, count int) (wait func()) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for i := range count {
				if _, _, err := tp.Append(context.Background(), draft(uint64(i))); err != nil {
					t.Errorf("append: %v", err)
					return
				}
			}
		})
	}
	t.Cleanup(wg.Wait)
	return wg.Wait
}
