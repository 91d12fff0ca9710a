package peer_test

import (
	"slices"
	"testing"

	"hearth/backend/peer"
)

// TestMayIsExactlyThisTable spells out every role, verb and kind of topic: a right that is not written here is a bug.
func TestMayIsExactlyThisTable(t *testing.T) {
	const id, other = "k2v4q2mx7rbt", "b2c4d6e7f2g3"
	o, m, g, s := peer.Owner, peer.Member, peer.Guest, peer.Script
	type rights struct{ follow, post, publish []peer.Role }
	table := map[string]rights{
		"room/lobby":     {follow: []peer.Role{o, m, g, s}, post: []peer.Role{o, m, g, s}},
		"list/rooms":     {follow: []peer.Role{o, m, g, s}},
		"typing/lobby":   {follow: []peer.Role{o, m, g}, post: []peer.Role{o, m, g}},
		"presence/hub":   {follow: []peer.Role{o, m, g}},
		"notify/backups": {follow: []peer.Role{o, m, s}, publish: []peer.Role{o, s}},
		"list/notify":    {follow: []peer.Role{o, m, s}},
		"monitor/local":  {follow: []peer.Role{o, m, s}},
		"peer/" + id:     {follow: []peer.Role{o, m, g}},
		"reads/" + id:    {follow: []peer.Role{o, m, g}},
		"peer/" + other:  {},
		"reads/" + other: {},
	}
	for _, unknown := range []string{
		"", "/", "room", "room/", "/room", "room/a/b", "rooms/lobby", "list", "list/", "list/peers", "list/rooms/x", "presence",
		"presence/x", "monitor", "monitor/", "monitor/other", "peer/", "peer", "reads/", "peer/" + id + "/x", "notify/", "notify/a/b",
		"typing/", "store", "hub/x", "ROOM/lobby", "peer//" + id,
	} {
		table[unknown] = rights{}
	}
	for name, want := range table {
		for _, role := range []peer.Role{o, m, g, s, peer.Visitor, "", "root"} {
			p := peer.Peer{Face: peer.Face{ID: id, Name: "ada"}, Role: role}
			if role == s {
				p.Face = peer.Caller("ada")
			}
			for verb, roles := range map[peer.Verb][]peer.Role{
				peer.Follow: want.follow, peer.Post: want.post, peer.Publish: want.publish, "": nil, "moderate": nil,
			} {
				if got := peer.May(p, verb, name); got != slices.Contains(roles, role) {
					t.Errorf("May(%s, %s, %q) = %v", role, verb, name, got)
				}
			}
		}
	}
}

func TestMayGivesNothingOfAPeerToOneWithoutID(t *testing.T) {
	for _, role := range []peer.Role{peer.Owner, peer.Member, peer.Guest, peer.Script} {
		for _, name := range []string{"peer/", "reads/", "peer//"} {
			if peer.May(peer.Peer{Role: role}, peer.Follow, name) {
				t.Errorf("a %s without an id may follow %q", role, name)
			}
		}
	}
}
