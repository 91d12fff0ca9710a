package server

import (
	"net/http"
	"net/netip"
	"slices"

	"hearth/backend/peer"
	"hearth/backend/presence"
	"hearth/backend/topic"
)

// person is somebody in the list of people. Who moderates sees more.
type person struct {
	presence.Person
	*details
}

// details are for the owner and moderators alone.
type details struct {
	Role      peer.Role    `json:"role"`
	Moderator bool         `json:"moderator,omitempty"`
	Muted     bool         `json:"muted,omitempty"`
	Joined    string       `json:"joined"`           // topic.WireTime: who came first by a link is told by it
	Seen      string       `json:"seen"`             // topic.WireTime
	Invite    string       `json:"invite,omitempty"` // the id of the link it came by
	Banned    bool         `json:"banned,omitempty"`
	From      []netip.Addr `json:"from"` // where it has something open now
}

func (s *Server) getPeople(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r)
	if err := c.may(peer.Follow, "presence/hub"); err != nil {
		return err
	}
	banned, err := yes(r.URL.Query().Get("removed"), false, "removed")
	if err != nil {
		return err
	}
	if banned {
		if err := c.owner(); err != nil {
			return err
		}
	}
	people := []person{}
	if s.peers.May(c.Peer, peer.Moderate, "people/hub") {
		people = s.peopleInDetail(banned)
	} else {
		for _, p := range s.presence.People() {
			people = append(people, person{Person: p})
		}
	}
	answer(w, http.StatusOK, struct {
		People []person `json:"people"`
	}{people})
	return nil
}

// peopleInDetail returns everybody who can come back, and with banned also those who may not.
func (s *Server) peopleInDetail(banned bool) []person {
	known, from := make(map[string]presence.Person), s.live.addresses()
	for _, p := range s.presence.People() {
		known[p.Peer.ID] = p
	}
	people := []person{}
	for _, m := range s.peers.Members() {
		if !m.Banned || banned {
			people = append(people, detailed(m, known[m.ID], from[m.ID]))
		}
	}
	return people
}

func detailed(m peer.Profile, p presence.Person, from []netip.Addr) person {
	p.Peer = m.Face
	if p.State == "" { // presence knows nothing of who is banned
		p.State, p.Since = presence.Offline, m.Seen.UTC().Format(topic.WireTime)
	}
	slices.SortFunc(from, netip.Addr.Compare)
	return person{p, &details{Role: m.Role, Moderator: m.Moderator, Muted: m.Muted, Joined: m.Joined.UTC().Format(topic.WireTime),
		Seen: m.Seen.UTC().Format(topic.WireTime), Invite: m.Invite, Banned: m.Banned, From: append([]netip.Addr{}, from...)}}
}
