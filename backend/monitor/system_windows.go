package monitor

import (
	"context"
	"maps"
	"net"
	"time"

	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/load"
	"golang.org/x/sys/windows"
)

const (
	countsCPU    = true
	hasSensors   = false // they need an administrator
	memoryKept   = 0
	countersKept = 0
)

// platform is what is kept from one reading to the next.
type platform struct {
	memory   kept[Memory]                   // owned by Memory
	counters kept[Counters]                 // owned by Network
	drives   map[string]disk.IOCountersStat // the last good counters of each; owned by DiskIO
}

// startLoad starts gopsutil's counter, which then runs as long as the program.
func startLoad() { _, _ = load.Avg() }

var getIfEntry2Ex = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetIfEntry2Ex")

// isHardware asks for the interface's own word. Before Windows 10 1703 there is none, and all count as real.
func isHardware(i *net.Interface) bool {
	if getIfEntry2Ex.Find() != nil {
		return true
	}
	const hardwareInterface = 1 // the first bit of MIB_IF_ROW2.InterfaceAndOperStatusFlags
	row := windows.MibIfRow2{InterfaceIndex: uint32(i.Index)}
	err := windows.GetIfEntry2Ex(windows.MibIfEntryNormalWithoutStatistics, &row)
	return err == nil && row.InterfaceAndOperStatusFlags&hardwareInterface != 0
}

// DiskIO keeps the last good counters of a drive: IOCounters gives up at the first drive that refuses, and what it then
// returns are the drives before it.
func (s *system) DiskIO(ctx context.Context) (Counters, error) {
	at := time.Now()
	stats, err := disk.IOCountersWithContext(ctx)
	if s.drives == nil {
		s.drives = map[string]disk.IOCountersStat{}
	}
	maps.Copy(s.drives, stats)
	if len(s.drives) == 0 {
		return Counters{}, err
	}
	return diskCounters(at, s.drives), nil
}

// Mounts lists drive letters by their type, without touching the drives: disk.Partitions asks each for its label and
// hangs at a network drive whose server is away.
func (*system) Mounts(context.Context) ([]Mount, error) {
	letters, err := windows.GetLogicalDrives()
	if err != nil {
		return nil, err
	}
	var mounts []Mount
	for i := range 26 {
		root := string(rune('A'+i)) + `:\`
		if letters&(1<<i) != 0 && isPhysical(root) {
			mounts = append(mounts, Mount{Device: root, Path: root})
		}
	}
	return mounts, nil
}

// isPhysical reports whether there is a disk behind the letter; a card reader has a letter without a card too.
func isPhysical(root string) bool {
	path, err := windows.UTF16PtrFromString(root)
	if err != nil {
		return false
	}
	switch windows.GetDriveType(path) {
	case windows.DRIVE_FIXED:
		return true
	case windows.DRIVE_REMOVABLE:
		return windows.GetDiskFreeSpaceEx(path, nil, nil, nil) == nil
	}
	return false
}
