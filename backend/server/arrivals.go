package server

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// arrivals counts the connections from other devices that are no WebSockets: those of requests and of streams over HTTP, and
// those on which nothing was said yet. The crowd counts streams alone; without this, a device could take all the
// descriptors there are, a minute at a time. One too many is closed without a word.
type arrivals struct {
	trusts func(netip.Addr) bool // proxies, behind which there are many

	mu   sync.Mutex
	held map[net.Conn]netip.Addr // guarded by mu; where those that count come from, as device has it
	from map[netip.Addr]int      // guarded by mu; how many of them
}

func newArrivals(trusts func(netip.Addr) bool) *arrivals {
	return &arrivals{trusts: trusts, held: make(map[net.Conn]netip.Addr), from: make(map[netip.Addr]int)}
}

// changed is called by net/http with each new state of a connection.
func (a *arrivals) changed(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if !a.enter(conn) {
			conn.Close()
		}
	case http.StateHijacked, http.StateClosed:
		a.leave(conn)
	}
}

func (a *arrivals) enter(conn net.Conn) bool {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	addr := at.Addr().Unmap()
	if err != nil || addr.IsLoopback() || a.trusts(addr) {
		return true
	}
	one := device(addr)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.held) >= maxArrivals || a.from[one] >= maxArrivalsPerDevice {
		return false
	}
	a.held[conn] = one
	a.from[one]++
	return true
}

func (a *arrivals) leave(conn net.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one, counts := a.held[conn]
	if !counts {
		return
	}
	delete(a.held, conn)
	if a.from[one]--; a.from[one] == 0 {
		delete(a.from, one)
	}
}

// device returns what stands for one device: an IPv6 device has the whole of its /64 to call from.
func device(addr netip.Addr) netip.Addr {
	if addr.Is4() {
		return addr
	}
	net, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return addr
	}
	return net.Addr()
}
