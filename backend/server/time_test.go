package server_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/server"
)

// The tests of this file run in a bubble whose clock jumps, over connections in memory.

// pipes is a listener whose connections are in memory. Nothing is buffered: a write waits for its reader.
type pipes struct {
	come   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.come:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7420} }

// bubble runs f with a hub in a bubble, where ada has joined.
func bubble(t *testing.T, f func(t *testing.T, b *bubbled)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bubbled{pipes: &pipes{come: make(chan net.Conn), closed: make(chan struct{})}}
		b.hub = newHub(t, func(d *server.Deps) { d.Limits.PerPeer = server.Unlimited })
		b.serve(t, b.pipes)
		_, b.cookie = joined(t, b.hub, "ada")
		f(t, b)
	})
}

type bubbled struct {
	*hub
	pipes  *pipes
	cookie string
}

func (b *bubbled) connect(t *testing.T) net.Conn {
	t.Helper()
	near, far := net.Pipe()
	b.pipes.come <- far
	t.Cleanup(func() { near.Close() })
	return near
}

// dial opens /ws as ada, or as a stranger if cookie is "".
func (b *bubbled) dial(t *testing.T, cookie string) *client {
	t.Helper()
	headers := []string{"Sec-WebSocket-Protocol", "hearth.v1"}
	if cookie != "" {
		headers = append(headers, "Cookie", cookie)
	}
	c, res := shake(t, b.connect(t), b.hub, "/ws", headers...)
	if res.StatusCode != 101 {
		t.Fatalf("handshake: %d", res.StatusCode)
	}
	c.patience = time.Hour
	return c
}

// goroutines counts those of the bubble that runs, once they have come to rest.
func goroutines() int {
	synctest.Wait()
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return strings.Count(string(stacks), ", synctest bubble")
}

// ends waits for the end of the connection without a close frame and returns how long it took.
func (c *client) ends() time.Duration {
	c.t.Helper()
	start := time.Now()
	for {
		f, err := c.next()
		if err != nil {
			return time.Since(start)
		}
		if f.op == opClose {
			c.t.Fatalf("got %v, want an end without a word", f)
		}
	}
}

func TestAnIdleSessionIsOneGoroutine(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		b.dial(t, b.cookie).ok(1, `"op":"ping"`) // the pinger runs from now on
		before := goroutines()
		const sessions = 50
		var open []*client
		for i := range sessions {
			c := b.dial(t, b.cookie)
			c.ok(1, `"op":"follow","topic":"room/lobby"`)
			c.ok(2, `"op":"follow","topic":"list/rooms","last":100`)
			open = append(open, c)
			if i == 0 {
				c.text() // the lobby, in list/rooms
			}
		}
		for _, c := range open[1:] {
			c.text()
		}
		if got := goroutines() - before; got != sessions {
			t.Errorf("%d idle sessions are %d goroutines", sessions, got)
		}
		for _, c := range open {
			c.conn.Close()
		}
		if got := goroutines() - before; got != 0 {
			t.Errorf("%d goroutines are left of sessions that have ended", got)
		}
	})
}

func TestPingsComeEvery25Seconds(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		c := b.dial(t, b.cookie)
		var last time.Time
		for i := range 20 {
			f, err := c.next()
			if err != nil || f.op != opPing {
				t.Fatalf("got %v %v, want a ping", f, err)
			}
			if passed := time.Since(last); i > 0 && passed != 25*time.Second {
				t.Errorf("ping %d came after %v, want 25 s", i, passed)
			}
			last = time.Now()
			c.send(opPong, f.payload)
		}
		c.ok(1, `"op":"ping"`)
	})
}

func TestWhoAnswersNoPingIsDropped(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		c := b.dial(t, b.cookie)
		if took := c.ends(); took < 60*time.Second || took > 110*time.Second {
			t.Errorf("dropped after %v, want 60 s after a ping", took)
		}
	})
}

// What was taken of a topic and not written yet is not written after the answer that ends or moves the following of it.
func TestEntriesOfAnEarlierFollowDoNotComeAfterALaterAnswer(t *testing.T) {
	for _, command := range []string{
		`{"id":2,"op":"leave","topic":"room/lobby"}`,
		`{"id":2,"op":"follow","topic":"room/lobby"}`,
	} {
		bubble(t, func(t *testing.T, b *bubbled) {
			ada := b.peers.All()[0]
			for range 40 {
				postAs(t, b.hub, "lobby", ada, strings.Repeat("x", 5000))
			}
			c := b.dial(t, b.cookie)
			c.say(`{"id":1,"op":"follow","topic":"room/lobby","last":40}`)
			synctest.Wait() // more is pending than one write takes
			c.say(command)
			synctest.Wait()
			before := 0
			for e := c.envelope(); e.ID == nil || *e.ID != 2; e = c.envelope() {
				before++
			}
			if before == 0 || before >= 40 {
				t.Fatalf("%d entries came before the answer; need some, not all, for this test to mean anything", before)
			}
			c.say(`{"id":3,"op":"ping"}`)
			if e := c.envelope(); e.ID == nil || *e.ID != 3 {
				t.Errorf("%s: after its answer came entry %d", command, e.Seq)
			}
		})
	}
}

func TestAStrangerHasFiveSeconds(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		for name, begin := range map[string]func(c *client){
			"says nothing": func(*client) {},
			"only pings":   func(c *client) { c.send(opPing, nil) },
			"half a frame": func(c *client) { c.conn.Write([]byte{0x81, 0xFE}) },
			"half a hello": func(c *client) { c.conn.Write(maskedFrame(0x80|opText, []byte(`{"id":1,"op":"hello"}`))[:12]) },
		} {
			c := b.dial(t, "")
			start := time.Now()
			begin(c)
			if code, _ := c.closed(); code != 4001 || time.Since(start) != 5*time.Second {
				t.Errorf("%s: closed with %d after %v, want 4001 after 5 s", name, code, time.Since(start))
			}
		}
	})
}

func TestAMessageHasTenSeconds(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		c := b.dial(t, b.cookie)
		if f, err := c.next(); err != nil || f.op != opPing { // time passes: the message counts from its first byte
			t.Fatalf("got %v %v, want a ping", f, err)
		}
		time.Sleep(9 * time.Second)
		go c.conn.Write(maskedFrame(0x80|opText, []byte(strings.Repeat("x", 1000)))[:500])
		start := time.Now()
		if code, _ := c.closed(); code != 1008 || time.Since(start) != 10*time.Second {
			t.Errorf("closed with %d after %v, want 1008 after 10 s", code, time.Since(start))
		}
		if took := c.ends(); took > 3*time.Second {
			t.Errorf("the connection ended %v after the close frame, want at most 3 s", took)
		}
	})
}

func TestTooManyPingsClose(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		c := b.dial(t, b.cookie)
		for range 40 { // ten a second are fine
			c.send(opPing, []byte("x"))
			f, err := c.next()
			if f.op == opPing { // the hub's own
				f, err = c.next()
			}
			if err != nil || f.op != opPong {
				t.Fatalf("got %v %v, want a pong", f, err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		go func() {
			for range 100 {
				c.conn.Write(maskedFrame(0x80|opPing, nil))
			}
		}()
		if code, _ := c.closed(); code != 1008 {
			t.Errorf("closed with %d, want 1008", code)
		}
		c.send(opClose, binary.BigEndian.AppendUint16(nil, 1008))
		for {
			if _, err := c.next(); err != nil {
				break
			}
		}
	})
}

func TestPostsHaveARate(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		c, second := b.dial(t, b.cookie), b.dial(t, b.cookie)
		post := `"op":"post","room":"lobby","text":"hi"`
		for i := range 30 {
			c.ok(i, post)
		}
		e := second.do(1, post) // both sessions are ada's
		if e.Error == nil || e.Error.Code != "rate_limited" || e.Error.RetryAfter != 1 {
			t.Fatalf("the 31st: got %+v, want rate_limited", e.Error)
		}
		time.Sleep(time.Second)
		for i := range 10 {
			c.ok(100+i, post)
		}
		if got := c.refused(200, post); got != "rate_limited" {
			t.Errorf("the 11th of a second: got %s", got)
		}
	})
}

func TestClosingSaysGoodbyeToAllAndCutsOffTheDeaf(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		polite, deaf := b.dial(t, b.cookie), b.dial(t, b.cookie)
		polite.ok(1, `"op":"ping"`) // both have come in
		deaf.ok(1, `"op":"ping"`)
		start := time.Now()
		closed := make(chan struct{})
		go func() { b.close(t); close(closed) }()
		polite.wantClosed(1001)
		if took := time.Since(start); took != 0 {
			t.Errorf("goodbye came after %v", took)
		}
		<-closed
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("closing with a deaf client took %v, want 3 s", took)
		}
		b.pipes.once.Do(func() { t.Error("the listener is still open") })
	})
}

func TestAnAnswerToAHeadTakesFiveSecondsAtMost(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		conn := b.connect(t)
		start := time.Now()
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
		if _, err := io.ReadAll(conn); err != nil || time.Since(start) != 5*time.Second {
			t.Errorf("closed after %v with %v, want 5 s", time.Since(start), err)
		}
	})
}

// A body has ten seconds, whether or not anybody reads it: net/http waits for the rest before it lets an answer out.
func TestABodyHasTenSeconds(t *testing.T) {
	for path, want := range map[string]string{
		"/api/join":   "HTTP/1.1 400",
		"/api/leave":  "HTTP/1.1 204",
		"/no/such/at": "HTTP/1.1 404",
	} {
		bubble(t, func(t *testing.T, b *bubbled) {
			conn := b.connect(t)
			start := time.Now()
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{", path)
			go func() { // the rest comes, but too slowly
				for {
					time.Sleep(time.Second)
					if _, err := conn.Write([]byte(" ")); err != nil {
						return
					}
				}
			}()
			conn.SetReadDeadline(start.Add(time.Hour))
			got, err := io.ReadAll(conn)
			conn.Close()
			if err != nil || !strings.HasPrefix(string(got), want) || time.Since(start) > 11*time.Second {
				t.Errorf("POST %s: got %.100q, %v after %v; want %s after 10 s", path, got, err, time.Since(start), want)
			}
			time.Sleep(2 * time.Second) // the writer sees the end
		})
	}
}
