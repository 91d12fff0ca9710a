package monitor_test

import (
	"math"
	"slices"
	"testing"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/net"

	"hearth/backend/monitor"
)

func TestProcFilesAreParsed(t *testing.T) {
	stat := "cpu  300 40 500 6000 70 8 9 10 100 4\n" +
		"cpu0 100 20 250 3000 30 4 5 10 50 2\ncpu10 200 20 250 3000 40 4 4 0 50 2\nintr 38 0 1\nctxt 5\ncpufreq 1\n"
	wantTimes := []monitor.CPUTimes{
		{Name: "cpu0", User: 1.2, System: 2.5, Idle: 30, IOWait: 0.3, Interrupt: 0.09, Steal: 0.1},
		{Name: "cpu10", User: 2.2, System: 2.5, Idle: 30, IOWait: 0.4, Interrupt: 0.08},
	}
	if got := monitor.CoreTimes([]byte(stat)); !slices.Equal(got, wantTimes) {
		t.Errorf("got  %+v\nwant %+v", got, wantTimes)
	}

	meminfo := "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\nBuffers:  7 kB\nCached:          300 kB\n" +
		"SwapCached:        9 kB\nSReclaimable:     50 kB\nHugePages_Total:       0\n"
	if got, want := monitor.MemoryOf([]byte(meminfo)), (monitor.Memory{Total: 1000 << 10, Available: 600 << 10, Cached: 350 << 10}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	old := "MemTotal: 1000 kB\nMemFree: 100 kB\nCached: 300 kB\n"
	if got, want := monitor.MemoryOf([]byte(old)).Available, uint64(400<<10); got != want {
		t.Errorf("got %d available without MemAvailable, want %d", got, want)
	}

	dev := "Inter-|   Receive                                                |  Transmit\n" +
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n" +
		"    lo:    3193      29    0    0    0     0          0         0     3194      29    0    0    0     0       0          0\n" +
		"eth0:1:18446744073709551615 1 0 0 0 0 0 0 763050 7973 0 0 0 0 0 0\n"
	wantNet := []monitor.Counter{{Name: "lo", In: 3193, Out: 3194}, {Name: "eth0:1", In: math.MaxUint64, Out: 763050}}
	if got := monitor.InterfaceBytes([]byte(dev)); !slices.Equal(got, wantNet) {
		t.Errorf("got %+v, want %+v", got, wantNet)
	}

	diskstats := "   7       0 loop0 9 0 9 0 0 0 0 0 0 0 0\n   8       0 sda 10 1 2000 5 20 2 3000 6 0 11 24\n   8       1 sda1 1 1 1 1 1 1 1 1 1 1 1\n"
	wantDisks := []monitor.Counter{{Name: "sda", In: 2000 * 512, Out: 3000 * 512}}
	if got := monitor.DiskBytes([]byte(diskstats), map[string]bool{"sda": true, "sdb": true}); !slices.Equal(got, wantDisks) {
		t.Errorf("got %+v, want %+v", got, wantDisks)
	}
}

// The tests below read before and after gopsutil does: what only grows must lie between.

func TestCoresAgreeWithGopsutil(t *testing.T) {
	before, _ := monitor.System().CPU(t.Context())
	times, err := cpu.Times(true)
	after, _ := monitor.System().CPU(t.Context())
	if err != nil || len(before) != len(times) || len(after) != len(times) {
		t.Fatalf("got %d and %d cores, gopsutil %d: %v", len(before), len(after), len(times), err)
	}
	for i, c := range times {
		wantBetween(t, c.CPU+" user", before[i].User, c.User+c.Nice, after[i].User)
		wantBetween(t, c.CPU+" system", before[i].System, c.System, after[i].System)
	}
}

func TestMemoryAgreesWithGopsutil(t *testing.T) {
	got, _ := monitor.System().Memory(t.Context())
	m, err := mem.VirtualMemory()
	if err != nil || got.Total != m.Total {
		t.Errorf("got %d bytes of memory, gopsutil %d: %v", got.Total, m.Total, err)
	}
	tolerance := float64(m.Total) / 4 // other programs come and go
	wantBetween(t, "available", float64(m.Available)-tolerance, float64(got.Available), float64(m.Available)+tolerance)
	wantBetween(t, "cached", float64(m.Cached)-tolerance, float64(got.Cached), float64(m.Cached)+tolerance)
	swap, _ := monitor.System().Swap(t.Context())
	if s, err := mem.SwapMemory(); err != nil || swap.Total != s.Total {
		t.Errorf("got %d bytes of swap, gopsutil %d: %v", swap.Total, s.Total, err)
	}
}

func TestLoadAgreesWithGopsutil(t *testing.T) {
	before, _ := monitor.System().Load(t.Context())
	avg, err := load.Avg()
	after, _ := monitor.System().Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const rounding = 0.01 // of /proc/loadavg
	wantBetween(t, "load", min(before[0], after[0])-rounding, avg.Load1, max(before[0], after[0])+rounding)
}

func TestNetworkAgreesWithGopsutil(t *testing.T) {
	before, _ := monitor.System().Network(t.Context())
	stats, err := net.IOCounters(true)
	after, _ := monitor.System().Network(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]monitor.Counter{}
	for _, s := range stats {
		theirs[s.Name] = monitor.Counter{In: s.BytesRecv, Out: s.BytesSent}
	}
	wantCountersBetween(t, before, theirs, after)
}

func TestDiskIOAgreesWithGopsutil(t *testing.T) {
	before, _ := monitor.System().DiskIO(t.Context())
	stats, err := disk.IOCounters()
	after, _ := monitor.System().DiskIO(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]monitor.Counter{}
	for name, s := range stats {
		theirs[name] = monitor.Counter{In: s.ReadBytes, Out: s.WriteBytes}
	}
	wantCountersBetween(t, before, theirs, after)
}

func wantCountersBetween(t *testing.T, before monitor.Counters, theirs map[string]monitor.Counter, after monitor.Counters) {
	t.Helper()
	for i, c := range before.All {
		got, known := theirs[c.Name]
		if !known && c.In+c.Out == 0 {
			continue // gopsutil leaves out disks that never moved a byte
		}
		if !known || len(after.All) <= i || after.All[i].Name != c.Name {
			t.Fatalf("%s is not in both readings and gopsutil's", c.Name)
		}
		wantBetween(t, c.Name+" in", float64(c.In), float64(got.In), float64(after.All[i].In))
		wantBetween(t, c.Name+" out", float64(c.Out), float64(got.Out), float64(after.All[i].Out))
	}
}

func wantBetween(t *testing.T, what string, low, got, high float64) {
	t.Helper()
	const inexact = 1e-6 // sums of decimal fractions
	if got < low-inexact || got > high+inexact {
		t.Errorf("%s: got %v and then %v, and %v between them", what, low, high, got)
	}
}
