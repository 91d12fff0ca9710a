//go:build !windows

package store

import (
	"errors"
	"syscall"
)

// mapBytes is the address space that a store maps beyond its file. It saves remapping while the file grows, for which all
// readers have to leave and a backup takes its time. It costs no memory: pages beyond the end are never touched.
const mapBytes = 256 << 20

// diskFull reports whether err says that there was no room.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
