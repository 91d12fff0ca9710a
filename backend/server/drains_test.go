package server_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"hearth/backend/server"
)

// A reader whose system has no room for all that is pending gets the rest later, frame for frame, and its answers between
// whole frames.
func TestReaderThatTakesLittleAtATimeGetsWholeFrames(t *testing.T) {
	h := openHubOn(t, func(c net.Conn) net.Conn {
		c.(*net.TCPConn).SetWriteBuffer(4 << 10) // so that few writes go at once
		return c
	})
	ada, _ := joined(t, h, "ada")
	_, cookie := joined(t, h, "bob")
	c := hello(t, h, "Cookie", cookie)
	c.conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	c.r.Reset(sips{c.conn})
	c.ok(1, `"op":"follow","topic":"room/lobby"`)

	const messages = 60
	written := make(chan struct{})
	go func() {
		defer close(written)
		for i := range messages {
			postAs(t, h, "lobby", ada.Face, fmt.Sprintf("%d %s", i, strings.Repeat("x", 9000)))
		}
	}()
	for i := range messages {
		if i%10 == 0 {
			c.say(fmt.Sprintf(`{"id":%d,"op":"ping"}`, 100+i))
		}
		want := fmt.Sprintf(`"text":"%d xxx`, i)
		for {
			text := c.text()
			if strings.Contains(text, `"kind":"message"`) {
				if !strings.Contains(text, want) {
					t.Fatalf("message %d: got %.200s", i, text)
				}
				break
			}
			if !strings.HasPrefix(text, `{"id":1`) {
				t.Fatalf("between messages: got %.200s", text)
			}
		}
	}
	<-written
}

// sips reads a little at a time.
type sips struct{ io.Reader }

func (s sips) Read(p []byte) (int, error) { return s.Reader.Read(p[:min(len(p), 1+rand.IntN(700))]) }

func TestSessionsWaitInTheOrderOfTheirBells(t *testing.T) {
	var q server.Queue
	var in, out int
	for round := range 200 {
		for range round % 37 {
			q.Push(in)
			in++
		}
		for range round % 31 {
			if got, ok := q.Pop(); ok != (out < in) || ok && got != out {
				t.Fatalf("got %d, %v, want %d of %d", got, ok, out, in)
			} else if ok {
				out++
			}
		}
	}
}
