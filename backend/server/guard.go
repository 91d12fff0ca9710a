package server

import (
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"

	"hearth/backend/fault"
)

// guard stands before routing on every path: whom this hub answers, and who is asking.
type guard struct {
	hosts       map[string]bool        // names, besides IP literals and *.localhost; set once by newGuard
	own         func(host string) bool // of further names, which may change; set once by New
	origins     map[string]bool        // foreign origins that are let in; set once by newGuard
	crossOrigin *http.CrossOriginProtection

	mu   sync.Mutex
	told map[string]bool // refused host names the log has told of; guarded by mu
}

func newGuard(allowHosts, allowOrigins []string) (*guard, error) {
	g := &guard{hosts: map[string]bool{"localhost": true}, origins: map[string]bool{},
		own: func(string) bool { return false }, crossOrigin: http.NewCrossOriginProtection(), told: map[string]bool{}}
	if name, err := os.Hostname(); err == nil && name != "" {
		name = foldHost(name)
		for _, suffix := range []string{"", ".local", ".lan", ".home.arpa"} {
			g.hosts[name+suffix] = true
		}
	}
	for _, name := range allowHosts {
		host, ok := hostOf(name)
		if !ok {
			return nil, fault.New(fault.BadRequest, "--allow-host %q is not a host name; an example: --allow-host hub.example.org", name).In("allow-host")
		}
		g.hosts[host] = true
	}
	for _, origin := range allowOrigins {
		if err := g.crossOrigin.AddTrustedOrigin(origin); err != nil {
			return nil, fault.Wrap(err, fault.BadRequest, "--allow-origin %q is not an origin; an example: --allow-origin https://example.org:8443", origin).In("allow-origin")
		}
		g.origins[strings.ToLower(origin)] = true
	}
	return g, nil
}

// guarded lets through to next what may come in, with the caller in its context.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		boundBody(w, r)
		r = s.unproxied(r)
		if s.sharing != nil {
			s.sharing.Visited(addressOf(r))
		}
		if err := s.checkHost(r); err != nil {
			s.fail(w, r, err)
			return
		}
		if s.preflight(w, r) {
			return
		}
		r, err := s.admit(w, r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// admit decides who is calling, unless it is a page that may not. With a token any page may use the notification doors: it
// acts by the token alone, so it can do no more than its author could from anywhere.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	token, sent := s.tokenIn(r)
	if err := s.guard.checkOrigin(r); err != nil && !(sent && s.kindOf(r) == ntfyDoor) {
		return r, err
	}
	if sent {
		s.shareWith(w.Header(), r)
	}
	c, err := s.identify(r, token, sent)
	if err != nil {
		return r, err
	}
	if c.how == byCookie {
		if err := s.guard.crossOrigin.Check(r); err != nil {
			return r, fault.Wrap(err, originNotAllowed, "a page from elsewhere may not act for you here; open the hub's own page")
		}
	}
	return withCaller(r, c), nil
}

// checkHost refuses names that are not this hub's: a page whose name was rebound to this address sends its own.
func (s *Server) checkHost(r *http.Request) error {
	if r.Host == "" {
		return fault.New(fault.BadRequest, "the request has no Host header")
	}
	host, ok := hostOf(r.Host)
	if ok && (isAddress(host) || strings.HasSuffix(host, ".localhost") || s.guard.hosts[host] || s.guard.own(host)) {
		return nil
	}
	if s.guard.news(r.Host) {
		s.log.Warn("a request for a foreign host name was refused; if the name is this hub's, start it with --allow-host",
			"host", loggable(r.Host), "address", r.RemoteAddr)
	}
	return fault.New(hostNotAllowed, "this hub does not answer to the name %q; use its address, or start it with --allow-host NAME", loggable(r.Host))
}

// news reports whether the log has not told of that name; it tells of the first nameListMax names.
func (g *guard) news(name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.told[name] || len(g.told) >= nameListMax {
		return false
	}
	g.told[name] = true
	return true
}

// checkOrigin refuses pages that did not come from this hub.
func (g *guard) checkOrigin(r *http.Request) error {
	sent, ok := r.Header["Origin"]
	if !ok {
		return nil
	}
	if len(sent) == 1 && strings.EqualFold(sent[0], address(r)) || g.lists(r) {
		return nil
	}
	return fault.New(originNotAllowed, "a page from %q may not use this hub; open the hub's own page, or start it with --allow-origin",
		loggable(strings.Join(sent, ", ")))
}

// hostOf returns the name or address in a Host header, in lower case, without port, brackets and trailing dot.
func hostOf(header string) (host string, ok bool) {
	host = header
	port := ""
	if rest, found := strings.CutPrefix(header, "["); found {
		host, port, found = strings.Cut(rest, "]")
		if !found || port != "" && port[0] != ':' {
			return "", false
		}
		port = strings.TrimPrefix(port, ":")
	} else if name, number, found := strings.Cut(header, ":"); found {
		host, port = name, number
	}
	host = foldHost(host)
	return host, host != "" && strings.Trim(port, "0123456789") == "" && (isAddress(host) || plainName(host))
}

func foldHost(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// isAddress reports whether host is an IP literal. A zone is any text to netip, and host goes into headers that we write.
func isAddress(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && plainName(addr.Zone())
}

func loopbackHost(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// plainName keeps from the headers we write what could end a directive there.
func plainName(host string) bool {
	return strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._") == ""
}

// setHeaders sets what stands on every answer.
func setHeaders(h http.Header) {
	h["X-Content-Type-Options"] = noSniff
	h["X-Frame-Options"] = deny
	h["Referrer-Policy"] = sameOrigin
	h["Cross-Origin-Resource-Policy"] = sameOrigin
	h["Permissions-Policy"] = permissions
}

// Header values that all answers share; nobody changes a value in place.
var (
	noSniff     = []string{"nosniff"}
	deny        = []string{"DENY"}
	sameOrigin  = []string{"same-origin"}
	permissions = []string{"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), " +
		"microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()"}
)
