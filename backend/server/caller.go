package server

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/netip"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// how says by what a caller is known.
type how int

const (
	unknown       how = iota // a visitor
	byCookie                 // a browser that joined
	byAdminToken             // who can read the data folder
	byScriptToken            // a program that the owner gave a token
	byBirth                  // a program of the hub's own user on this computer
	byOpenDoor               // a program on the network of a hub that is open to all
)

// caller is who made a request or opened a session. It is decided once, by the guard.
type caller struct {
	peer.Peer
	how    how
	from   netip.Addr
	secret string // the cookie's with byCookie, the token with byScriptToken
	seen   uint64 // Server.changes before it was decided who this is
	peers  *peer.Peers
}

type callerKey struct{}

// callerOf returns who makes a request that passed the guard.
func callerOf(r *http.Request) caller {
	c, _ := r.Context().Value(callerKey{}).(caller)
	return c
}

func withCaller(r *http.Request, c caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
}

// identify decides who is calling. A token that is not ours is an error: it never falls back to anything else.
func (s *Server) identify(r *http.Request, token string, sent bool) (caller, error) {
	from := addressOf(r)
	if sent {
		return s.byToken(token, from)
	}
	c := caller{Peer: peer.Peer{Role: peer.Visitor}, from: from, seen: s.changes.Load(), peers: s.peers}
	for _, secret := range s.sessionsIn(r) {
		if p, ok := s.peers.BySession(secret); ok {
			c.Peer, c.how, c.secret = p, byCookie, secret
			return c, nil
		}
	}
	switch {
	case fromPage(r.Header):
	case !s.settings.wantTokens() && s.near(r):
		c.Peer, c.how = peer.Peer{Face: peer.Caller(""), Role: peer.Script}, byBirth
	case s.peers.PINMode() == peer.PINNone && s.kindOf(r) != ownDoor:
		c.Peer, c.how = peer.Peer{Face: peer.Caller(""), Role: peer.Guest}, byOpenDoor
	}
	return c, nil
}

// byToken knows the admin token, whose holder acts as the owner, and the script tokens.
func (s *Server) byToken(token string, from netip.Addr) (caller, error) {
	c := caller{from: from, secret: token, seen: s.changes.Load(), peers: s.peers}
	if s.adminToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(s.adminToken)) == 1 {
		c.Peer, c.how = peer.Peer{Face: peer.Caller(""), Role: peer.Owner}, byAdminToken
		if face, ok := s.peers.Lookup(s.peers.OwnerID()); ok {
			c.Face = face
		}
		return c, nil
	}
	if p, ok := s.peers.ByToken(token); ok {
		c.Peer, c.how = p, byScriptToken
		return c, nil
	}
	return caller{}, fault.New(fault.Unauthenticated, "this token is not valid, was revoked or has expired; "+
		"the owner makes script tokens with `hearth token create`, and the admin token changes with each start of the hub")
}

// may returns nil if c may do verb with that topic, else an error that says what would help.
func (c caller) may(verb peer.Verb, topicName string) error {
	if c.peers != nil && c.peers.May(c.Peer, verb, topicName) {
		return nil
	}
	if err := c.known(); err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "as %s you may not %s %s", c.Role, verb, topicName).In("topic")
}

// known returns an error unless c is somebody.
func (c caller) known() error {
	if c.Role != peer.Visitor && c.Role != "" {
		return nil
	}
	return fault.New(fault.Unauthenticated,
		"the hub does not know who you are; join in a browser first, send a script token of the owner's, or call from a program of the hub's own user on the same computer")
}

// owner returns an error unless c acts for the owner.
func (c caller) owner() error {
	if c.Role == peer.Owner {
		return nil
	}
	if err := c.known(); err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "only the owner of this hub may do that")
}

// ownerOrLocal returns an error unless c acts for the owner, or is a program of the hub's own user on this computer.
func (c caller) ownerOrLocal() error {
	if c.how == byBirth {
		return nil
	}
	return c.owner()
}

// person returns an error unless c is a peer with an identity of its own.
func (c caller) person() error {
	if c.ID != "" {
		return nil
	}
	if err := c.known(); err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "a %s is nobody's peer: join in a browser to have messages read and names of your own", c.Role)
}
