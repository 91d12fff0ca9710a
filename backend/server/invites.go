package server

import (
	"net/http"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// standardUses is how many may come by an invite that is made without a number.
const standardUses = 20

// invited is a new invite with its link, which is told once.
type invited struct {
	Invite peer.Invite `json:"invite"`
	URL    string      `json:"url"`
}

func (s *Server) getInvites(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	answer(w, http.StatusOK, struct {
		Invites []peer.Invite `json:"invites"`
	}{s.peers.Invites()})
	return nil
}

func (s *Server) postInvite(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	uses, hours := uint64(standardUses), in.bounded("hours", uint64(peer.MaxInviteAge.Hours()))
	if in.raw("uses") != nil {
		uses = in.bounded("uses", peer.MaxInviteUses)
	}
	if err := in.only(); err != nil {
		return err
	}
	switch {
	case s.sharing == nil || !s.sharing.State().On:
		return fault.New(fault.Conflict, "this hub is not shared, so a link would lead nowhere; turn sharing on first, or start it with `hearth serve --lan`")
	case s.sharing.State().URL == "":
		return fault.New(fault.Conflict, "this computer is on no network, so a link would lead nowhere; connect it first")
	}
	invite, secret, err := s.peers.NewInvite(r.Context(), int(uses), time.Duration(hours)*time.Hour)
	if err != nil {
		return err
	}
	answer(w, http.StatusCreated, invited{invite, s.sharing.Link(secret)})
	return nil
}

func (s *Server) deleteInvite(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	if err := s.peers.RevokeInvite(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	answerNothing(w)
	return nil
}
