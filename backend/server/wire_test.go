package server_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hearth/backend/server"
)

// listener wraps each connection that comes in.
type listener struct {
	net.Listener
	wrap func(net.Conn) net.Conn
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.wrap(c), nil
}

// counted counts the writes on a connection.
type counted struct {
	net.Conn
	writes *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// choppy writes a few bytes at a time, and lets others run in between: what is not locked gets torn.
type choppy struct{ net.Conn }

func (c choppy) Write(p []byte) (n int, err error) {
	for n < len(p) {
		k, err := c.Conn.Write(p[n:min(n+97, len(p))])
		n += k
		if err != nil {
			return n, err
		}
		runtime.Gosched()
	}
	return n, nil
}

func TestWhatIsPendingGoesOutInFewWrites(t *testing.T) {
	var writes atomic.Int64
	h := openHubOn(t, func(c net.Conn) net.Conn { return counted{c, &writes} })
	ada, cookie := joined(t, h, "ada")
	const entries = 300
	size := 0
	for i := range entries {
		size += len(postAs(t, h, "lobby", ada.Face, fmt.Sprintf("message %d", i)).Frame)
	}
	c := hello(t, h, "Cookie", cookie)
	before := writes.Load()
	c.say(`{"id":1,"op":"follow","topic":"room/lobby","last":1000}`)
	for range 1 + entries {
		c.envelope()
	}
	// The answer may go out by itself; a write takes at most 16 KiB.
	got, most := writes.Load()-before, int64(2+size/(16<<10)+1)
	if got > most {
		t.Errorf("%d entries of %d bytes took %d writes, want at most %d", entries, size, got, most)
	}
}

// Pings and commands keep coming in while entries go out: each frame of the answers must stay whole. The client checks
// every header it reads.
func TestControlFramesDoNotTearData(t *testing.T) {
	h := openHubOn(t, func(c net.Conn) net.Conn { return choppy{c} }, func(d *server.Deps) {
		d.Limits.PeerRate = server.Rate{PerSecond: server.Unlimited}
	})
	ada, cookie := joined(t, h, "ada")
	c := hello(t, h, "Cookie", cookie)
	c.ok(1, `"op":"follow","topic":"room/lobby"`)
	const entries, pings, commands = 300, 20, 100
	var sending sync.WaitGroup
	sending.Go(func() {
		for i := range entries {
			postAs(t, h, "lobby", ada.Face, strings.Repeat("x", 1+i*7))
		}
	})
	sending.Go(func() {
		for i := range commands {
			if i%(commands/pings) == 0 {
				c.send(opPing, binary.BigEndian.AppendUint32(make([]byte, 100), uint32(i)))
			}
			c.say(fmt.Sprintf(`{"id":%d,"op":"ping"}`, 100+i))
		}
	})
	got := map[byte]int{}
	for range entries + pings + commands {
		f, err := c.next()
		if err != nil {
			t.Fatalf("after %v: %v", got, err)
		}
		got[f.op]++
	}
	sending.Wait()
	if got[opText] != entries+commands || got[opPong] != pings {
		t.Errorf("got %d texts and %d pongs, want %d and %d", got[opText], got[opPong], entries+commands, pings)
	}
	// The library's own frames share the lock: its answer to our close comes whole, and last.
	sending.Go(func() {
		for range entries {
			postAs(t, h, "lobby", ada.Face, strings.Repeat("x", 1000))
		}
	})
	c.send(opClose, binary.BigEndian.AppendUint16(nil, 1000))
	if code, _ := c.closed(); code != 1000 {
		t.Errorf("our close was answered with %d, want 1000", code)
	}
	if f, err := c.next(); err == nil {
		t.Errorf("after the close frame came %v", f)
	}
	sending.Wait()
}
