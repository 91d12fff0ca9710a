package server

import (
	"cmp"
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
	byDevice  map[netip.Addr]int // strangers; guarded by mu
	byHolder  map[string]int     // by a peer's id or a script token's; guarded by mu
}

func newCrowd(l Limits) *crowd {
	return &crowd{limits: l, byDevice: make(map[netip.Addr]int), byHolder: make(map[string]int)}
}

// enter takes a place for a stream of c. leave gives it back and must be called once.
func (n *crowd) enter(c caller) (leave func(), err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	stranger, from := c.Role == peer.Visitor || c.how == byOpenDoor, device(c.from)
	id := cmp.Or(c.ID, c.TokenID())
	switch {
	case n.all >= n.limits.Connections:
		return nil, fault.New(tooManyStreams, "the hub has as many connections as it takes (%d); try again later", n.limits.Connections)
	case stranger && (n.strangers >= n.limits.Unauthenticated || n.byDevice[from] >= n.limits.perAddress(c.from)):
		return nil, fault.New(tooManyStreams, "too many connections from here have not said who they are; close some, or join first")
	case id != "" && n.byHolder[id] >= n.limits.PerPeer:
		return nil, fault.New(tooManyStreams, "you have %d connections open already, the most a peer or a script token may have; close one first", n.limits.PerPeer)
	}
	n.countLocked(id, stranger, from, 1)
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.countLocked(id, stranger, from, -1)
	}, nil
}

func (n *crowd) countLocked(id string, stranger bool, from netip.Addr, by int) {
	n.all += by
	if stranger {
		n.strangers += by
		if n.byDevice[from] += by; n.byDevice[from] == 0 {
			delete(n.byDevice, from)
		}
	}
	if id != "" {
		if n.byHolder[id] += by; n.byHolder[id] == 0 {
			delete(n.byHolder, id)
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
