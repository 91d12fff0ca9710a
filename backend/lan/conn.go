package lan

import (
	"io"
	"net"
	"syscall"
	"time"
)

// handshakeByte begins every TLS connection (RFC 8446, 5.1), and no HTTP request.
const handshakeByte = 0x16

// conn is one connection to a Port.
type conn struct {
	net.Conn // a *net.TCPConn
	port     *Port
	move     int // of the port, after which it came; set once

	begun bool   // its first byte is known; owned by the reader
	first []byte // read by peek and not yet by the reader; owned by the reader
}

// peek waits for the first byte and reports whether it begins TLS. Read gives it again.
func (c *conn) peek(patience time.Duration) (secure bool, err error) {
	c.first, c.begun = make([]byte, 1), true
	c.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(c.Conn, c.first); err != nil {
		return false, err
	}
	c.SetReadDeadline(time.Time{})
	return c.first[0] == handshakeByte, nil
}

// Read ends a connection that begins like TLS where none is spoken: an HTTP answer would be noise to it.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.first) > 0 && len(p) > 0 {
		n := copy(p, c.first)
		c.first = nil
		return n, nil
	}
	n, err := c.Conn.Read(p)
	if n > 0 && !c.begun {
		c.begun = true
		if p[0] == handshakeByte {
			c.Close()
			return 0, io.EOF
		}
	}
	return n, err
}

func (c *conn) Close() error {
	c.port.forget(c)
	return c.Conn.Close()
}

// What the server asks of a TCP connection: to write without waiting, to half-close it, and to drop it.
var _ interface {
	syscall.Conn
	CloseWrite() error
	SetLinger(sec int) error
} = (*conn)(nil)

func (c *conn) CloseWrite() error       { return c.Conn.(*net.TCPConn).CloseWrite() }
func (c *conn) SetLinger(sec int) error { return c.Conn.(*net.TCPConn).SetLinger(sec) }
func (c *conn) SyscallConn() (syscall.RawConn, error) {
	return c.Conn.(*net.TCPConn).SyscallConn()
}
