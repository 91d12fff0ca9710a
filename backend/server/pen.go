package server

import (
	"errors"
	"syscall"
)

// pen is what one writer of the drains has for itself: room to gather in, and a way to write without waiting.
type pen struct {
	buf     []byte
	p       []byte
	n       int
	err     error
	attempt func(fd uintptr) bool // made once: a closure of each call would be on the heap
}

func newPen() *pen {
	p := &pen{buf: make([]byte, 0, writeBytes)}
	p.attempt = func(fd uintptr) bool {
		p.n, p.err = writeNow(fd, p.p)
		return true
	}
	return p
}

// write returns how much of b the system took at once.
func (p *pen) write(to syscall.RawConn, b []byte) (int, error) {
	p.p, p.n, p.err = b, 0, nil
	err := to.Write(p.attempt)
	p.p = nil
	return p.n, errors.Join(err, p.err)
}

// keep keeps the buffer for the next turn; a single large entry is no reason to keep its room.
func (p *pen) keep(b []byte) {
	if cap(b) <= 2*writeBytes {
		p.buf = b
	}
}
