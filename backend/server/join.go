package server

import (
	"context"
	"net/http"
	"slices"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// doorway says how the caller could come in.
type doorway struct {
	Local   bool `json:"local"`   // a name is enough: on the hub's own computer, or where the hub is open to all
	PIN     bool `json:"pin"`     // a PIN can be given
	Locked  bool `json:"locked"`  // nobody new comes in
	Removed bool `json:"removed"` // who had this browser's cookie was banned
	Knock   bool `json:"knock"`   // the owner can be asked
}

func (s *Server) doorFor(r *http.Request) doorway {
	locked, open := s.peers.Locked(), s.peers.PINMode() == peer.PINNone
	local := open || s.near(r)
	return doorway{Local: local, PIN: !open, Locked: locked, Removed: s.banned(r), Knock: !local && !locked}
}

// banned reports whether the browser has the cookie of somebody who was banned.
func (s *Server) banned(r *http.Request) bool {
	return slices.ContainsFunc(s.sessionsIn(r), s.peers.Banned)
}

func (s *Server) refuseBanned(r *http.Request) error {
	if s.banned(r) {
		return fault.New(peer.Removed, "you were removed from this hub; only its owner can let you in again")
	}
	return nil
}

// join lets the caller in: as a member on the hub's own computer, where a name is enough; as a guest who shows the secret
// of a link or the PIN. Who has joined keeps its identity and may change its name so.
func (s *Server) join(w http.ResponseWriter, r *http.Request) error {
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	t := peer.Ticket{Name: in.text("name"), Secret: in.text("secret"), PIN: in.text("pin"), From: addressOf(r)}
	if in.err != nil {
		return in.err
	}
	if c := callerOf(r); c.how == byCookie {
		return s.rename(w, r, c, t.Name)
	}
	if err := s.refuseBanned(r); err != nil {
		return err
	}
	if _, err := peer.CheckName(t.Name); err != nil {
		return err
	}
	p, session, err := s.letIn(r.Context(), t, s.near(r))
	if err != nil {
		return err
	}
	s.welcome(w, r, p, session)
	return nil
}

// letIn makes a peer of who shows t. near says that a name is enough.
func (s *Server) letIn(ctx context.Context, t peer.Ticket, near bool) (peer.Peer, string, error) {
	byName := near && t.Secret == "" && t.PIN == ""
	if byName || s.peers.PINMode() == peer.PINNone { // nothing else keeps anybody from filling the hub with peers
		if err := s.rates.takeFrom(t.From, "joins"); err != nil {
			return peer.Peer{}, "", err
		}
	}
	if !byName {
		return s.peers.Admit(ctx, t)
	}
	if s.peers.Locked() {
		return peer.Peer{}, "", fault.New(peer.DoorLocked, "the door is locked, nobody new comes in; unlock it in the sharing panel")
	}
	return s.peers.Join(ctx, t.Name)
}

// welcome answers who came in.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request, p peer.Peer, session string) {
	if s.sharing != nil {
		s.sharing.Joined(addressOf(r), p.Name)
	}
	s.giveCookie(w, r, session)
	answer(w, http.StatusCreated, justMe{p})
}
