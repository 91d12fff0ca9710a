package monitor

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/disk"
	"golang.org/x/sys/unix"
)

const hasSensors = true

// platform is what is kept from one reading to the next; each field is owned by the method that its name tells.
type platform struct {
	cpu, memory, network, diskIO procFile
	disks                        kept[map[string]bool] // owned by DiskIO
}

func startLoad() {}

// isHardware tells a network card from a bridge, a tunnel or a container's end by its device.
func isHardware(i *net.Interface) bool { return exists("/sys/class/net/" + i.Name + "/device") }

func (s *system) CPU(context.Context) ([]CPUTimes, error) {
	s.cpu.path = "/proc/stat"
	stat, err := s.cpu.read()
	if err != nil {
		return nil, err
	}
	times := coreTimes(stat)
	if len(times) == 0 {
		return nil, errors.New("/proc/stat counts no cores")
	}
	return times, nil
}

// Load and Swap ask for a few numbers at once instead of reading a file each, of which /proc/vmstat is a long one.
func (*system) Load(context.Context) ([3]float64, error) {
	const one = 1 << 16
	info, err := sysinfo()
	return [3]float64{float64(info.Loads[0]) / one, float64(info.Loads[1]) / one, float64(info.Loads[2]) / one}, err
}

func (*system) Swap(context.Context) (Swap, error) {
	info, err := sysinfo()
	unit := uint64(info.Unit)
	total, free := uint64(info.Totalswap)*unit, uint64(info.Freeswap)*unit
	return Swap{Total: total, Used: total - min(free, total)}, err
}

func sysinfo() (unix.Sysinfo_t, error) {
	var info unix.Sysinfo_t
	err := unix.Sysinfo(&info)
	return info, os.NewSyscallError("sysinfo", err)
}

func (s *system) Memory(context.Context) (Memory, error) {
	s.memory.path = "/proc/meminfo"
	meminfo, err := s.memory.read()
	if err != nil {
		return Memory{}, err
	}
	m := memoryOf(meminfo)
	if m.Total == 0 {
		return m, errors.New("/proc/meminfo counts no memory")
	}
	return m, nil
}

func (s *system) Network(context.Context) (Counters, error) {
	s.network.path = "/proc/net/dev"
	at := time.Now()
	dev, err := s.network.read()
	if err != nil {
		return Counters{}, err
	}
	return Counters{At: at, All: s.realInterfaces(interfaceBytes(dev))}, nil
}

// DiskIO counts whole disks only: the bytes of a partition, a volume or an array are in its disk's already.
func (s *system) DiskIO(context.Context) (Counters, error) {
	names, err := s.disks.get(namesKept, wholeDisks)
	if err != nil {
		return Counters{}, err
	}
	if len(names) == 0 {
		return Counters{}, ErrUnavailable
	}
	s.diskIO.path = "/proc/diskstats"
	at := time.Now()
	diskstats, err := s.diskIO.read()
	if err != nil {
		return Counters{}, err
	}
	return Counters{At: at, All: diskBytes(diskstats, names)}, nil
}

// wholeDisks returns the block devices with hardware behind them.
func wholeDisks() (map[string]bool, error) {
	links, err := filepath.Glob("/sys/block/*/device")
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, link := range links {
		names[filepath.Base(filepath.Dir(link))] = true
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
