package monitor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"
)

// quick returns the calls that are made for each sample. The differences come first, so that their intervals are even.
func quick(p Probe) []*call {
	return []*call{
		{keys: []string{"cpu"}, read: readCPU(p)},
		{keys: []string{"net"}, read: readFlows(p.Network, putNet)},
		{keys: []string{"disk_io"}, read: readFlows(p.DiskIO, putDiskIO)},
		{keys: []string{"cpu_load"}, read: reader(p.Load, putLoad)},
		{keys: []string{"memory", "memory_usage"}, read: reader(p.Memory, putMemory)},
		{keys: []string{"swap"}, read: reader(p.Swap, putSwap)},
		{keys: []string{"uptime_sec"}, read: reader(p.Uptime, putUptime)},
	}
}

// slow returns the calls that are made every slowEvery, the disks excepted.
func slow(p Probe) []*call {
	return []*call{
		{keys: []string{"procs"}, patience: slowPatience, read: reader(p.Processes, putProcesses)},
		{keys: []string{"temperatures"}, patience: slowPatience, read: readTemperatures(p)},
	}
}

// reader makes a call's read of a method of the probe and of what puts its value into a sample.
func reader[T any](read func(context.Context) (T, error), put func(*Sample, T)) func(context.Context) (fill, error) {
	return func(ctx context.Context) (fill, error) {
		v, err := read(ctx)
		if err != nil {
			return nil, err
		}
		return func(s *Sample) { put(s, v) }, nil
	}
}

func readCPU(p Probe) func(context.Context) (fill, error) {
	var c cores
	return func(ctx context.Context) (fill, error) {
		at := time.Now()
		times, err := p.CPU(ctx)
		if err != nil {
			return nil, err
		}
		usage := c.next(at, times)
		return func(s *Sample) { s.CPU = usage }, nil
	}
}

func readFlows(read func(context.Context) (Counters, error), put func(*Sample, []rate)) func(context.Context) (fill, error) {
	var f flows
	return reader(func(ctx context.Context) ([]rate, error) {
		now, err := read(ctx)
		if err != nil {
			return nil, err
		}
		return f.next(now), nil
	}, put)
}

func putNet(s *Sample, rates []rate) {
	s.Net = make([]Interface, len(rates))
	for i, r := range rates {
		s.Net[i] = Interface{Name: r.name, RxBytesPerSec: r.in, TxBytesPerSec: r.out}
	}
	slices.SortFunc(s.Net, func(a, b Interface) int { return cmp.Compare(a.Name, b.Name) })
}

func putDiskIO(s *Sample, rates []rate) {
	s.DiskIO = new(DiskIO)
	s.DiskIO.ReadBytesPerSec, s.DiskIO.WriteBytesPerSec = sum(rates)
}

func putLoad(s *Sample, averages [3]float64) { s.CPULoad = roundLoad(averages) }

func putMemory(s *Sample, m Memory) {
	m.Available = min(m.Available, m.Total)
	m.Used = m.Total - m.Available
	s.Memory, s.MemoryUsage = &m, new(percent(float64(m.Used), float64(m.Total)))
}

func putSwap(s *Sample, swap Swap) { s.Swap = &swap }

func putUptime(s *Sample, up time.Duration) { s.UptimeSec = int64(up / time.Second) }

func putProcesses(s *Sample, n int) { s.Procs = n }

func readTemperatures(p Probe) func(context.Context) (fill, error) {
	return reader(func(ctx context.Context) ([]Temperature, error) {
		all, err := p.Temperatures(ctx)
		if err != nil {
			return nil, err
		}
		if all = plausible(all); len(all) == 0 {
			return nil, ErrUnavailable
		}
		return all, nil
	}, func(s *Sample, all []Temperature) { s.Temperatures = all })
}

// plausible returns the sensors that measure something, with names that are theirs alone. Sensors that are not connected
// read 0 or below, or some round number of the chip's limit.
func plausible(all []Temperature) []Temperature {
	kept := make([]Temperature, 0, len(all))
	times := map[string]int{}
	for _, t := range all {
		if !(t.Celsius > 0 && t.Celsius < 200) {
			continue
		}
		if times[t.Sensor]++; times[t.Sensor] > 1 {
			t.Sensor += "_" + strconv.Itoa(times[t.Sensor])
		}
		t.Celsius = round(t.Celsius, 1)
		kept = append(kept, t)
	}
	return kept
}

// readMounts keeps the calls of m.disks to those of the mounts that are there now. While it cannot, the known ones stay.
func (m *Monitor) readMounts(ctx context.Context) (fill, error) {
	mounts, err := m.probe.Mounts(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]*call{}
	for _, c := range m.diskCalls() {
		known[c.of] = c
	}
	var calls []*call
	for _, path := range onePerDevice(mounts) {
		calls = append(calls, cmp.Or(known[path], diskCall(m.probe, path)))
	}
	m.disks.Store(&calls)
	if len(calls) == 0 {
		return nil, ErrUnavailable
	}
	return func(*Sample) {}, nil
}

// onePerDevice returns the shortest path at which each device is mounted, sorted.
func onePerDevice(mounts []Mount) []string {
	paths := map[string]string{}
	for _, m := range mounts {
		shortest, there := paths[m.Device]
		if !there || len(m.Path) < len(shortest) || len(m.Path) == len(shortest) && m.Path < shortest {
			paths[m.Device] = m.Path
		}
	}
	sorted := make([]string, 0, len(paths))
	for _, path := range paths {
		sorted = append(sorted, path)
	}
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

func diskCall(p Probe, path string) *call {
	read := func(ctx context.Context) (Usage, error) {
		usage, err := p.Disk(ctx, path)
		if err == nil && usage.Total == 0 {
			err = errors.New("a disk of no size")
		}
		return usage, err
	}
	return &call{keys: []string{"disks"}, of: path, patience: slowPatience, read: reader(read, func(s *Sample, u Usage) {
		s.Disks = append(s.Disks, Disk{
			Mount:   path,
			Total:   u.Total,
			Used:    u.Used,
			Percent: percent(float64(u.Used), float64(u.Used)+float64(u.Free)),
		})
	})}
}
