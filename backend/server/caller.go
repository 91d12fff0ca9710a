package server

import (
	"context"
	"crypto/subtle"
	"net/http"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// how says by what a caller is known.
type how int

const (
	unknown      how = iota // a visitor
	byCookie                // a browser that joined
	byAdminToken            // who can read the data folder
	byBirth                 // a program of the hub's own user on this computer
)

// caller is who made a request or opened a session. It is decided once, by the guard.
type caller struct {
	peer.Peer
	how    how
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
	if sent {
		return s.byToken(token)
	}
	c := caller{Peer: peer.Peer{Role: peer.Visitor}, seen: s.changes.Load(), peers: s.peers}
	for _, secret := range s.sessionsIn(r) {
		if p, ok := s.peers.BySession(secret); ok {
			c.Peer, c.how, c.secret = p, byCookie, secret
			return c, nil
		}
	}
	if s.localProgram(r) {
		c.Peer, c.how = peer.Peer{Face: peer.Caller(""), Role: peer.Script}, byBirth
	}
	return c, nil
}

// byToken knows the one token there is: who holds it acts as the owner.
func (s *Server) byToken(token string) (caller, error) {
	c := caller{seen: s.changes.Load(), peers: s.peers}
	if s.adminToken == "" || subtle.ConstantTimeCompare([]byte(token), []byte(s.adminToken)) != 1 {
		return caller{}, fault.New(fault.Unauthenticated,
			"this token is not valid; the admin token changes with each start of the hub and lies in admin.token of its data folder")
	}
	c.Peer, c.how = peer.Peer{Face: peer.Caller(""), Role: peer.Owner}, byAdminToken
	if face, ok := s.peers.Lookup(s.peers.OwnerID()); ok {
		c.Face = face
	}
	return c, nil
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
		"the hub does not know who you are; join in a browser first, or call from a program of the hub's own user on the same computer")
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
