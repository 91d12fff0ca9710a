package store_test

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/store"
	"hearth/backend/topic"
)

// BenchmarkAppend is durable appends of 150 bytes into one log; posters each wait for their answer. Compare with
// BenchmarkFlush of the same run: one transaction flushes twice.
func BenchmarkAppend(b *testing.B) {
	for _, posters := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("posters=%d", posters), func(b *testing.B) {
			s := open(b, newPath(b))
			l := openLog(b, s, "room/lobby", topic.Retention{})
			commits := 0
			store.SetFlush(s, func(tx *bolt.Tx) error {
				commits++
				return tx.Commit()
			})
			draft := topic.Draft{Kind: "message", Data: payload()}
			b.ReportAllocs()
			b.ResetTimer()
			var posted atomic.Int64
			var wg sync.WaitGroup
			for range posters {
				wg.Go(func() {
					for posted.Add(1) <= int64(b.N) {
						if _, _, err := l.Append(b.Context(), draft); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(b.N)/float64(commits), "entries/commit")
		})
	}
}

// BenchmarkFlush is what the disk takes for one flush of 4 KiB: the floor under an append.
func BenchmarkFlush(b *testing.B) {
	f, err := os.Create(newPath(b))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for i := 0; b.Loop(); i++ {
		if _, err := f.WriteAt(page, int64(i%1024)*4096); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPage reads the newest 50 of 100,000 records.
func BenchmarkPage(b *testing.B) {
	l := openLog(b, open(b, newPath(b)), "room/lobby", topic.Retention{})
	fill(b, l, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		rs, err := l.Before(b.Context(), 1<<60, 50)
		if err != nil || len(rs) != 50 {
			b.Fatalf("got %d records, %v", len(rs), err)
		}
	}
}

// BenchmarkOpen opens a store of 100,000 records and its log, and appends with a client id, which looks for earlier ones.
func BenchmarkOpen(b *testing.B) {
	path := newPath(b)
	s := open(b, path)
	fill(b, openLog(b, s, "room/lobby", topic.Retention{}), 100_000)
	closeStore(b, s)
	var opening, appending time.Duration
	for i := 0; b.Loop(); i++ {
		begin := time.Now()
		s := open(b, path)
		l := openLog(b, s, "room/lobby", topic.Retention{})
		opened := time.Now()
		if _, _, err := l.Append(b.Context(), topic.Draft{Kind: "message", ClientID: fmt.Sprintf("ada/%d", i)}); err != nil {
			b.Fatal(err)
		}
		opening += opened.Sub(begin)
		appending += time.Since(opened)
		closeStore(b, s)
	}
	b.ReportMetric(float64(opening.Microseconds())/float64(b.N), "µs/open")
	b.ReportMetric(float64(appending.Microseconds())/float64(b.N), "µs/first-append")
}

func payload() []byte { return fmt.Appendf(nil, `{"text":"%0138d"}`, 0) }

// fill appends n records from many posters.
func fill(b *testing.B, l topic.Log, n int) {
	b.Helper()
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			for range n / 1000 {
				if _, _, err := l.Append(b.Context(), topic.Draft{Kind: "message", Data: payload()}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
