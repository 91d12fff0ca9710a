package server_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"

	"hearth/backend/server"
)

// afar is a connection that seems to come from another device.
type afar struct {
	net.Conn
	from string
}

func (c afar) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.from)) }

// comingFrom is a hub whose connections come from these addresses, one after the other; the last one is for all others.
func comingFrom(t *testing.T, addresses *[]string, change ...func(*server.Deps)) *hub {
	t.Helper()
	var mu sync.Mutex
	return openHubOn(t, func(c net.Conn) net.Conn {
		mu.Lock()
		defer mu.Unlock()
		from := (*addresses)[0]
		if len(*addresses) > 1 {
			*addresses = (*addresses)[1:]
		}
		return afar{c, from}
	}, change...)
}

// answered reports whether a new connection is.
func answered(t *testing.T, h *hub) bool {
	t.Helper()
	conn := connect(t, h)
	defer conn.Close()
	return asks(t, conn)
}

// asks reports whether a request on a connection is answered.
func asks(t *testing.T, conn net.Conn) bool {
	t.Helper()
	fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	got := make([]byte, 12)
	_, err := io.ReadFull(conn, got)
	return err == nil && string(got) == "HTTP/1.1 200"
}

// A device that opens connections and keeps them takes none away from others, and gets its own back when it closes them.
func TestADeviceHasOnlySoManyConnections(t *testing.T) {
	const most = 256
	for name, c := range map[string]struct {
		many, other string
		proxies     string
		stays       bool
	}{
		"by IPv4":            {many: "192.168.1.20:%d", other: "192.168.1.21:1"},
		"by IPv6":            {many: "[fd00::1:%x]:1", other: "[fd00:0:0:1::1]:1"},
		"by a trusted proxy": {many: "192.168.1.20:%d", other: "192.168.1.21:1", proxies: "192.168.1.0/24", stays: true},
		"on this computer":   {many: "127.0.0.1:%d", other: "192.168.1.21:1", stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			var addresses []string
			for i := range most + 1 {
				addresses = append(addresses, fmt.Sprintf(c.many, i+1))
			}
			addresses = append(addresses, c.other, fmt.Sprintf(c.many, 9999))
			h := comingFrom(t, &addresses, func(d *server.Deps) {
				if c.proxies != "" {
					d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(c.proxies)}
				}
			})
			conns := crowdOf(t, h, most, func(int) string { return "" })
			for i, conn := range conns {
				if !asks(t, conn) {
					t.Fatalf("connection %d was closed", i)
				}
			}
			if answered(t, h) != c.stays {
				t.Errorf("one more was answered: %v, want %v", !c.stays, c.stays)
			}
			if !answered(t, h) {
				t.Error("another device was turned away")
			}
			for _, conn := range conns {
				conn.Close()
			}
			h.eventually(t, "the device may come again", func() bool { return answered(t, h) })
		})
	}
}

// A WebSocket is counted as a stream, and takes no place of a request.
func TestAWebSocketTakesNoPlaceOfARequest(t *testing.T) {
	addresses := []string{"192.168.1.20:1"}
	h := comingFrom(t, &addresses, func(d *server.Deps) { d.Limits.PerPeer = server.Unlimited })
	_, cookie := joined(t, h, "ada")
	for range 256 {
		hello(t, h, "Cookie", cookie)
	}
	if !answered(t, h) {
		t.Error("with 256 sockets open, a request was turned away")
	}
}
