package server

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// near reports whether a request comes from this computer, through no proxy, by a program or browser of the hub's own user.
// It is no identity: any page in that browser reaches loopback, too.
func (s *Server) near(r *http.Request) bool {
	far, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !far.Addr().Unmap().IsLoopback() || !r.ProtoAtLeast(1, 1) {
		return false
	}
	if host, ok := hostOf(r.Host); !ok || !loopbackHost(host) || proxied(r.Header) {
		return false
	}
	if c, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		c.once.Do(func() { c.own = s.ownSocket(r, far) })
		return c.own
	}
	return s.ownSocket(r, far)
}

// connection remembers whose socket the other end of a connection is, for all requests on it.
type connection struct {
	once sync.Once
	own  bool
}

type connectionKey struct{}

func withConnection(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{})
}

func (s *Server) ownSocket(r *http.Request, far netip.AddrPort) bool {
	near, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	own, err := s.sockets.own(near.AddrPort(), far)
	if err != nil {
		s.log.Warn("a local program counts as a visitor: the system does not say whose its socket is", "err", err)
	}
	return own
}

// fromPage reports the marks of a browser. Node sends Sec-Fetch-Mode alone: that is none.
func fromPage(h http.Header) bool {
	return has(h, "Origin") || has(h, "Referer") || has(h, "Sec-Fetch-Site")
}

// proxied reports the marks of a proxy.
func proxied(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return has(h, "Forwarded") || has(h, "Via") || has(h, "X-Real-Ip")
}

// has reports whether a header is there, even if it is empty.
func has(h http.Header, name string) bool {
	_, ok := h[name]
	return ok
}
