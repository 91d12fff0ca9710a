package server_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"hearth/backend/server"
)

// endings are the ways in which a connection comes and goes.
var endings = []func(t *testing.T, h *hub, cookie string){
	func(t *testing.T, h *hub, cookie string) { // polite
		c := following(t, h, cookie)
		c.send(opClose, binary.BigEndian.AppendUint16(nil, 1000))
		c.closed()
		c.conn.Close()
	},
	func(t *testing.T, h *hub, cookie string) { // the phone is out of reach
		cut(following(t, h, cookie).conn)
	},
	func(t *testing.T, h *hub, cookie string) { // in the middle of a message
		c := following(t, h, cookie)
		c.conn.Write(maskedFrame(0x80|opText, []byte(`{"id":9,"op":"ping"}`))[:9])
		cut(c.conn)
	},
	func(t *testing.T, h *hub, cookie string) { // thrown out
		c := following(t, h, cookie)
		c.send(opBinary, []byte("x"))
		c.wantClosed(1003)
		c.conn.Close()
	},
	func(t *testing.T, h *hub, _ string) { // refused: nobody may open that
		c, res := shake(t, connect(t, h), h, "/chat/UPPER")
		if res.StatusCode != 400 {
			t.Errorf("got %s, want 400", res.Status)
		}
		c.conn.Close()
	},
	func(t *testing.T, h *hub, _ string) { // in the middle of a handshake
		conn := connect(t, h)
		io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: web")
		cut(conn)
	},
	func(t *testing.T, h *hub, cookie string) { // a stream over HTTP
		conn := connect(t, h)
		io.WriteString(conn, "GET /api/topics/room/lobby?last=1&follow=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: "+cookie+"\r\n\r\n")
		if n, err := conn.Read(make([]byte, 1)); n == 0 {
			t.Error(err)
		}
		cut(conn)
	},
}

// following opens a session that follows two topics and has got something.
func following(t *testing.T, h *hub, cookie string) *client {
	t.Helper()
	c, res := shake(t, connect(t, h), h, "/ws", "Cookie", cookie, "Sec-WebSocket-Protocol", "hearth.v1")
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %s", res.Status)
	}
	c.ok(1, `"op":"follow","topic":"list/rooms"`)
	c.ok(2, `"op":"follow","topic":"room/lobby","last":1`)
	c.envelope()
	return c
}

// connect is like net.Dial, and does not wait for the end of the test to close.
func connect(t *testing.T, h *hub) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// cut ends a connection without a word.
func cut(conn net.Conn) {
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// A hub runs for months while phones come and go: what they opened must not stay.
func TestTenThousandConnectionsLeaveNothing(t *testing.T) {
	total := 10_000
	if testing.Short() {
		total = 700
	}
	h := openHub(t, func(d *server.Deps) { d.Limits.PerPeer = server.Unlimited })
	ada, cookie := joined(t, h, "ada")
	postAs(t, h, "lobby", ada.Face, "hi")
	if n := sessions(t, h); n != 0 {
		t.Fatalf("%d sessions in a new hub", n)
	}
	goroutines := runtime.NumGoroutine() + 1 // the pinger starts with the first session and stays
	come(t, h, cookie, 10*len(endings))      // whatever is made once is made
	settle(t, h, func() bool { return runtime.NumGoroutine() <= goroutines })
	files, bytes := openFiles(), heap()

	come(t, h, cookie, total)
	settle(t, h, func() bool { return runtime.NumGoroutine() <= goroutines && openFiles() <= files })
	if grown := heap() - bytes; grown > total*100 {
		t.Errorf("%d connections leave %d bytes", total, grown)
	}
}

// come lets that many connections come and go in every way, a few at a time.
func come(t *testing.T, h *hub, cookie string, total int) {
	t.Helper()
	const atOnce = 8
	t.Run("come", func(t *testing.T) {
		for first := range atOnce {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for i := first; i < total; i += atOnce {
					endings[i%len(endings)](t, h, cookie)
				}
			})
		}
	})
}

// openFiles counts this process's descriptors, the hub's and its clients'; where the system does not say it is 0.
func openFiles() int {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(open)
}

// sessions returns how many sessions and streams the hub counts.
func sessions(t *testing.T, h *hub) int {
	t.Helper()
	return into[struct{ Sessions int }](t, call(t, "GET", h.url+"/api/status", "", "Authorization", "Bearer "+adminToken).body).Sessions
}

// settle waits until the hub has no session and done holds.
func settle(t *testing.T, h *hub, done func() bool) {
	t.Helper()
	h.eventually(t, "the hub comes to rest", func() bool { return sessions(t, h) == 0 && done() })
}
