package server_test

import (
	"net"
	"net/netip"
	"testing"

	"hearth/backend/server"
)

// A socket that its process has closed is reported by the kernel as root's: it must not count as anybody's.
func TestOnlyAnOpenSocketHasAnOwner(t *testing.T) {
	for _, network := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", network)
		if err != nil {
			t.Logf("this machine has no %s: %v", network, err)
			continue
		}
		defer l.Close()
		far, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close()
		near, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer near.Close()
		address := func(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }
		if own, err := server.OwnSocket(address(near.LocalAddr()), address(near.RemoteAddr())); err != nil || !own {
			t.Errorf("%s: an open socket of ours: got %v %v", network, own, err)
		}
		other := netip.AddrPortFrom(address(near.RemoteAddr()).Addr(), 1)
		if own, err := server.OwnSocket(address(near.LocalAddr()), other); err == nil || own {
			t.Errorf("%s: nobody's address: got %v %v", network, own, err)
		}
		if own, err := server.OwnSocket(address(l.Addr()), address(l.Addr())); err == nil || own {
			t.Errorf("%s: a listening socket: got %v %v", network, own, err)
		}
		far.Close()
		if own, err := server.OwnSocket(address(near.LocalAddr()), address(near.RemoteAddr())); err == nil || own {
			t.Errorf("%s: a closed socket: got %v %v", network, own, err)
		}
	}
}
