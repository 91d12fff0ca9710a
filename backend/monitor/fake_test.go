package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"hearth/backend/monitor"
)

// fake is a computer whose every figure we know. Its counters grow with the (fake) time from when it was started.
type fake struct {
	mu       sync.Mutex
	started  time.Time                // guarded by mu, as all below
	fail     map[string]error         // method → what it returns
	hang     map[string]chan struct{} // method → it blocks until this is closed, whatever its context says
	delay    map[string]time.Duration // method → how long it takes
	asked    map[string]int           // method → how often
	percents []float64                // busy share of each core
	load     [3]float64
	mounts   []monitor.Mount
	disks    map[string]monitor.Usage
	nets     map[string][2]uint64 // interface → bytes per second in and out
	sensors  []monitor.Temperature
}

var errProbe = errors.New("the probe says no")

// newFake returns the computer of the golden file.
func newFake() *fake {
	return &fake{
		started:  time.Now().Add(-time.Hour),
		fail:     map[string]error{},
		hang:     map[string]chan struct{}{},
		delay:    map[string]time.Duration{},
		asked:    map[string]int{},
		percents: []float64{10, 15},
		load:     [3]float64{0.4, 0.5, 0.6},
		mounts:   []monitor.Mount{{Device: "/dev/sda1", Path: "/"}},
		disks:    map[string]monitor.Usage{"/": {Total: 250e9, Used: 100e9, Free: 150e9}},
		nets:     map[string][2]uint64{"eth0": {512, 128}},
		sensors:  []monitor.Temperature{{Sensor: "coretemp", Celsius: 48}},
	}
}

func (f *fake) set(change func(*fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fake) count(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[method]
}

// reboot sets all counters back to zero.
func (f *fake) reboot() { f.set(func(f *fake) { f.started = time.Now() }) }

// enter behaves as the method was told to, and returns the seconds since the computer was started.
func (f *fake) enter(method string) (float64, error) {
	f.mu.Lock()
	f.asked[method]++
	hang, delay, err := f.hang[method], f.delay[method], f.fail[method]
	f.mu.Unlock()
	if hang != nil {
		<-hang
	}
	time.Sleep(delay)
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Since(f.started).Seconds(), err
}

// CPU spends the busy time of the golden file: of both cores 8.1 % user, 4 % system, 0.4 % interrupts, 0.2 % waiting.
func (f *fake) CPU(context.Context) ([]monitor.CPUTimes, error) {
	up, err := f.enter("CPU")
	f.mu.Lock()
	defer f.mu.Unlock()
	times := make([]monitor.CPUTimes, len(f.percents))
	for i, p := range f.percents {
		busy := p / 100 * up
		times[i] = monitor.CPUTimes{
			Name:      fmt.Sprintf("cpu%d", i),
			User:      busy * 0.648,
			System:    busy * 0.32,
			Interrupt: busy * 0.032,
			IOWait:    up * 0.002,
			Idle:      up*0.998 - busy,
		}
	}
	return times, err
}

func (f *fake) Load(context.Context) ([3]float64, error) {
	_, err := f.enter("Load")
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.load, err
}

func (f *fake) Memory(context.Context) (monitor.Memory, error) {
	_, err := f.enter("Memory")
	return monitor.Memory{Total: 16e9, Available: 9088e6, Cached: 4100e6}, err
}

func (f *fake) Swap(context.Context) (monitor.Swap, error) {
	_, err := f.enter("Swap")
	return monitor.Swap{Total: 2e9}, err
}

func (f *fake) DiskIO(context.Context) (monitor.Counters, error) {
	up, err := f.enter("DiskIO")
	return monitor.Counters{At: time.Now(), All: []monitor.Counter{
		{Name: "sda", In: uint64(up * 1000), Out: uint64(up * 2048)},
		{Name: "sdb", In: uint64(up * 24)},
	}}, err
}

func (f *fake) Network(context.Context) (monitor.Counters, error) {
	up, err := f.enter("Network")
	f.mu.Lock()
	defer f.mu.Unlock()
	c := monitor.Counters{At: time.Now()}
	for _, name := range slices.Sorted(maps.Keys(f.nets)) {
		c.All = append(c.All, monitor.Counter{
			Name: name,
			In:   uint64(up * float64(f.nets[name][0])),
			Out:  uint64(up * float64(f.nets[name][1])),
		})
	}
	return c, err
}

func (f *fake) Uptime(context.Context) (time.Duration, error) {
	up, err := f.enter("Uptime")
	return time.Duration(up * float64(time.Second)), err
}

func (f *fake) Mounts(context.Context) ([]monitor.Mount, error) {
	_, err := f.enter("Mounts")
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.mounts), err
}

func (f *fake) Disk(_ context.Context, path string) (monitor.Usage, error) {
	_, err := f.enter("Disk " + path)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.disks[path], err
}

func (f *fake) Temperatures(context.Context) ([]monitor.Temperature, error) {
	_, err := f.enter("Temperatures")
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sensors), err
}

func (f *fake) Processes(context.Context) (int, error) {
	_, err := f.enter("Processes")
	return 120, err
}
