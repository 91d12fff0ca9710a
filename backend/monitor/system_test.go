package monitor_test

import (
	"encoding/json"
	"runtime"
	"testing"
	"time"

	"hearth/backend/monitor"
	"hearth/backend/topic"
)

// TestThisComputerIsMeasured runs with the real probe, so it takes two or three real seconds.
func TestThisComputerIsMeasured(t *testing.T) {
	topics := topic.New(nil)
	m, err := monitor.Open(t.Context(), topics, monitor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bell := make(chan struct{}, 1)
	sub := topics.Subscribe(func() { bell <- struct{}{} })
	defer sub.Close()
	if _, err := sub.Follow(monitor.Topic, topic.Start{}); err != nil {
		t.Fatal(err)
	}
	stop := run(t, m)
	defer stop()

	var s monitor.Sample
	for range 3 { // the second has rates, the third surely all the rest
		select {
		case <-bell:
		case <-time.After(10 * time.Second):
			t.Fatal("no sample")
		}
		for batch, ok := sub.Take(); ok; batch, ok = sub.Take() {
			for _, e := range batch.Entries {
				if err := json.Unmarshal(e.Data, &s); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	out, _ := json.Marshal(s)
	t.Logf("%s", out)
	for key := range s.Unavailable {
		if key != "temperatures" && key != "disk_io" { // which not every machine has
			t.Errorf("%s is unavailable: %s", key, s.Unavailable[key])
		}
	}
	checkRanges(t, s)
}

func checkRanges(t *testing.T, s monitor.Sample) {
	t.Helper()
	if s.CPU == nil || s.CPULoad == nil || s.MemoryUsage == nil || s.Memory == nil || s.Swap == nil || len(s.Disks) == 0 {
		t.Fatalf("got %+v, want all of it", s)
	}
	percents := append([]*float64{s.CPU.Percent, s.CPU.User, s.CPU.System, s.CPU.IOWait, s.CPU.Steal, s.MemoryUsage}, s.CPU.PerCore...)
	for i, p := range percents {
		if p == nil || *p < 0 || *p > 100 {
			t.Errorf("percentage %d is %v", i, p)
		}
	}
	if got, want := len(s.CPU.PerCore), runtime.NumCPU(); got < want {
		t.Errorf("got %d cores, want at least %d", got, want)
	}
	if m := s.Memory; m.Total == 0 || m.Used == 0 || m.Used+m.Available != m.Total || m.Cached > m.Total {
		t.Errorf("memory: %+v", m)
	}
	if s.Swap.Used > s.Swap.Total {
		t.Errorf("swap: %+v", s.Swap)
	}
	for _, d := range s.Disks {
		if d.Total == 0 || d.Used > d.Total || d.Percent < 0 || d.Percent > 100 {
			t.Errorf("disk: %+v", d)
		}
	}
	for _, i := range s.Net {
		if i.RxBytesPerSec == nil || *i.RxBytesPerSec < 0 || i.TxBytesPerSec == nil || *i.TxBytesPerSec < 0 {
			t.Errorf("interface: %+v", i)
		}
	}
	if s.UptimeSec <= 0 || s.Procs <= 0 || time.Since(s.Timestamp).Abs() > time.Minute {
		t.Errorf("up %d s, %d processes at %v", s.UptimeSec, s.Procs, s.Timestamp)
	}
}

// BenchmarkSample is what the hub pays each second: reading, encoding, appending.
func BenchmarkSample(b *testing.B) {
	m, err := monitor.Open(b.Context(), topic.New(nil), monitor.Options{})
	if err != nil {
		b.Fatal(err)
	}
	m.Round(b.Context(), true)
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Tick(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Second)*100, "%core@1Hz")
}

// BenchmarkRound is what it pays every five seconds besides: disks, temperatures, processes.
func BenchmarkRound(b *testing.B) {
	m, err := monitor.Open(b.Context(), topic.New(nil), monitor.Options{})
	if err != nil {
		b.Fatal(err)
	}
	m.Round(b.Context(), true)
	b.ReportAllocs()
	for b.Loop() {
		m.Round(b.Context(), false)
	}
}
