package monitor_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/monitor"
)

// metrics are the methods of a probe and the keys of the sample that go with them.
var metrics = []struct {
	method string
	keys   []string
}{
	{"CPU", []string{"cpu"}},
	{"Load", []string{"cpu_load"}},
	{"Memory", []string{"memory", "memory_usage"}},
	{"Swap", []string{"swap"}},
	{"DiskIO", []string{"disk_io"}},
	{"Network", []string{"net"}},
	{"Uptime", []string{"uptime_sec"}},
	{"Mounts", []string{"disks"}},
	{"Temperatures", []string{"temperatures"}},
	{"Processes", []string{"procs"}},
}

var nullable = []string{"timestamp", "cpu_load", "memory_usage"} // the keys that are always there

func TestMetricThatFailsIsAbsentAloneWithAReason(t *testing.T) {
	reasons := map[error]string{
		errProbe:               "could not be read",
		monitor.ErrUnavailable: "not available on this system",
	}
	for _, m := range metrics {
		for err, reason := range reasons {
			t.Run(m.method+" "+reason, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					probe := newFake()
					probe.fail[m.method] = err
					r := start(t, probe)
					r.after(t, 3)
					wantMissing(t, r, m.keys, reason)
					probe.set(func(f *fake) { clear(f.fail) })
					r.after(t, 70)
					wantMissing(t, r, nil, "")
				})
			})
		}
	}
}

func TestMetricThatHangsHoldsUpNothing(t *testing.T) {
	for _, m := range metrics {
		if m.method == "Mounts" {
			continue // the disks stay then: TestDisksStayWhileTheListOfMountsHangs
		}
		t.Run(m.method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				probe := newFake()
				r := start(t, probe)
				r.after(t, 3)
				wantMissing(t, r, nil, "")
				hang := make(chan struct{})
				probe.set(func(f *fake) { f.hang[m.method] = hang })
				r.after(t, 100)
				wantMissing(t, r, m.keys, "does not answer")
				before := probe.count(m.method)
				r.after(t, 100)
				if got := probe.count(m.method); got != before {
					t.Errorf("asked %d times more while it hangs", got-before)
				}

				probe.set(func(f *fake) { clear(f.hang) })
				close(hang)
				r.after(t, 70)
				wantMissing(t, r, nil, "")
				_ = r.stop()
				samples := r.samples(t)
				for i, s := range samples {
					if s.Timestamp.Sub(samples[0].Timestamp) != time.Duration(i)*time.Second {
						t.Fatalf("sample %d is of %v, the first of %v", i, s.Timestamp, samples[0].Timestamp)
					}
				}
			})
		})
	}
}

func TestRunEndsWhileTheProbeHangs(t *testing.T) {
	for _, m := range metrics {
		t.Run(m.method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				probe, hang := newFake(), make(chan struct{})
				defer close(hang)
				probe.hang[m.method] = hang
				r := start(t, probe)
				r.after(t, 10)
				asked := time.Now()
				if err := r.stop(); err != nil {
					t.Error(err)
				}
				if took := time.Since(asked); took > time.Second {
					t.Errorf("Run ended after %v, want at most a second", took)
				}
			})
		})
	}
}

func TestEverythingHangsAndSamplesStillComeOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe, hang := newFake(), make(chan struct{})
		defer close(hang)
		for _, m := range metrics {
			probe.hang[m.method] = hang
		}
		r := start(t, probe)
		r.after(t, 60)
		var missing []string
		for _, m := range metrics {
			missing = append(missing, m.keys...)
		}
		wantMissing(t, r, missing, "does not answer")
		before := r.after(t, 1).Timestamp
		if got := r.after(t, 1).Timestamp.Sub(before); got != time.Second {
			t.Errorf("got samples %v apart, want 1s", got)
		}
	})
}

func TestDeadMountHidesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe, hang := newFake(), make(chan struct{})
		defer close(hang)
		probe.mounts = append(probe.mounts, monitor.Mount{Device: "/dev/sdb1", Path: "/dead"}, monitor.Mount{Device: "/dev/sdc1", Path: "/gone"})
		probe.hang["Disk /dead"] = hang
		probe.fail["Disk /gone"] = errProbe
		s := start(t, probe).after(t, 10)
		if len(s.Disks) != 1 || s.Disks[0].Mount != "/" {
			t.Errorf("got %v, want the disk that answers", s.Disks)
		}
		if got, want := s.Unavailable["disks"], "/dead: does not answer; /gone: could not be read"; got != want {
			t.Errorf("got reason %q, want %q", got, want)
		}
		if s.Procs == 0 || s.Temperatures == nil {
			t.Errorf("got %d processes, temperatures %v; want what is read beside the disks", s.Procs, s.Temperatures)
		}
	})
}

func TestDisksStayWhileTheListOfMountsHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe, hang := newFake(), make(chan struct{})
		defer close(hang)
		r := start(t, probe)
		r.after(t, 3)
		probe.set(func(f *fake) {
			f.hang["Mounts"] = hang
			f.disks["/"] = monitor.Usage{Total: 250e9, Used: 200e9, Free: 50e9}
		})
		if s := r.after(t, 100); len(s.Disks) != 1 || s.Disks[0].Percent != 80 || len(s.Unavailable) != 0 {
			t.Errorf("got %v, unavailable %v; want the known disk as it is now", s.Disks, s.Unavailable)
		}
	})
}

// wantMissing checks that the newest sample lacks these keys for that reason, and no others.
func wantMissing(t *testing.T, r running, keys []string, reason string) {
	t.Helper()
	s, raw, _ := r.Now()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	for _, m := range metrics {
		for _, key := range m.keys {
			missing := slices.Contains(keys, key)
			value, there := fields[key]
			if there && string(value) == "null" {
				there = false
				if !slices.Contains(nullable, key) {
					t.Errorf("%s is null, want it absent", key)
				}
			}
			if there == missing || missing != (s.Unavailable[key] != "") || missing && !strings.Contains(s.Unavailable[key], reason) {
				t.Errorf("%v: %s is %q because %q, want it missing: %v because %q", s.Timestamp, key, value, s.Unavailable[key], missing, reason)
			}
		}
	}
	for _, key := range append(nullable, "unavailable") {
		if _, there := fields[key]; !there {
			t.Errorf("%s is not in %s", key, raw)
		}
	}
}
