//go:build unix

package bench

import (
	"errors"
	"syscall"
)

// read receives until the link ends, and returns why. It takes one system call per wake-up: a read that did not fill its
// buffer has emptied the socket, and the poller tells of everything that comes after it.
func (l *link) read() error {
	if err := l.parse(append([]byte(nil), l.rest...)); err != nil {
		return err
	}
	raw, err := l.conn.SyscallConn()
	if err != nil {
		return err
	}
	var ended error
	err = raw.Read(func(fd uintptr) (done bool) {
		buf := buffers.Get().(*[readBytes]byte)
		defer buffers.Put(buf)
		for {
			kept := copy(buf[:], l.rest)
			n, err := syscall.Read(int(fd), buf[kept:])
			switch {
			case errors.Is(err, syscall.EINTR):
				continue
			case errors.Is(err, syscall.EAGAIN):
				return false
			case err != nil:
				ended = err
				return true
			case n == 0:
				ended = errHubGone
				return true
			}
			l.bytes.Add(int64(n))
			l.reads.Add(1)
			if ended = l.parse(buf[:kept+n]); ended != nil {
				return true
			}
			if kept+n < len(buf) {
				return false
			}
		}
	})
	if ended != nil {
		return ended
	}
	return err
}
