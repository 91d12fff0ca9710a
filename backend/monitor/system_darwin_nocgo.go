//go:build darwin && !cgo

package monitor

import "time"

const (
	withCgo    = false
	memoryKept = 4500 * time.Millisecond // without cgo, VirtualMemory starts vm_stat
)
