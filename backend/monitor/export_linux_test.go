package monitor

// The parsers of /proc.
var (
	CoreTimes      = coreTimes
	MemoryOf       = memoryOf
	InterfaceBytes = interfaceBytes
	DiskBytes      = diskBytes
)
