//go:build !windows

package store

import (
	"errors"
	"syscall"
)

// mapBytes is the address space that a store maps to begin with. It saves remapping while the file grows and costs no
// memory: pages beyond the end of the file are never touched.
const mapBytes = 64 << 20

// diskFull reports whether err says that there was no room.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
