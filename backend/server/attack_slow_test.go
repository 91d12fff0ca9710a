package server_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// crowdOf opens that many connections; part says what each begins with. They are closed when the attack is over.
func crowdOf(t *testing.T, h *hub, n int, part func(i int) string) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = connect(t, h)
		if _, err := io.WriteString(conns[i], part(i)); err != nil {
			t.Error(err)
		}
	}
	return conns
}

// drip sends one more byte on each connection now and then, until all of them have been closed by the hub. It returns what
// came on each.
func drip(t *testing.T, k *talk, conns []net.Conn, drop string) []string {
	t.Helper()
	came := make([]string, len(conns))
	var open sync.WaitGroup
	for i, conn := range conns {
		conn.SetReadDeadline(time.Now().Add(patience))
		open.Go(func() {
			defer conn.Close()
			got, err := io.ReadAll(conn)
			if wait, ok := err.(net.Error); ok && wait.Timeout() {
				t.Errorf("connection %d is still open after %v", i, patience)
			}
			came[i] = string(got)
		})
	}
	over := make(chan struct{})
	go func() { open.Wait(); close(over) }()
	k.goesOn(t, over)
	for tick := time.NewTicker(500 * time.Millisecond); ; {
		select {
		case <-over:
			tick.Stop()
			return came
		case <-tick.C:
			for _, conn := range conns {
				io.WriteString(conn, drop) // those that the hub has closed take none
			}
		}
	}
}

// Five hundred clients begin a request, or do not even begin, and never finish its head.
func slowHeads(t *testing.T, h *hub, k *talk) {
	beginnings := []string{"", "G", "GET /ws HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "}
	conns := crowdOf(t, h, 500, func(i int) string { return beginnings[i%len(beginnings)] })
	for i, got := range drip(t, k, conns, "a") {
		if got != "" && !strings.HasPrefix(got, "HTTP/1.1 400") {
			t.Errorf("half a head that begins with %q was answered with %.100q", beginnings[i%len(beginnings)], got)
		}
	}
}

// A hundred clients send bodies that do not end, to where they are read and to where they are not.
func slowBodies(t *testing.T, h *hub, k *talk) {
	targets := []struct{ path, want string }{
		{"/api/join", "HTTP/1.1 400"}, {"/chat/lobby", "HTTP/1.1 400"}, {"/backups", "HTTP/1.1 400"},
		{"/api/leave", "HTTP/1.1 204"}, {"/no/such/path", "HTTP/1.1 404"},
	}
	conns := crowdOf(t, h, 100, func(i int) string {
		return "POST " + targets[i%len(targets)].path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000\r\n\r\n{"
	})
	for i, got := range drip(t, k, conns, " ") {
		if target := targets[i%len(targets)]; !strings.HasPrefix(got, target.want) {
			t.Errorf("half a body to %s was answered with %.100q, want %s", target.path, got, target.want)
		}
	}
}

// A hundred strangers open a socket and do not say who they are.
func strangersWithoutAWord(t *testing.T, h *hub, k *talk) {
	var all sync.WaitGroup
	over := make(chan struct{})
	for i := range 100 {
		c, res := shake(t, connect(t, h), h, "/ws", "Sec-Fetch-Site", "same-origin", "Sec-WebSocket-Protocol", "hearth.v1")
		if res.StatusCode != http.StatusSwitchingProtocols {
			t.Errorf("stranger %d: %s", i, res.Status)
		}
		all.Go(func() {
			defer c.conn.Close()
			c.wantClosed(4001)
		})
	}
	go func() { all.Wait(); close(over) }()
	k.goesOn(t, over)
	<-over
}

// Three hundred connections come and go without a word, in the middle of a handshake, and in the middle of a frame.
func slamDoors(t *testing.T, h *hub, _ *talk) {
	_, cookie := joined(t, h, "eve")
	for i := range 300 {
		endings[i%len(endings)](t, h, cookie)
	}
}

const stalled = "a-long-room" // as long as takes to fill what the system holds for somebody who does not read

func prepareStall(t *testing.T, h *hub) {
	t.Helper()
	eve, _ := joined(t, h, "eve")
	for range 64 {
		postAs(t, h, stalled, eve.Face, strings.Repeat("x", 16<<10))
	}
}

// Readers of all kinds ask for much, and take nothing of it.
func takeNothing(t *testing.T, h *hub, k *talk) {
	_, cookie := joined(t, h, "eve")
	var all sync.WaitGroup
	over := make(chan struct{})
	for i := range 9 {
		conn := connect(t, h)
		conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		if i%3 == 0 {
			c, _ := shake(t, conn, h, "/ws", "Cookie", cookie, "Sec-WebSocket-Protocol", "hearth.v1")
			c.say(`{"id":1,"op":"follow","topic":"room/` + stalled + `","last":64}`)
		} else {
			accept := []string{"application/x-ndjson", "text/event-stream"}[i%2]
			fmt.Fprintf(conn, "GET /api/topics/room/%s?last=64&follow=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\nAccept: %s\r\n\r\n",
				stalled, cookie, accept)
		}
		all.Go(func() { wantCut(t, conn, maskedFrame(0x80|opPing, nil)) })
	}
	go func() { all.Wait(); close(over) }()
	k.goesOn(t, over)
	<-over
}

// Clients that ask without end and take no answers.
func takeNoAnswers(t *testing.T, h *hub, k *talk) {
	_, cookie := joined(t, h, "eve")
	questions := strings.Repeat(string(maskedFrame(0x80|opText, []byte(`{"id":1,"op":"?"}`))), 1000)
	var all sync.WaitGroup
	over := make(chan struct{})
	for range 8 {
		c, _ := shake(t, connect(t, h), h, "/ws", "Cookie", cookie, "Sec-WebSocket-Protocol", "hearth.v1")
		c.conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		all.Go(func() { wantCut(t, c.conn, []byte(questions)) })
	}
	go func() { all.Wait(); close(over) }()
	k.goesOn(t, over)
	<-over
}

// wantCut goes on sending words, and fails the test unless the hub cuts the connection.
func wantCut(t *testing.T, conn net.Conn, words []byte) {
	t.Helper()
	defer conn.Close()
	conn.SetWriteDeadline(time.Now().Add(patience))
	for tick := time.NewTicker(100 * time.Millisecond); ; <-tick.C {
		_, err := conn.Write(words)
		if wait, ok := err.(net.Error); ok && wait.Timeout() {
			t.Error("somebody who takes nothing is still connected")
		}
		if err != nil {
			tick.Stop()
			return
		}
	}
}

// Somebody who belongs here writes five hundred messages at once: those beyond the rate are refused, and those of others are
// not.
func flood(t *testing.T, h *hub, _ *talk) {
	_, cookie := joined(t, h, "eve")
	c, _ := shake(t, connect(t, h), h, "/ws", "Cookie", cookie, "Sec-WebSocket-Protocol", "hearth.v1")
	defer c.conn.Close()
	const messages = 500
	c.conn.Write([]byte(strings.Repeat(string(maskedFrame(0x80|opText, []byte(`{"id":1,"op":"post","room":"shouting","text":"ME"}`))), messages)))
	taken, refused := 0, 0
	for range messages {
		switch e := c.envelope(); {
		case e.Error == nil:
			taken++
		case e.Error.Code == "rate_limited" && e.Error.RetryAfter > 0:
			refused++
		default:
			t.Errorf("flooding was answered with %+v", e.Error)
		}
	}
	if taken < 30 || refused == 0 {
		t.Errorf("of %d messages at once %d were taken and %d refused", messages, taken, refused)
	}
}
