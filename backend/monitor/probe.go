package monitor

import (
	"context"
	"errors"
	"time"
)

// ErrUnavailable says that this system has no such metric, now or ever.
var ErrUnavailable = errors.New("monitor: not available on this system")

// Probe reads the system; System is the real one. A method may be slow, hang, or ignore its context: Monitor waits for
// none of them for long. It does not call a method again while a call of it is under way, but calls different methods,
// and Disk for different mounts, at the same time.
type Probe interface {
	CPU(ctx context.Context) ([]CPUTimes, error)  // one per core
	Load(ctx context.Context) ([3]float64, error) // averages over 1, 5 and 15 minutes
	Memory(ctx context.Context) (Memory, error)   // Used may be left 0: it is computed
	Swap(ctx context.Context) (Swap, error)
	DiskIO(ctx context.Context) (Counters, error)  // In read, Out written, one counter per whole disk
	Network(ctx context.Context) (Counters, error) // In received, Out sent, one counter per interface worth showing
	Uptime(ctx context.Context) (time.Duration, error)
	Mounts(ctx context.Context) ([]Mount, error)             // of physical disks; a device may be there more than once
	Disk(ctx context.Context, path string) (Usage, error)    // of the file system mounted there
	Temperatures(ctx context.Context) ([]Temperature, error) // as the sensors have them, doubtful ones included
	Processes(ctx context.Context) (int, error)              // how many there are
}

// CPUTimes is what one core did since it started, in seconds. The fields do not overlap and add up to all of its time.
type CPUTimes struct {
	Name                                         string
	User, System, Interrupt, Idle, IOWait, Steal float64
}

// Counters are byte counters as they were read At a time. The same At again means the same reading: a probe may keep a
// reading that is dear for more than a second.
type Counters struct {
	At  time.Time
	All []Counter
}

// Counter is what went through one device since it started, in bytes.
type Counter struct {
	Name    string
	In, Out uint64
}

// Mount is a mounted file system.
type Mount struct{ Device, Path string }

// Usage is how full a file system is, in bytes. Free is what a user may still write; some file systems keep a reserve,
// so Used and Free may be less than Total.
type Usage struct{ Total, Used, Free uint64 }
