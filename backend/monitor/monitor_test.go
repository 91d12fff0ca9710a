package monitor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/monitor"
	"hearth/backend/topic"
)

// running is a monitor of a fake computer, in a bubble of fake time.
type running struct {
	*monitor.Monitor
	topics *topic.Topics
	log    *bytes.Buffer // read it after stop
	stop   func() error  // ends Run and returns what it returned; may be called again
}

// start starts Run half a second before the next sample is due, so that a test that waits whole seconds looks between
// samples.
func start(t *testing.T, probe monitor.Probe) running {
	t.Helper()
	topics := topic.New(nil)
	log := new(bytes.Buffer)
	m, err := monitor.Open(t.Context(), topics, monitor.Options{Probe: probe, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	time.Sleep(now.Truncate(time.Second).Add(time.Second + time.Second/2).Sub(now))
	r := running{Monitor: m, topics: topics, log: log, stop: run(t, m)}
	t.Cleanup(func() { _ = r.stop() })
	return r
}

func run(t *testing.T, m *monitor.Monitor) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	return func() error {
		cancel()
		err, ok := <-ended
		if ok {
			close(ended)
		}
		return err
	}
}

// after lets seconds go by and returns the newest sample.
func (r running) after(t *testing.T, seconds int) monitor.Sample {
	t.Helper()
	time.Sleep(time.Duration(seconds) * time.Second)
	synctest.Wait()
	s, raw, ok := r.Now()
	if !ok {
		t.Fatalf("no sample after %d s", seconds)
	}
	var decoded monitor.Sample
	if err := json.Unmarshal(raw, &decoded); err != nil {
		t.Fatalf("decode %s: %v", raw, err)
	}
	if !decoded.Timestamp.Equal(s.Timestamp) {
		t.Fatalf("got JSON of %v with the sample of %v", decoded.Timestamp, s.Timestamp)
	}
	return s
}

func (r running) samples(t *testing.T) []monitor.Sample {
	t.Helper()
	topic, err := r.topics.Lookup(monitor.Topic)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := topic.Before(t.Context(), 0, 10*monitor.Kept)
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]monitor.Sample, len(entries))
	for i, e := range entries {
		if err := json.Unmarshal(e.Data, &samples[i]); err != nil || e.Kind != monitor.Kind {
			t.Fatalf("entry %d of kind %q: %v", e.Seq, e.Kind, err)
		}
	}
	return samples
}

func TestSampleIsTheGoldenFile(t *testing.T) {
	golden, err := os.ReadFile("../server/testdata/wire/sample.json")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 22, 7, 59, 57, 0, time.UTC)))
		probe := newFake()
		probe.started = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
		r := start(t, probe)
		r.after(t, 2)
		_, got, _ := r.Now()
		if want := bytes.TrimSpace(golden); !bytes.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestRunSamplesEverySecondAndKeepsFifteenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, newFake())
		begun := time.Now().Truncate(time.Second)
		if _, _, ok := r.Now(); ok {
			t.Fatal("a sample before the first second; this test needs to see the beginning")
		}
		r.after(t, 1000)
		if err := r.stop(); err != nil {
			t.Errorf("Run returned %v at the end of its context", err)
		}
		samples := r.samples(t)
		if len(samples) != monitor.Kept {
			t.Fatalf("got %d samples, want %d", len(samples), monitor.Kept)
		}
		for i, s := range samples {
			want := begun.Add(time.Duration(1000-monitor.Kept+i+1) * time.Second)
			if !s.Timestamp.Equal(want) || s.CPU.Percent == nil || len(s.Unavailable) != 0 {
				t.Fatalf("sample %d: got %v, CPU %v, unavailable %v; want %v and a whole sample",
					i, s.Timestamp, s.CPU.Percent, s.Unavailable, want)
			}
		}
	})
}

func TestSlowReadingsDoNotMakeSamplesDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := newFake()
		probe.delay["Memory"] = 300 * time.Millisecond
		probe.delay["Temperatures"] = 1500 * time.Millisecond
		r := start(t, probe)
		r.after(t, 60)
		_ = r.stop()
		time.Sleep(2 * time.Second) // for a reading that is still under way
		samples := r.samples(t)
		if len(samples) != 60 {
			t.Errorf("got %d samples in 60 s, want 60", len(samples))
		}
		for i, s := range samples[2:] {
			if !s.Timestamp.Equal(samples[0].Timestamp.Add(time.Duration(i+2)*time.Second)) || len(s.Unavailable) != 0 {
				t.Errorf("sample %d: got %v, unavailable %v", i+2, s.Timestamp, s.Unavailable)
			}
		}
	})
}

func TestRunFailsWhenTheTopicIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, newFake())
		r.after(t, 2)
		if err := r.topics.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if err := r.stop(); !errors.Is(err, topic.ErrClosed) {
			t.Errorf("got %v, want topic.ErrClosed", err)
		}
	})
}

func TestFirstSampleHasNoRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, newFake())
		wantRates(t, r.after(t, 1), false)
		wantRates(t, r.after(t, 1), true)
	})
}

func TestRatesAreNullAfterAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, newFake())
		wantRates(t, r.after(t, 5), true)
		_ = r.stop()
		time.Sleep(10 * time.Minute)
		r.stop = run(t, r.Monitor)
		defer r.stop()
		wantRates(t, r.after(t, 1), false)
		wantRates(t, r.after(t, 1), true)
	})
}

func TestRatesAreNullWhenCountersGoBackwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := newFake()
		r := start(t, probe)
		wantRates(t, r.after(t, 5), true)
		probe.reboot()
		wantRates(t, r.after(t, 1), false)
		wantRates(t, r.after(t, 1), true)
	})
}

// wantRates checks that all differences of two readings are there and are the golden file's, or that all are null.
func wantRates(t *testing.T, s monitor.Sample, want bool) {
	t.Helper()
	if s.CPU == nil || s.DiskIO == nil || len(s.Net) != 1 || len(s.CPU.PerCore) != 2 || len(s.Unavailable) != 0 {
		t.Fatalf("got %+v, want a whole sample", s)
	}
	for name, got := range map[string]*float64{
		"percent": s.CPU.Percent, "core 0": s.CPU.PerCore[0], "core 1": s.CPU.PerCore[1],
		"user": s.CPU.User, "system": s.CPU.System, "iowait": s.CPU.IOWait, "steal": s.CPU.Steal,
	} {
		if (got != nil) != want {
			t.Errorf("%v: cpu %s is %v, want a figure: %v", s.Timestamp, name, got, want)
		}
	}
	for name, got := range map[string]struct {
		rate *int64
		want int64
	}{
		"read": {s.DiskIO.ReadBytesPerSec, 1024}, "write": {s.DiskIO.WriteBytesPerSec, 2048},
		"rx": {s.Net[0].RxBytesPerSec, 512}, "tx": {s.Net[0].TxBytesPerSec, 128},
	} {
		if (got.rate != nil) != want || want && max(*got.rate-got.want, got.want-*got.rate) > 1 {
			t.Errorf("%v: %s is %v, want %d: %v", s.Timestamp, name, got.rate, got.want, want)
		}
	}
}

func TestOneDeviceThatIsNewOrSetBackIsNullAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := newFake()
		probe.nets["wlan0"] = [2]uint64{1000, 1000}
		r := start(t, probe)
		r.after(t, 5)
		probe.set(func(f *fake) {
			f.nets["eth1"] = [2]uint64{1, 1}
			f.nets["wlan0"] = [2]uint64{500, 1000} // its counter is now half of what it was
			f.percents = append(f.percents, 50)    // a core is switched on
		})
		s := r.after(t, 1)
		for _, i := range s.Net {
			if want := i.Name == "eth0"; (i.RxBytesPerSec != nil) != want || (i.TxBytesPerSec != nil) != want {
				t.Errorf("%s: got %v in, %v out; want figures: %v", i.Name, i.RxBytesPerSec, i.TxBytesPerSec, want)
			}
		}
		if len(s.CPU.PerCore) != 3 || s.CPU.PerCore[2] != nil || s.CPU.Percent == nil || *s.CPU.Percent != 12.5 {
			t.Errorf("got cores %v, percent %v; want the new core null and 12.5 for the others", s.CPU.PerCore, s.CPU.Percent)
		}
		s = r.after(t, 1)
		if *s.Net[1].RxBytesPerSec != 1 || *s.Net[2].RxBytesPerSec != 500 || *s.CPU.PerCore[2] != 50 {
			t.Errorf("got %+v %+v, want all figures a second later", s.Net, s.CPU)
		}
	})
}

func TestTemperaturesAreThoseOfConnectedSensors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := newFake()
		probe.sensors = []monitor.Temperature{
			{Sensor: "nvme", Celsius: 41.8500001}, {Sensor: "nvme", Celsius: 39}, {Sensor: "acpitz", Celsius: 0},
			{Sensor: "board", Celsius: -55}, {Sensor: "aux", Celsius: 255}, {Sensor: "nvme", Celsius: 38},
		}
		r := start(t, probe)
		want := []monitor.Temperature{{Sensor: "nvme", Celsius: 41.9}, {Sensor: "nvme_2", Celsius: 39}, {Sensor: "nvme_3", Celsius: 38}}
		if got := r.after(t, 1).Temperatures; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		probe.set(func(f *fake) { f.sensors = nil })
		s := r.after(t, 6)
		if got, want := s.Unavailable["temperatures"], "not available on this system"; s.Temperatures != nil || got != want {
			t.Errorf("got %v because %q, want none because %q", s.Temperatures, got, want)
		}
	})
}

func TestDisksAreOnePerDeviceAndRefreshedEachMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := newFake()
		probe.mounts = []monitor.Mount{
			{Device: "/dev/sda1", Path: "/var/lib/app"}, {Device: "/dev/sda1", Path: "/"},
			{Device: "/dev/sda1", Path: "/home"}, {Device: "/dev/sdb1", Path: "/backup"},
		}
		probe.disks["/backup"] = monitor.Usage{Total: 1000, Used: 900, Free: 50} // 50 are kept for root
		r := start(t, probe)
		want := []monitor.Disk{{Mount: "/", Total: 250e9, Used: 100e9, Percent: 40}, {Mount: "/backup", Total: 1000, Used: 900, Percent: 94.7}}
		if got := r.after(t, 1).Disks; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		probe.set(func(f *fake) { f.mounts = f.mounts[:2] })
		if got := r.after(t, 30).Disks; len(got) != 2 {
			t.Errorf("got %v after half a minute, want the same two", got)
		}
		if got := r.after(t, 35).Disks; !slices.Equal(got, want[:1]) {
			t.Errorf("got %v after a minute, want %v", got, want[:1])
		}
		if got := probe.count("Mounts"); got != 2 {
			t.Errorf("looked for mounts %d times in 66 s, want 2", got)
		}
	})
}

func TestLoadIsEmulatedWhereABusySystemReportsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := newFake()
		probe.load, probe.percents = [3]float64{}, []float64{80, 60}
		r := start(t, probe)
		if s := r.after(t, 30); s.LoadKind != "" || *s.CPULoad != [3]float64{} {
			t.Errorf("got %q %v after 29 busy seconds, want what the system says", s.LoadKind, s.CPULoad)
		}
		s := r.after(t, 15*60)
		if s.LoadKind != "emulated" || s.CPULoad[0] != 1.4 || s.CPULoad[2] < 0.85 || s.CPULoad[2] > 0.95 {
			t.Errorf("got %q %v after 15 minutes of 1.4 busy cores, want 1.4 and 0.9 (63 %%)", s.LoadKind, s.CPULoad)
		}
		probe.set(func(f *fake) { f.percents = []float64{0, 0} })
		probe.reboot()
		if s := r.after(t, 60); s.LoadKind != "emulated" || s.CPULoad[0] > 0.7 {
			t.Errorf("got %q %v after an idle minute, want a falling load", s.LoadKind, s.CPULoad)
		}
		probe.set(func(f *fake) { f.load = [3]float64{0.2, 0, 0} })
		if s := r.after(t, 1); s.LoadKind != "" || s.CPULoad[0] != 0.2 {
			t.Errorf("got %q %v, want the system's own load as soon as it has one", s.LoadKind, s.CPULoad)
		}
	})
}

func TestIdleSystemMayReportNoLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := newFake()
		probe.load = [3]float64{}
		if s := start(t, probe).after(t, 120); s.LoadKind != "" || *s.CPULoad != [3]float64{} {
			t.Errorf("got %q %v, want the system's zeroes", s.LoadKind, s.CPULoad)
		}
	})
}

func TestUnavailableIsLoggedOnceWithItsCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := newFake()
		probe.fail["Swap"] = errProbe
		r := start(t, probe)
		r.after(t, 30)
		_ = r.stop()
		if got := strings.Count(r.log.String(), errProbe.Error()); got != 1 {
			t.Errorf("logged %d times, want once:\n%s", got, r.log)
		}
	})
}
