//go:build darwin && cgo

package monitor

const (
	withCgo    = true
	memoryKept = 0
)
