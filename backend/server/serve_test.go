package server_test

import (
	"context"
	"net"
	"testing"
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
