//go:build unix

package server

import "golang.org/x/sys/unix"

// maxDescriptors returns how many files and sockets this process may have open, 0 = it is not known. Go's runtime has
// raised the limit as far as it may be.
func maxDescriptors() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<30))
}
