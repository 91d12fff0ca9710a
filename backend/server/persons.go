package server

import (
	"net/http"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// mayModeratePeople returns an error unless c may do one more act of moderation on people. On whom, peer decides.
func (s *Server) mayModeratePeople(c caller) error {
	if err := c.may(peer.Moderate, "people/hub"); err != nil {
		return err
	}
	return s.rates.take(c, "acts of moderation")
}

// personChange is what PATCH /api/people/{id} may hold; what is absent stays.
type personChange struct {
	role      peer.Role // "" = stays
	moderator *bool
	muted     *bool
	unban     bool
	reason    string
}

func personChangeIn(in *object) (personChange, error) {
	c := personChange{role: peer.Role(in.text("role")), moderator: in.yesNo("moderator"), muted: in.yesNo("muted"), reason: in.text("reason")}
	banned := in.yesNo("banned")
	if err := in.only(); err != nil {
		return c, err
	}
	c.unban = banned != nil
	if c.unban && *banned {
		return c, fault.New(fault.BadRequest, "banned can only be false here; to ban somebody, POST to …/remove with ban").In("banned")
	}
	return c, nil
}

// appoints reports whether c is for the owner alone.
func (c personChange) appoints() bool { return c.role != "" || c.moderator != nil }

// patchPerson changes what somebody is and may, and answers with the person as the list of people shows it.
func (s *Server) patchPerson(w http.ResponseWriter, r *http.Request) error {
	c, id := callerOf(r), r.PathValue("id")
	if err := s.mayModeratePeople(c); err != nil {
		return err
	}
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	change, err := personChangeIn(in)
	if err != nil {
		return err
	}
	was, err := s.person(id)
	if err != nil {
		return err
	}
	if err := s.changePerson(r, c, was, change); err != nil {
		return err
	}
	now, err := s.person(id)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, now)
	return nil
}

func (s *Server) changePerson(r *http.Request, c caller, was person, change personChange) error {
	ctx, id := r.Context(), was.Peer.ID
	if change.unban {
		if err := s.peers.Unban(ctx, id, c.Peer); err != nil {
			return err
		}
	}
	if change.appoints() {
		role, moderator := was.Role, was.Moderator
		if change.role != "" {
			role = change.role
			moderator = moderator && role == peer.Member // who becomes a guest moderates no more
		}
		if change.moderator != nil {
			moderator = *change.moderator
		}
		if err := s.peers.Appoint(ctx, id, role, moderator, c.Peer, change.reason); err != nil {
			return err
		}
	}
	if change.muted != nil {
		return s.peers.Mute(ctx, id, *change.muted, c.Peer, change.reason)
	}
	return nil
}

// person returns somebody who can come back or is banned, as those who moderate see it.
func (s *Server) person(id string) (person, error) {
	for _, p := range s.peopleInDetail(true) {
		if p.Peer.ID == id {
			return p, nil
		}
	}
	return person{}, fault.New(fault.NotFound, "there is nobody with the id %q here", loggable(id))
}

// gone is the answer to what signed people out.
type gone struct {
	Removed []peer.Face `json:"removed"`
}

func answerGone(w http.ResponseWriter, who []peer.Face, err error) error {
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, gone{append([]peer.Face{}, who...)})
	return nil
}

// removePerson signs somebody out for good; everything they have open is closed.
func (s *Server) removePerson(w http.ResponseWriter, r *http.Request) error {
	c, id := callerOf(r), r.PathValue("id")
	if err := s.mayModeratePeople(c); err != nil {
		return err
	}
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	how := peer.Removal{Ban: in.isYes("ban"), SameInvite: in.isYes("same_invite"), Reason: in.text("reason")}
	renew := in.isYes("renew")
	if err := in.only(); err != nil {
		return err
	}
	if renew {
		if err := s.renewFor(r, c, id); err != nil {
			return err
		}
	}
	who, err := s.peers.Remove(r.Context(), id, c.Peer, how)
	return answerGone(w, who, err)
}

// renewFor changes the QR code and the PIN before somebody is removed, who could come back with the old ones otherwise.
func (s *Server) renewFor(r *http.Request, c caller, id string) error {
	if err := c.owner(); err != nil {
		return err
	}
	if _, err := s.person(id); err != nil || s.sharing == nil || !s.sharing.State().On {
		return err
	}
	return s.sharing.Renew(r.Context())
}

// endGathering signs all guests out for good.
func (s *Server) endGathering(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r)
	if err := s.mayModeratePeople(c); err != nil {
		return err
	}
	reason, err := readReason(w, r)
	if err != nil {
		return err
	}
	who, err := s.peers.EndGathering(r.Context(), c.Peer, reason)
	return answerGone(w, who, err)
}
