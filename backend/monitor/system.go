package monitor

import (
	"context"
	"net"
	"time"

	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/host"
)

// namesKept is how long it is remembered which devices are real: hardware is seldom plugged in.
const namesKept = time.Minute

// system is the real probe. What differs between systems is in the files named after them.
type system struct {
	interfaces kept[map[string]nature] // what the interfaces are, by name; owned by Network
	platform
}

// System returns the probe that reads this computer.
func System() Probe {
	startLoad()
	return new(system)
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
func (s *system) realInterfaces(all []Counter) []Counter {
	natures, _ := s.interfaces.get(namesKept, func() (map[string]nature, error) { return map[string]nature{}, nil })
	var real, other []Counter
	for _, c := range all {
		if _, known := natures[c.Name]; !known {
			natures[c.Name] = natureOf(c.Name)
		}
		switch {
		case natures[c.Name] == hardware:
			real = append(real, c)
		case natures[c.Name] == software && c.In+c.Out > 0:
			other = append(other, c)
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
