//go:build windows || darwin

package monitor

import (
	"context"
	"errors"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/net"
	"github.com/shirou/gopsutil/v3/process"
)

// CPU does not use cpu.Percent: it keeps the reading before in one place for the whole program, and two callers spoil each
// other. Windows counts interrupts in the system's time as well, macOS only there, so they are not added.
func (*system) CPU(ctx context.Context) ([]CPUTimes, error) {
	if !countsCPU {
		return nil, ErrUnavailable
	}
	stats, err := cpu.TimesWithContext(ctx, true)
	if err != nil {
		return nil, err
	}
	times := make([]CPUTimes, len(stats))
	for i, t := range stats {
		times[i] = CPUTimes{Name: t.CPU, User: t.User + t.Nice, System: t.System, Idle: t.Idle}
	}
	return times, nil
}

// Load must not use AvgWithContext: on Windows its first context ends the counting for good.
func (*system) Load(context.Context) ([3]float64, error) {
	avg, err := load.Avg()
	if err != nil {
		return [3]float64{}, err
	}
	return [3]float64{avg.Load1, avg.Load5, avg.Load15}, nil
}

func (s *system) Memory(ctx context.Context) (Memory, error) {
	return s.memory.get(memoryKept, func() (Memory, error) {
		m, err := mem.VirtualMemoryWithContext(ctx)
		if err == nil && m.Total == 0 {
			err = errors.New("no memory is counted")
		}
		if err != nil {
			return Memory{}, err
		}
		return Memory{Total: m.Total, Available: m.Available, Cached: m.Cached}, nil
	})
}

func (*system) Swap(ctx context.Context) (Swap, error) {
	s, err := mem.SwapMemoryWithContext(ctx)
	if err != nil {
		return Swap{}, err
	}
	return Swap{Total: s.Total, Used: s.Used}, nil
}

func (s *system) Network(ctx context.Context) (Counters, error) {
	return s.counters.get(countersKept, func() (Counters, error) {
		at := time.Now()
		stats, err := net.IOCountersWithContext(ctx, true)
		if err != nil {
			return Counters{}, err
		}
		all := make([]Counter, len(stats))
		for i, c := range stats {
			all[i] = Counter{Name: c.Name, In: c.BytesRecv, Out: c.BytesSent}
		}
		return Counters{At: at, All: s.realInterfaces(all)}, nil
	})
}

func (*system) Processes(ctx context.Context) (int, error) {
	pids, err := process.PidsWithContext(ctx)
	return len(pids), err
}

// diskCounters returns what was read of disks at a time.
func diskCounters(at time.Time, stats map[string]disk.IOCountersStat) Counters {
	c := Counters{At: at, All: make([]Counter, 0, len(stats))}
	for name, d := range stats {
		c.All = append(c.All, Counter{Name: name, In: d.ReadBytes, Out: d.WriteBytes})
	}
	return c
}
