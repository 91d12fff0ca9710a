package monitor

import (
	"context"
	"net"
	"runtime"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/disk"
	"golang.org/x/sys/unix"
)

const (
	hasSensors   = withCgo && runtime.GOARCH != "arm64"
	countsCPU    = withCgo
	countersKept = 1500 * time.Millisecond // IOCounters starts netstat: every other second is enough
)

// platform is what is kept from one reading to the next.
type platform struct {
	memory   kept[Memory]   // owned by Memory
	counters kept[Counters] // owned by Network
}

func startLoad() {}

// isHardware goes by the name: Ethernet, Wi-Fi and Thunderbolt are en0, en1, ...
func isHardware(i *net.Interface) bool { return strings.HasPrefix(i.Name, "en") }

func (*system) DiskIO(ctx context.Context) (Counters, error) {
	if !withCgo {
		return Counters{}, ErrUnavailable
	}
	at := time.Now()
	stats, err := disk.IOCountersWithContext(ctx)
	if err != nil {
		return Counters{}, err
	}
	return diskCounters(at, stats), nil
}

// Mounts takes what the kernel remembers of the file systems: disk.Partitions makes it ask them all and hangs at a network
// disk whose server is away. The system's own volumes, which the Finder does not show, share the space of the others.
func (*system) Mounts(context.Context) ([]Mount, error) {
	n, err := unix.Getfsstat(nil, unix.MNT_NOWAIT)
	if err != nil {
		return nil, err
	}
	all := make([]unix.Statfs_t, n)
	if n, err = unix.Getfsstat(all, unix.MNT_NOWAIT); err != nil {
		return nil, err
	}
	var mounts []Mount
	for _, fs := range all[:min(n, len(all))] {
		device := unix.ByteSliceToString(fs.Mntfromname[:])
		shown := fs.Flags&unix.MNT_LOCAL != 0 && fs.Flags&unix.MNT_DONTBROWSE == 0
		if shown && strings.HasPrefix(device, "/dev/") {
			mounts = append(mounts, Mount{Device: device, Path: unix.ByteSliceToString(fs.Mntonname[:])})
		}
	}
	return mounts, nil
}
