package monitor

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/host"
	"github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/mem"
	traffic "github.com/shirou/gopsutil/v3/net"
)

// namesKept is how long it is remembered which devices are real: hardware is seldom plugged in.
const namesKept = time.Minute

// system is the real probe. What differs between systems is in the files named after them: Swap, DiskIO, Mounts,
// Processes, hardware, and the constants.
type system struct {
	memory     kept[Memory]
	counters   kept[Counters]          // of the interfaces
	interfaces kept[map[string]nature] // what the interfaces are, by name
	disks      diskNames               // owned by DiskIO
}

// System returns the probe that reads this computer.
func System() Probe {
	startLoad()
	return new(system)
}

func (*system) CPU(ctx context.Context) ([]CPUTimes, error) {
	if !countsCPU {
		return nil, ErrUnavailable
	}
	// Not cpu.Percent: it keeps the reading before in one place for the whole program, and two callers spoil each other.
	stats, err := cpu.TimesWithContext(ctx, true)
	if err == nil && len(stats) == 0 {
		err = errors.New("no cores are counted")
	}
	if err != nil {
		return nil, err
	}
	times := make([]CPUTimes, len(stats))
	for i, t := range stats {
		times[i] = coreTimes(t)
	}
	return times, nil
}

// coreTimes adds up what does not overlap. Virtual machines' time (Guest, GuestNice) is inside User and Nice already;
// TimesStat.Total counts it twice.
func coreTimes(t cpu.TimesStat) CPUTimes {
	times := CPUTimes{Name: t.CPU, User: t.User + t.Nice, System: t.System, Idle: t.Idle, IOWait: t.Iowait, Steal: t.Steal}
	if interruptsApart {
		times.Interrupt = t.Irq + t.Softirq
	}
	return times
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

func (s *system) Network(ctx context.Context) (Counters, error) {
	return s.counters.get(countersKept, func() (Counters, error) {
		at := time.Now()
		all, err := traffic.IOCountersWithContext(ctx, true)
		if err != nil {
			return Counters{}, err
		}
		return Counters{At: at, All: s.realInterfaces(all)}, nil
	})
}

// nature is what an interface is made of.
type nature int

const (
	software nature = iota
	loopback
	hardware
)

// realInterfaces returns the interfaces with hardware behind them, or, if there are none, all but loopback that ever moved
// a byte: inside a container all is software.
func (s *system) realInterfaces(all []traffic.IOCountersStat) []Counter {
	natures, _ := s.interfaces.get(namesKept, func() (map[string]nature, error) { return map[string]nature{}, nil })
	var real, other []Counter
	for _, c := range all {
		if _, known := natures[c.Name]; !known {
			natures[c.Name] = natureOf(c.Name)
		}
		counter := Counter{Name: c.Name, In: c.BytesRecv, Out: c.BytesSent}
		switch {
		case natures[c.Name] == hardware:
			real = append(real, counter)
		case natures[c.Name] == software && c.BytesRecv+c.BytesSent > 0:
			other = append(other, counter)
		}
	}
	if len(real) > 0 {
		return real
	}
	return other
}

func natureOf(name string) nature {
	i, err := net.InterfaceByName(name)
	switch {
	case err != nil:
		return software
	case i.Flags&net.FlagLoopback != 0:
		return loopback
	case isHardware(i):
		return hardware
	}
	return software
}

func (*system) Uptime(ctx context.Context) (time.Duration, error) {
	seconds, err := host.UptimeWithContext(ctx)
	return time.Duration(seconds) * time.Second, err
}

func (*system) Disk(ctx context.Context, path string) (Usage, error) {
	u, err := disk.UsageWithContext(ctx, path)
	if err != nil {
		return Usage{}, err
	}
	return Usage{Total: u.Total, Used: u.Used, Free: u.Free}, nil
}

func (*system) Temperatures(ctx context.Context) ([]Temperature, error) {
	if !hasSensors {
		return nil, ErrUnavailable
	}
	stats, err := host.SensorsTemperaturesWithContext(ctx)
	if err != nil && len(stats) == 0 { // else it is about some of the sensors
		return nil, err
	}
	all := make([]Temperature, len(stats))
	for i, t := range stats {
		all[i] = Temperature{Sensor: t.SensorKey, Celsius: t.Temperature}
	}
	return all, nil
}

// diskCounters returns what was read of disks at a time.
func diskCounters(at time.Time, stats map[string]disk.IOCountersStat) Counters {
	c := Counters{At: at, All: make([]Counter, 0, len(stats))}
	for name, d := range stats {
		c.All = append(c.All, Counter{Name: name, In: d.ReadBytes, Out: d.WriteBytes})
	}
	return c
}

// kept is a value that is read again only when it is old.
type kept[T any] struct {
	value T
	until time.Time
}

func (k *kept[T]) get(d time.Duration, read func() (T, error)) (T, error) {
	now := time.Now()
	if now.Before(k.until) {
		return k.value, nil
	}
	value, err := read()
	if err == nil {
		k.value, k.until = value, now.Add(d)
	}
	return value, err
}
