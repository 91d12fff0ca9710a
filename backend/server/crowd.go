package server

import (
	"net/http"
	"net/netip"
	"sync"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// crowd counts the streams that are open, WebSocket and HTTP together, and keeps their limits.
type crowd struct {
	limits Limits

	mu        sync.Mutex
	all       int                // guarded by mu
	strangers int                // without an identity; guarded by mu
	byAddress map[netip.Addr]int // strangers; guarded by mu
	byPeer    map[string]int     // by peer id; guarded by mu
}

func newCrowd(l Limits) *crowd {
	return &crowd{limits: l, byAddress: make(map[netip.Addr]int), byPeer: make(map[string]int)}
}

// enter takes a place for a stream of c. leave gives it back and must be called once.
func (n *crowd) enter(c caller) (leave func(), err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	stranger, from := c.Role == peer.Visitor || c.how == byOpenDoor, c.from
	switch {
	case n.all >= n.limits.Connections:
		return nil, fault.New(tooManyStreams, "the hub has as many connections as it takes (%d); try again later", n.limits.Connections)
	case stranger && (n.strangers >= n.limits.Unauthenticated || n.byAddress[from] >= n.limits.perAddress(from)):
		return nil, fault.New(tooManyStreams, "too many connections from here have not said who they are; close some, or join first")
	case c.ID != "" && n.byPeer[c.ID] >= n.limits.PerPeer:
		return nil, fault.New(tooManyStreams, "you have %d connections open already, the most a peer may have; close one first", n.limits.PerPeer)
	}
	n.countLocked(c.ID, stranger, from, 1)
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.countLocked(c.ID, stranger, from, -1)
	}, nil
}

func (n *crowd) countLocked(id string, stranger bool, from netip.Addr, by int) {
	n.all += by
	if stranger {
		n.strangers += by
		if n.byAddress[from] += by; n.byAddress[from] == 0 {
			delete(n.byAddress, from)
		}
	}
	if id != "" {
		if n.byPeer[id] += by; n.byPeer[id] == 0 {
			delete(n.byPeer, id)
		}
	}
}

func (l Limits) perAddress(from netip.Addr) int {
	switch {
	case l.PerAddress < 0:
		return l.Unauthenticated
	case l.PerAddress > 0:
		return l.PerAddress
	case from.IsLoopback():
		return loopbackPerAddress
	default:
		return 64
	}
}

// addressOf returns where a request comes from; the zero address if that is no IP address.
func addressOf(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return from.Addr().Unmap()
}
