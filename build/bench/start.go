package bench

import (
	"context"
	"fmt"
	"time"
)

// measureStart starts hubs on empty folders.
func measureStart(ctx context.Context, b *bench) {
	b.showStart(ctx, "headless start to accepting, empty folder", launch{})
}

func (b *bench) showStart(ctx context.Context, name string, l launch) {
	f := figure{
		name: name, target: atMost(30, milliseconds),
		how: fmt.Sprintf("exec to the first 200 of GET /healthz, asked every %v; one start before, not counted", knockEvery),
	}
	for i := range b.starts + 1 {
		h, err := startHub(ctx, b, l)
		if err != nil {
			f.err = err
			break
		}
		if i > 0 {
			f.values = append(f.values, inMilliseconds(h.took))
		}
		h.stop()
	}
	b.show(f)
}

// measureIdle watches hubs that nobody uses.
func measureIdle(ctx context.Context, b *bench) {
	memory := figure{
		name:   "resident memory, idle, empty folder",
		target: atMost(40, megabytes),
		how:    fmt.Sprintf("VmRSS of the hub %v after its start, nobody connected", b.settle+b.window),
	}
	cpu := figure{
		name:   "CPU of the idle hub, monitor at 1 Hz",
		target: atMost(0.2, ofCore),
		how: fmt.Sprintf("CPU time of the whole process over %v, %v after its start, nobody watching, as a share of one core",
			b.window, b.settle),
	}
	for range b.idles {
		share, resident, err := watchIdle(ctx, b)
		if err != nil {
			cpu.err, memory.err = err, err
			break
		}
		cpu.values = append(cpu.values, share)
		memory.values = append(memory.values, resident)
	}
	b.show(memory, cpu)
}

// watchIdle returns the share of a core in percent that an idle hub takes, and its memory in megabytes.
func watchIdle(ctx context.Context, b *bench) (share, resident float64, err error) {
	h, err := startHub(ctx, b, launch{})
	if err != nil {
		return 0, 0, err
	}
	defer h.stop()
	if err := pause(ctx, b.settle); err != nil {
		return 0, 0, err
	}
	before, err := cpuTime(h.pid())
	if err != nil {
		return 0, 0, err
	}
	begun := time.Now()
	if err := pause(ctx, b.window); err != nil {
		return 0, 0, err
	}
	after, err := cpuTime(h.pid())
	if err != nil {
		return 0, 0, err
	}
	bytes, err := residentBytes(h.pid())
	return float64(after-before) / float64(time.Since(begun)) * 100, bytes / 1e6, err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
