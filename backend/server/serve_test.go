package server_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A hub that is told to end while it starts may close its server before it serves: that is no error.
func TestServingAfterCloseEndsInPeace(t *testing.T) {
	h := newHub(t)
	h.close(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Serve(context.Background(), l); err != nil {
		t.Errorf("got %v, want nothing to complain of", err)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("the listener is still open")
	}
}

// pausing stops where the hub takes the connection over from net/http, whose own call is the first.
type pausing struct {
	net.Conn
	calls  *atomic.Int32
	paused chan struct{} // closed when it stops
	goOn   chan struct{} // to be closed
}

func (c pausing) SetDeadline(d time.Time) error {
	if c.calls.Add(1) == 2 {
		close(c.paused)
		<-c.goOn
	}
	return c.Conn.SetDeadline(d)
}

// Between its handshake and its first frame a socket belongs to nobody but its handler. Close waits for it all the same:
// whoever closes the hub closes the log after it.
func TestCloseWaitsForASocketThatIsJustOpening(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		near, far := net.Pipe()
		conn := pausing{far, new(atomic.Int32), make(chan struct{}), make(chan struct{})}
		opened := make(chan *client)
		go func() {
			c, _ := shake(t, near, b.hub, "/ws", "Sec-WebSocket-Protocol", "hearth.v1", "Cookie", b.cookie)
			opened <- c
		}()
		b.pipes.come <- conn
		<-conn.paused
		closed := make(chan struct{})
		go func() {
			b.close(t)
			close(closed)
		}()
		synctest.Wait()
		select {
		case <-closed:
			t.Error("the hub says that it is closed while a socket opens")
		default:
		}
		close(conn.goOn)
		c := <-opened
		c.wantEnd(1001)
		<-closed
	})
}
