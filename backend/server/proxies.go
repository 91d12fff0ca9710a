package server

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

type schemeKey struct{}

// unproxied returns r as it was sent to a trusted proxy: with the address of the client, the Host and the scheme that the
// proxy speaks of. From anybody else these headers mean nothing, but that the caller is no local program.
func (s *Server) unproxied(r *http.Request) *http.Request {
	if !s.trusts(addressOf(r)) {
		return r
	}
	scheme := lastOf(r.Header, "X-Forwarded-Proto")
	if scheme == "http" || scheme == "https" {
		r = r.WithContext(context.WithValue(r.Context(), schemeKey{}, scheme))
	} else {
		r = r.WithContext(r.Context()) // a copy
	}
	if client := s.clientOf(r); client.IsValid() {
		r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
	}
	if host := lastOf(r.Header, "X-Forwarded-Host"); host != "" {
		r.Host = host
	}
	return r
}

func (s *Server) trusts(from netip.Addr) bool {
	return slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(from) })
}

// clientOf returns the nearest address of X-Forwarded-For that is no trusted proxy: each proxy appends whom it saw, and
// what stands before that was sent by strangers. The zero address means that nothing is known.
func (s *Server) clientOf(r *http.Request) (client netip.Addr) {
	for _, hop := range slices.Backward(tokens(r.Header, "X-Forwarded-For")) {
		addr, err := netip.ParseAddr(hop)
		if err != nil {
			return client
		}
		client = addr.Unmap().WithZone("")
		if !s.trusts(client) {
			return client
		}
	}
	return client
}

// lastOf returns the last element of a header that is a list: the one that the nearest proxy has set.
func lastOf(h http.Header, name string) string {
	list := tokens(h, name)
	if len(list) == 0 {
		return ""
	}
	return strings.ToLower(list[len(list)-1])
}

// schemeOf returns how the client's end of a connection speaks: "https" or "http".
func schemeOf(r *http.Request) string {
	if scheme, ok := r.Context().Value(schemeKey{}).(string); ok {
		return scheme
	}
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
