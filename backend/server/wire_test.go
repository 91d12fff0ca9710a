package server_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
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

// halting stops in the middle of the first large write and waits until the client's next words were read and all had time
// to act on them. Then it goes on, or fails there, as a write does whose reader took a part in time and no more.
type halting struct {
	net.Conn
	t     *testing.T
	fails bool

	stopped chan struct{} // closed halfway
	heard   chan struct{} // closed when something was read after that
	state   atomic.Int32  // one of the constants below
}

const (
	before = iota
	halfway
	wentOn
	failed
)

func (c *halting) Write(p []byte) (int, error) {
	switch {
	case c.state.Load() == halfway || c.state.Load() == failed:
		c.t.Errorf("%d bytes were written behind half a frame: %.20x", len(p), p)
	case len(p) > 1000 && c.state.CompareAndSwap(before, halfway):
		return c.halt(p)
	}
	return c.Conn.Write(p)
}

func (c *halting) halt(p []byte) (int, error) {
	n, err := c.Conn.Write(p[:len(p)/2])
	if err != nil {
		return n, err
	}
	close(c.stopped)
	<-c.heard
	for range 10_000 { // who does not wait for us writes now
		runtime.Gosched()
	}
	if c.fails {
		c.state.Store(failed)
		return n, os.ErrDeadlineExceeded
	}
	c.state.Store(wentOn)
	rest, err := c.Conn.Write(p[n:])
	return n + rest, err
}

func (c *halting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.state.Load() == halfway {
		select {
		case <-c.heard:
		default:
			close(c.heard)
		}
	}
	return n, err
}

// halfSent returns a client to whom half a message was sent. fails says how the write ends that sends it.
func halfSent(t *testing.T, fails bool) *client {
	t.Helper()
	conn := &halting{t: t, fails: fails, stopped: make(chan struct{}), heard: make(chan struct{})}
	h := openHubOn(t, func(c net.Conn) net.Conn { conn.Conn = c; return conn })
	ada, cookie := joined(t, h, "ada")
	c := hello(t, h, "Cookie", cookie)
	c.ok(1, `"op":"follow","topic":"room/lobby"`)
	postAs(t, h, "lobby", ada.Face, strings.Repeat("x", 5000))
	<-conn.stopped
	return c
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
}

// What the library writes by itself, the answer to a close frame, waits for the rest of a frame of ours.
func TestTheAnswerToACloseDoesNotTearAFrame(t *testing.T) {
	c := halfSent(t, false)
	c.send(opClose, binary.BigEndian.AppendUint16(nil, 1000))
	if e := c.envelope(); textIn(t, e) != strings.Repeat("x", 5000) {
		t.Errorf("the message came as %.100s", e.Data)
	}
	c.wantEnd(1000)
}

// A write that would have to wait is cut short by the system, anywhere. What comes next, ours or the library's, comes after
// the rest of it.
func TestTheRestOfACutWriteGoesFirst(t *testing.T) {
	h := openHubOn(t, narrow)
	ada, cookie := joined(t, h, "ada")
	for round := range 2 {
		c := hello(t, h, "Cookie", cookie)
		if err := c.conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		c.ok(1, `"op":"follow","topic":"room/lobby"`)
		first := h.position(t, "room/lobby").Seq + 1
		for range 30 { // much more than the system holds for a client that does not read
			postAs(t, h, "lobby", ada.Face, strings.Repeat("x", 5000))
		}
		c.send(opPing, []byte("still there?"))
		c.send(opClose, binary.BigEndian.AppendUint16(nil, 1000))
		for seq := first; ; {
			f, err := c.next()
			if err != nil {
				t.Fatalf("round %d: after %d messages: %v", round, seq-first, err)
			}
			if f.op == opClose {
				break
			}
			if f.op != opText {
				continue
			}
			if e := into[envelope](t, string(f.payload)); e.Seq != seq || textIn(t, e) != strings.Repeat("x", 5000) {
				t.Fatalf("round %d: got %.100s, want message %d whole", round, f.payload, seq)
			}
			seq++
		}
		if f, err := c.next(); err != io.EOF {
			t.Errorf("round %d: after the close frame came %v, %v; want the end", round, f, err)
		}
	}
}

// When a write ended in the middle of a frame, nothing can follow it: the client would take it for the rest.
func TestNothingFollowsHalfAFrame(t *testing.T) {
	for name, words := range map[string][]byte{
		"close":   maskedFrame(0x80|opClose, binary.BigEndian.AppendUint16(nil, 1000)),
		"ping":    maskedFrame(0x80|opPing, nil),
		"command": maskedFrame(0x80|opText, []byte(`{"id":2,"op":"ping"}`)),
		"binary":  maskedFrame(0x80|opBinary, nil),
	} {
		t.Run(name, func(t *testing.T) {
			c := halfSent(t, true)
			if _, err := c.conn.Write(words); err != nil {
				t.Fatal(err)
			}
			if f, err := c.next(); err == nil {
				t.Errorf("got the whole of %.50v, want half of it", f)
			}
		})
	}
}

// A connection that is closed while something unread comes in is reset, and with it goes what was on its way out. The
// client here takes nothing until it has sent a message that ends the session, and many pings after it.
func TestClosingWithPingsInFlightLosesNothing(t *testing.T) {
	const answers = 300
	for round := range 5 {
		h := openHubOn(t, narrow)
		_, cookie := joined(t, h, "ada")
		c := hello(t, h, "Cookie", cookie)
		if err := c.conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		var words []byte
		for i := range answers {
			words = append(words, maskedFrame(0x80|opText, fmt.Appendf(nil, `{"id":%d,"op":"dance"}`, i))...)
		}
		words = append(words, maskedFrame(0x80|opBinary, nil)...)
		for range 200 {
			words = append(words, maskedFrame(0x80|opPing, []byte("still there?"))...)
		}
		if _, err := c.conn.Write(words); err != nil {
			t.Fatal(err)
		}
		for i := range answers {
			if e := c.envelope(); e.ID == nil || *e.ID != i {
				t.Fatalf("round %d: got %+v, want answer %d", round, e, i)
			}
		}
		c.wantEnd(1003)
	}
}

// narrow keeps the system from taking much that nobody reads.
func narrow(c net.Conn) net.Conn {
	c.(*net.TCPConn).SetWriteBuffer(4 << 10)
	return c
}

// wantEnd fails the test unless a close frame with that code comes next, and then an orderly end.
func (c *client) wantEnd(code int) {
	c.t.Helper()
	f, err := c.next()
	if err != nil || f.op != opClose || int(binary.BigEndian.Uint16(f.payload)) != code {
		c.t.Fatalf("got %v, %v; want close %d", f, err, code)
	}
	if f, err := c.next(); err != io.EOF {
		c.t.Errorf("after the close frame came %v, %v; want the end", f, err)
	}
}
