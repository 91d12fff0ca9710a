package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// readBytes is how much is read at once: what a hub writes at once.
const readBytes = 64 << 10

// buffers are shared by all links: a link holds one only while it parses, so the few in use stay in the cache.
var buffers = sync.Pool{New: func() any { return new([readBytes]byte) }}

// link is one WebSocket connection to a hub, as thin as can be: the load must not be what is measured.
type link struct {
	conn    *net.TCPConn
	receive func(payload []byte) error // gets each text frame, which it must not keep; owned by read
	rest    []byte                     // the part of a frame that has come so far; owned by read
	bytes   atomic.Int64               // read in all
	reads   atomic.Int64               // it took
}

// dial connects by a door, as the peer of the cookie or, without one, as a program of this computer.
func dial(ctx context.Context, addr string, d door, room, cookie string) (*link, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	l := &link{conn: conn.(*net.TCPConn)}
	if err := l.shakeHands(addr, d.path(room), d.protocol, cookie); err != nil {
		conn.Close()
		return nil, fmt.Errorf("connect to ws://%s%s: %w", addr, d.path(room), err)
	}
	return l, nil
}

func (l *link) shakeHands(addr, path, protocol, cookie string) error {
	l.conn.SetDeadline(time.Now().Add(startPatience))
	defer l.conn.SetDeadline(time.Time{})
	var key [16]byte
	rand.Read(key[:])
	more := ""
	if protocol != "" {
		more += "Sec-WebSocket-Protocol: " + protocol + "\r\n"
	}
	if cookie != "" {
		more += "Cookie: " + cookie + "\r\n"
	}
	_, err := fmt.Fprintf(l.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n",
		path, addr, base64.StdEncoding.EncodeToString(key[:]), more)
	if err != nil {
		return err
	}
	buffered := bufio.NewReader(l.conn)
	response, err := http.ReadResponse(buffered, nil)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		return fmt.Errorf("%s: %s", response.Status, bytes.TrimSpace(body))
	}
	l.rest = make([]byte, buffered.Buffered())
	_, err = io.ReadFull(buffered, l.rest)
	return err
}

// send writes one command.
func (l *link) send(command []byte) error {
	_, err := l.conn.Write(appendFrame(nil, opText, command))
	return err
}

// parse takes all whole frames off b, keeps what is left, and returns receive's error.
func (l *link) parse(b []byte) error {
	for {
		op, payload, rest, ok := nextFrame(b)
		if !ok {
			l.rest = append(l.rest[:0], b...)
			return nil
		}
		b = rest
		switch op {
		case opText:
			if err := l.receive(payload); err != nil {
				return err
			}
		case opPing:
			if _, err := l.conn.Write(appendFrame(nil, opPong, payload)); err != nil {
				return err
			}
		case opClose:
			return fmt.Errorf("the hub closed the connection: %s", payload[min(2, len(payload)):])
		}
	}
}

var errHubGone = errors.New("the hub ended the connection")
