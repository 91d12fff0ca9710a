package monitor

import (
	"math"
	"time"
)

// Sample is one second of this computer, as it goes over the wire: the order of the fields is the order of the keys.
// Percentages are 0 to 100 with one decimal, sizes bytes, rates bytes per second. A pointer that is nil could not be
// measured this time. Who may read it is decided by the topic monitor/local.
type Sample struct {
	Timestamp    time.Time         `json:"timestamp"`           // UTC, a whole second
	CPULoad      *[3]float64       `json:"cpu_load"`            // averages over 1, 5 and 15 minutes; nil with a reason in Unavailable
	MemoryUsage  *float64          `json:"memory_usage"`        // Memory.Used as a percentage of Memory.Total; nil likewise
	LoadKind     string            `json:"load_kind,omitempty"` // "emulated": CPULoad is made from CPU.Percent, the system has none
	CPU          *CPU              `json:"cpu,omitempty"`
	Memory       *Memory           `json:"memory,omitempty"`
	Swap         *Swap             `json:"swap,omitempty"`
	Disks        []Disk            `json:"disks,omitzero"`    // sorted by mount; those that could be read
	DiskIO       *DiskIO           `json:"disk_io,omitempty"` // all disks together
	Net          []Interface       `json:"net,omitzero"`      // sorted by name
	Temperatures []Temperature     `json:"temperatures,omitzero"`
	UptimeSec    int64             `json:"uptime_sec,omitzero"` // since the system started
	Procs        int               `json:"procs,omitzero"`      // processes that exist
	Unavailable  map[string]string `json:"unavailable"`         // key of this object → why it is absent or incomplete; never nil
}

// CPU is the shares of time over the last interval (gopsutil cpu.Times). Percent counts everything but idling and waiting
// for disks, of all cores: also interrupts, which are in no other field. IOWait and Steal are 0 where the system does
// not count them.
type CPU struct {
	Percent *float64   `json:"percent"`
	PerCore []*float64 `json:"per_core"` // nil for a core that is new or whose counters went backwards
	User    *float64   `json:"user"`     // niced processes and virtual machines' time included
	System  *float64   `json:"system"`
	IOWait  *float64   `json:"iowait"`
	Steal   *float64   `json:"steal"` // taken by the hypervisor
}

// Memory is the main memory in bytes (gopsutil mem.VirtualMemory). Used is Total less Available: what cannot be had for
// the asking.
type Memory struct {
	Total     uint64 `json:"total"`
	Used      uint64 `json:"used"`
	Available uint64 `json:"available"`
	Cached    uint64 `json:"cached"` // 0 where the system does not count it
}

// Swap is memory on disk in bytes; on Windows the commit limit and charge.
type Swap struct {
	Total uint64 `json:"total"`
	Used  uint64 `json:"used"`
}

// Disk is one file system, in bytes (gopsutil disk.Usage). Percent is the used share of what users may fill, as df shows
// it: 100 means that nothing can be written, though some file systems keep a reserve.
type Disk struct {
	Mount   string  `json:"mount"`
	Total   uint64  `json:"total"`
	Used    uint64  `json:"used"`
	Percent float64 `json:"percent"`
}

// DiskIO is the traffic of all whole disks over the last interval (gopsutil disk.IOCounters).
type DiskIO struct {
	ReadBytesPerSec  *int64 `json:"read_bytes_per_sec"`
	WriteBytesPerSec *int64 `json:"write_bytes_per_sec"`
}

// Interface is the traffic of one network interface over the last interval (gopsutil net.IOCounters).
type Interface struct {
	Name          string `json:"name"`
	RxBytesPerSec *int64 `json:"rx_bytes_per_sec"`
	TxBytesPerSec *int64 `json:"tx_bytes_per_sec"`
}

// Temperature is one sensor (gopsutil host.SensorsTemperatures). A name that occurs again gets a number.
type Temperature struct {
	Sensor  string  `json:"sensor"`
	Celsius float64 `json:"celsius"`
}

// percent is part of whole, 0 to 100 with one decimal; 0 of nothing.
func percent(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return round(min(max(part/whole*100, 0), 100), 1)
}

func round(x float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(x*p) / p
}
