package monitor

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/disk"
	"golang.org/x/sys/unix"
)

const (
	countsCPU       = true
	interruptsApart = true // from the system's time
	hasSensors      = true
	memoryKept      = 0
	countersKept    = 0
)

type diskNames = kept[[]string]

func startLoad() {}

// isHardware tells a network card from a bridge, a tunnel or a container's end by its device.
func isHardware(i *net.Interface) bool { return exists("/sys/class/net/" + i.Name + "/device") }

// Swap asks the kernel directly: mem.SwapMemory reads all of /proc/vmstat for what we do not show.
func (*system) Swap(context.Context) (Swap, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return Swap{}, os.NewSyscallError("sysinfo", err)
	}
	unit := uint64(info.Unit)
	total := uint64(info.Totalswap) * unit
	return Swap{Total: total, Used: total - min(uint64(info.Freeswap)*unit, total)}, nil
}

// DiskIO counts whole disks only: the bytes of a partition, a volume or an array are in its disk's already.
func (s *system) DiskIO(ctx context.Context) (Counters, error) {
	names, err := s.disks.get(namesKept, wholeDisks)
	if err != nil {
		return Counters{}, err
	}
	if len(names) == 0 { // which IOCounters would take for all of them
		return Counters{}, ErrUnavailable
	}
	at := time.Now()
	stats, err := disk.IOCountersWithContext(ctx, slices.Clone(names)...)
	if err != nil {
		return Counters{}, err
	}
	return diskCounters(at, stats), nil
}

// wholeDisks returns the block devices with hardware behind them.
func wholeDisks() ([]string, error) {
	links, err := filepath.Glob("/sys/block/*/device")
	if err != nil {
		return nil, err
	}
	names := make([]string, len(links))
	for i, link := range links {
		names[i] = filepath.Base(filepath.Dir(link))
	}
	return names, nil
}

// Mounts falls back to the root where no disk is mounted, as in a container.
func (*system) Mounts(ctx context.Context) ([]Mount, error) {
	parts, err := disk.PartitionsWithContext(ctx, false) // false = file systems that need a device
	if err != nil {
		return nil, err
	}
	var mounts []Mount
	for _, p := range parts {
		if isPhysical(p) {
			mounts = append(mounts, Mount{Device: device(p), Path: p.Mountpoint})
		}
	}
	if len(mounts) == 0 {
		mounts = append(mounts, Mount{Device: "/", Path: "/"})
	}
	return mounts, nil
}

// isPhysical leaves out images and memory, and single files that are mounted, as containers have them.
func isPhysical(p disk.PartitionStat) bool {
	switch p.Fstype {
	case "squashfs", "iso9660", "udf", "erofs":
		return false
	}
	for _, prefix := range []string{"/dev/loop", "/dev/ram", "/dev/zram"} {
		if strings.HasPrefix(p.Device, prefix) {
			return false
		}
	}
	return !slices.Contains(p.Opts, "bind") || isFolder(p.Mountpoint)
}

// device names what two mounts have in common if they share their space: for ZFS the pool.
func device(p disk.PartitionStat) string {
	if p.Fstype == "zfs" {
		pool, _, _ := strings.Cut(p.Device, "/")
		return pool
	}
	return p.Device
}

// Processes counts the folders of /proc. /proc/loadavg and sysinfo count threads.
func (*system) Processes(context.Context) (int, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return 0, err
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	n := 0
	for _, name := range names {
		if name[0] >= '0' && name[0] <= '9' {
			n++
		}
	}
	return n, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
