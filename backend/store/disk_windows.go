package store

import (
	"errors"
	"syscall"
)

// mapBytes is 0 because Windows makes a file as large as its map: an empty store would take 64 MiB of disk.
const mapBytes = 0

// diskFull reports whether err says that there was no room.
func diskFull(err error) bool {
	const handleDiskFull, errDiskFull = syscall.Errno(39), syscall.Errno(112)
	return errors.Is(err, handleDiskFull) || errors.Is(err, errDiskFull)
}
