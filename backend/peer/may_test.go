package peer_test

import (
	"slices"
	"testing"

	"hearth/backend/peer"
)

// moderator stands in the table for a member whom the owner lets moderate.
const moderator peer.Role = "moderator"

// as returns somebody of that role whom the hub does not know, so that the role alone decides.
func as(role peer.Role, id string) peer.Peer {
	p := peer.Peer{Face: peer.Face{ID: id, Name: "ada"}, Role: role}
	switch role {
	case peer.Script:
		p.Face = peer.Caller("ada")
	case moderator:
		p.Role, p.Moderator = peer.Member, true
	}
	return p
}

// TestMayIsExactlyThisTable spells out every role, verb and kind of topic: a right that is not written here is a bug.
func TestMayIsExactlyThisTable(t *testing.T) {
	const id, other = "k2v4q2mx7rbt", "b2c4d6e7f2g3"
	o, d, m, g, s := peer.Owner, moderator, peer.Member, peer.Guest, peer.Script
	type rights struct{ follow, post, publish, moderate []peer.Role }
	table := map[string]rights{
		"room/lobby":     {follow: []peer.Role{o, d, m, g, s}, post: []peer.Role{o, d, m, g, s}, moderate: []peer.Role{o, d}},
		"list/rooms":     {follow: []peer.Role{o, d, m, g, s}},
		"typing/lobby":   {follow: []peer.Role{o, d, m, g}, post: []peer.Role{o, d, m, g}},
		"presence/hub":   {follow: []peer.Role{o, d, m, g}},
		"people/hub":     {moderate: []peer.Role{o, d}},
		"notify/backups": {follow: []peer.Role{o, d, m, g, s}, publish: []peer.Role{o, s}},
		"list/notify":    {follow: []peer.Role{o, d, m, g, s}},
		"monitor/local":  {follow: []peer.Role{o, d, m, g, s}},
		"acts/hub":       {follow: []peer.Role{o, d}, moderate: []peer.Role{o, d}},
		"share/hub":      {follow: []peer.Role{o}},
		"alert/hub":      {follow: []peer.Role{o}},
		"peer/" + id:     {follow: []peer.Role{o, d, m, g}},
		"reads/" + id:    {follow: []peer.Role{o, d, m, g}},
		"peer/" + other:  {},
		"reads/" + other: {},
	}
	for _, unknown := range []string{
		"", "/", "room", "room/", "/room", "room/a/b", "rooms/lobby", "list", "list/", "list/peers", "list/rooms/x", "presence",
		"presence/x", "monitor", "monitor/", "monitor/other", "peer/", "peer", "reads/", "peer/" + id + "/x", "notify/", "notify/a/b",
		"typing/", "store", "hub/x", "ROOM/lobby", "peer//" + id, "people", "people/x", "acts", "acts/x", "share/x", "alert/hub/x",
	} {
		table[unknown] = rights{}
	}
	p := openPeers(t, newEngine())
	for _, shares := range []peer.Shares{{}, {Rooms: true}, {Computer: true}, {Notifications: true}} {
		if err := p.SetShares(t.Context(), shares); err != nil {
			t.Fatal(err)
		}
		for name, want := range table {
			for _, role := range []peer.Role{o, d, m, g, s, peer.Visitor, "", "root"} {
				hidden := role == g && !shared(shares, name)
				for verb, roles := range map[peer.Verb][]peer.Role{
					peer.Follow: want.follow, peer.Post: want.post, peer.Publish: want.publish, peer.Moderate: want.moderate, "": nil, "own": nil,
				} {
					if got := p.May(as(role, id), verb, name); got != (slices.Contains(roles, role) && !hidden) {
						t.Errorf("sharing %+v, may a %s %s %q? %v", shares, role, verb, name, got)
					}
				}
			}
		}
	}
}

// shared says which switch opens which topics to guests.
func shared(s peer.Shares, name string) bool {
	return map[string]bool{
		"room/lobby": s.Rooms, "list/rooms": s.Rooms, "typing/lobby": s.Rooms,
		"monitor/local": s.Computer, "notify/backups": s.Notifications, "list/notify": s.Notifications,
		"presence/hub": true, "peer/k2v4q2mx7rbt": true, "reads/k2v4q2mx7rbt": true,
	}[name]
}

func TestMayGivesNothingOfAPeerToOneWithoutID(t *testing.T) {
	p := openPeers(t, newEngine())
	for _, role := range []peer.Role{peer.Owner, peer.Member, peer.Guest, peer.Script} {
		for _, name := range []string{"peer/", "reads/", "peer//"} {
			if p.May(peer.Peer{Role: role}, peer.Follow, name) {
				t.Errorf("a %s without an id may follow %q", role, name)
			}
		}
	}
}

func TestWhatGuestsSeeOutlivesARestart(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	if got, want := p.Shares(), (peer.Shares{Rooms: true}); got != want {
		t.Errorf("a new hub shares %+v, want %+v", got, want)
	}
	told := 0
	p.WatchDoor(func() { told++ })
	want := peer.Shares{Computer: true, Notifications: true}
	for range 2 { // a second time changes nothing
		if err := p.SetShares(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	if got := openPeers(t, disk).Shares(); got != want || p.Shares() != want {
		t.Errorf("shares %+v and after a restart %+v, want %+v", p.Shares(), got, want)
	}
	if told != 1 {
		t.Errorf("watchers of the door were told %d times, want once", told)
	}
}

func TestAChoiceThatCannotBeReadSharesNothing(t *testing.T) {
	disk := newEngine()
	if err := disk.Table("hub").Put(t.Context(), "shares", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if got := openPeers(t, disk).Shares(); got != (peer.Shares{}) {
		t.Errorf("shares %+v, want nothing", got)
	}
}

func TestRightsFollowThePeerAndNotTheSession(t *testing.T) {
	p := openPeers(t, newEngine())
	ada, session := join(t, p, "ada")
	if !p.May(ada, peer.Post, "room/lobby") {
		t.Fatal("a member may not write; this test would mean nothing")
	}
	if _, err := p.Rename(t.Context(), ada.ID, "Ada L."); err != nil {
		t.Fatal(err)
	}
	if now := p.Now(ada); now.Name != "Ada L." || now.Role != peer.Member {
		t.Errorf("she is now %+v", now)
	}
	if err := p.SignOut(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if now := p.Now(ada); now.Role != peer.Visitor || p.May(ada, peer.Post, "room/lobby") {
		t.Errorf("signed out she is %+v and may go on writing", now)
	}
	if eve, _ := redeem(t, p, false); p.Now(eve) != eve {
		t.Errorf("the owner is now %+v, want %+v", p.Now(eve), eve)
	}
	caller := peer.Peer{Face: peer.Caller("backup"), Role: peer.Script}
	if p.Now(caller) != caller {
		t.Errorf("a script became %+v", p.Now(caller))
	}
}
