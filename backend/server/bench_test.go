package server_test

import (
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"hearth/backend/server"
	"hearth/backend/topic"
)

// BenchmarkFanOut counts deliveries of one topic to readers on /ws, with 64 entries written at a time. Readers only count
// bytes: most of the time is the server's and the system's.
func BenchmarkFanOut(b *testing.B) {
	for _, readers := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("readers=%d", readers), func(b *testing.B) { fanOut(b, readers) })
	}
}

func fanOut(b *testing.B, readers int) {
	h := openHub(b, func(d *server.Deps) {
		d.Limits = server.Limits{Connections: server.Unlimited, PerPeer: server.Unlimited}
	})
	top, err := h.notify.Topic(b.Context(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	data := json.RawMessage(fmt.Sprintf(`{"from":{"id":"k3v9q2mx7rbt","name":"ada","tag":"K3QX","hue":176},"text":"%0150d"}`, 7))
	write := func() int {
		e, _, err := top.Append(b.Context(), topic.Draft{Kind: "notification", Data: data})
		if err != nil {
			b.Error(err)
		}
		return len(e.Frame)
	}
	var wanted, got atomic.Int64 // bytes of payload and headers, per reader and in all
	caught := make(chan struct{}, 1)
	var reading sync.WaitGroup
	for range readers {
		c := dial(b, h, "/ws", "Sec-WebSocket-Protocol", "hearth.v1")
		c.ok(1, `"op":"follow","topic":"notify/bench"`)
		reading.Go(func() {
			buf := make([]byte, 64<<10)
			for {
				n, err := c.conn.Read(buf)
				if err != nil {
					return
				}
				if got.Add(int64(n)) >= wanted.Load() {
					select {
					case caught <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	const inFlight, header = 64, 4
	total := int64(0)
	for b.Loop() {
		wanted.Store(math.MaxInt64)
		for range inFlight {
			total += int64(readers * (write() + header))
		}
		wanted.Store(total) // a ping now and then makes the count a little short
		for got.Load() < total {
			<-caught

		}
	}
	b.ReportMetric(float64(b.N*inFlight*readers)/b.Elapsed().Seconds(), "deliveries/s")
	h.close(b)
	reading.Wait()
}
