package server

import (
	"time"

	"hearth/backend/peer"
)

// Why the hub closes what is open. Pages know the sentences.
const (
	sleepReason   = "the hub is going to sleep"
	againReason   = "your rights have changed; come back"
	revokedReason = "you have been signed out of this hub"
)

// valid reports whether what c came by still counts.
func (s *Server) valid(c caller) bool {
	ok := true
	switch c.how {
	case byCookie:
		_, ok = s.peers.BySession(c.secret)
	case byScriptToken:
		_, ok = s.peers.ByToken(c.secret)
	case byBirth:
		ok = !s.settings.wantTokens()
	case byOpenDoor:
		ok = s.peers.PINMode() == peer.PINNone
	}
	return ok
}

// recheck looks at c again when what it opened is in the list of what is open: what changed before that ended nothing.
// It returns 0 if c may go on.
func (s *Server) recheck(c caller) (code closeCode, reason string) {
	switch {
	case !s.valid(c):
		return closeRevoked, revokedReason
	case c.seen != s.changes.Load() && s.changed(c):
		return closeGoingAway, againReason
	}
	return 0, ""
}

// changed reports whether c has other rights than when it was decided who it is, or may have: a guest's depend on the
// owner's switches, too.
func (s *Server) changed(c caller) bool {
	now := s.peers.Now(c.Peer)
	return c.Role == peer.Guest || now.Role != c.Role || now.Moderator != c.Moderator || now.Muted != c.Muted
}

// endWith lets over be called when the token ends by which c acts. The timer is nil for a caller that does not end.
func endWith(c caller, over func()) *time.Timer {
	end := c.Expires()
	if end.IsZero() {
		return nil
	}
	return time.AfterFunc(time.Until(end), over)
}

// expire is endWith for a session.
func (s *session) expire(c caller) {
	s.expiry = endWith(c, func() { s.goodbye(closeRevoked, revokedReason) })
}

// rightsChanged ends what those have open whose rights changed. It does not block.
func (s *Server) rightsChanged(r peer.Right) {
	s.changes.Add(1)
	code, reason := closeRevoked, revokedReason
	if r.Again {
		code, reason = closeGoingAway, againReason
	}
	s.live.end(func(h holder) bool {
		if r.Token != "" {
			return h.token == r.Token
		}
		return r.Peer != "" && h.peer == r.Peer && (r.Session == "" || h.session == r.Session)
	}, code, reason)
}

// endCallersBy ends what was opened by callers who are known in that way, which counts no more.
func (s *Server) endCallersBy(way how) {
	s.changes.Add(1)
	s.live.end(func(h holder) bool { return h.how == way }, closeRevoked, revokedReason)
}

func everybody(holder) bool { return true }

// Sleep says goodbye to all sessions and streams, for a computer that is about to sleep. The server goes on.
func (s *Server) Sleep() { s.live.end(everybody, closeGoingAway, sleepReason) }

// EndRemote says goodbye, with that reason, to the sessions and streams whose other end is on another computer.
func (s *Server) EndRemote(reason string) {
	s.live.end(func(h holder) bool { return !h.from.IsLoopback() }, closeGoingAway, reason)
}

// Here returns a function that reports whether a peer has something open now, by its id.
func (s *Server) Here() func(id string) bool {
	open := s.live.addresses()
	return func(id string) bool { return len(open[id]) > 0 }
}
