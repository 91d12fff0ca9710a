package peer_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// gathering is a hub with people in it.
type gathering struct {
	*peer.Peers
	disk     *engine
	who      map[string]peer.Peer
	sessions map[string]string
	rights   []peer.Right
}

// gather opens a hub with the owner eve, the moderators mod and mod2, the member ada, and the guests bob, cyd and dan, who
// came by one link in that order, and fay, who came by PIN.
func gather(t testing.TB) *gathering {
	t.Helper()
	g := &gathering{disk: newEngine(), who: map[string]peer.Peer{}, sessions: map[string]string{}}
	g.Peers = openPeers(t, g.disk)
	g.who["eve"], g.sessions["eve"] = redeem(t, g.Peers, false)
	for _, name := range []string{"mod", "mod2", "ada"} {
		g.who[name], g.sessions[name] = join(t, g.Peers, name)
	}
	_, link := invite(t, g.Peers, 0, 0)
	g.admit(t, "fay", peer.Ticket{PIN: g.PIN()})
	for _, name := range []string{"bob", "cyd", "dan"} {
		g.admit(t, name, peer.Ticket{Secret: link})
	}
	for _, name := range []string{"mod", "mod2"} {
		if err := g.Appoint(t.Context(), g.who[name].ID, peer.Member, true, g.who["eve"], ""); err != nil {
			t.Fatal(err)
		}
	}
	g.WatchRights(func(r peer.Right) { g.rights = append(g.rights, r) })
	return g
}

func (g *gathering) admit(t testing.TB, name string, ticket peer.Ticket) {
	t.Helper()
	ticket.Name, ticket.From = name, classroom
	var err error
	if g.who[name], g.sessions[name], err = g.Admit(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
}

// in returns who has a session that works, after a restart as well as now.
func (g *gathering) in(t testing.TB) (now []string) {
	t.Helper()
	after := openPeers(t, g.disk)
	for name, session := range g.sessions {
		_, ok := g.BySession(session)
		if _, later := after.BySession(session); later != ok {
			t.Errorf("%s is in: %v, and after a restart: %v", name, ok, later)
		}
		if ok {
			now = append(now, name)
		}
	}
	slices.Sort(now)
	return now
}

// acts returns the newest acts as "by act whom reason".
func (g *gathering) acts(t testing.TB, last int) (lines []string) {
	t.Helper()
	log, err := topic.New(g.disk).Open(t.Context(), peer.ActsTopic, topic.Retention{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := log.Before(t.Context(), 0, last)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var a peer.Act
		if err := json.Unmarshal(e.Data, &a); err != nil || e.Kind != peer.KindAct {
			t.Fatalf("entry %s %s: %v", e.Kind, e.Data, err)
		}
		line := a.By.Name + " " + a.Act
		if a.Peer != nil {
			line += " " + a.Peer.Name
		}
		lines = append(lines, strings.TrimSpace(line+" "+a.Reason))
	}
	return lines
}

func wantLines(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// TestWhoModeratesWhom spells out every pair: a right that is not written here is a bug.
func TestWhoModeratesWhom(t *testing.T) {
	may := map[string][]string{
		"eve": {"ada", "bob", "mod", "mod2"},
		"mod": {"ada", "bob"}, // not himself and not his like
	}
	g := gather(t)
	g.who["a script"] = peer.Peer{Face: peer.Caller("mod"), Role: peer.Script}
	g.who["nobody"] = peer.Peer{Role: peer.Visitor}
	for _, by := range []string{"eve", "mod", "ada", "bob", "a script", "nobody"} {
		for _, whom := range []string{"eve", "mod", "mod2", "ada", "bob"} {
			id := g.who[whom].ID
			for what, act := range map[string]func(by peer.Peer) error{
				"mute":  func(by peer.Peer) error { return g.Mute(t.Context(), id, !g.Now(g.who[whom]).Muted, by, "") },
				"unban": func(by peer.Peer) error { return g.Unban(t.Context(), id, by) },
				"appoint": func(by peer.Peer) error {
					return g.Appoint(t.Context(), id, g.who[whom].Role, whom == "mod" || whom == "mod2", by, "")
				},
				"remove": func(by peer.Peer) error {
					ctx, cancel := context.WithCancel(t.Context())
					g.disk.failing("peers", true) // so that nobody goes who is still needed
					defer g.disk.failing("peers", false)
					defer cancel()
					_, err := g.Remove(ctx, id, by, peer.Removal{Ban: true})
					if errors.Is(err, errDisk) {
						return nil
					}
					return err
				},
			} {
				err := act(g.who[by])
				allowed := slices.Contains(may[by], whom) && (what != "appoint" || by == "eve")
				if what == "appoint" && whom == "eve" && by == "eve" {
					if !fault.Is(err, fault.BadRequest) && !fault.Is(err, fault.Forbidden) {
						t.Errorf("the owner made himself something else: %v", err)
					}
					continue
				}
				if allowed != (err == nil) || err != nil && !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.BadRequest) {
					t.Errorf("%s: %s %s: %v, want allowed: %v", what, by, whom, err, allowed)
				}
			}
		}
	}
	for _, by := range []string{"ada", "bob", "a script", "nobody"} {
		if _, err := g.EndGathering(t.Context(), g.who[by], ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s ended the gathering: %v", by, err)
		}
	}
	wantLines(t, "still in", g.in(t), "ada", "bob", "cyd", "dan", "eve", "fay", "mod", "mod2")
}

func TestWhoIsRemovedIsOutAndMayComeAgain(t *testing.T) {
	g := gather(t)
	out, err := g.Remove(t.Context(), g.who["bob"].ID, g.who["mod"], peer.Removal{Reason: " too\nloud "})
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, "removed", names(out), "bob")
	wantLines(t, "still in", g.in(t), "ada", "cyd", "dan", "eve", "fay", "mod", "mod2")
	wantLines(t, "acts", g.acts(t, 1), "mod removed bob too loud")
	if want := []peer.Right{{Peer: g.who["bob"].ID}}; !slices.Equal(g.rights, want) {
		t.Errorf("watchers were told %+v, want %+v", g.rights, want)
	}
	if g.Banned(g.sessions["bob"]) || g.Now(g.who["bob"]).Role != peer.Visitor {
		t.Error("bob is banned, or still somebody")
	}
	if face, ok := g.Lookup(g.who["bob"].ID); !ok || face.Name != "bob" {
		t.Error("what bob wrote has no author")
	}
	g.admit(t, "bob", peer.Ticket{PIN: g.PIN()})
}

func TestWhoIsBannedIsKnownByTheBrowser(t *testing.T) {
	g := gather(t)
	if _, err := g.Remove(t.Context(), g.who["mod"].ID, g.who["eve"], peer.Removal{Ban: true}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "still in", g.in(t), "ada", "bob", "cyd", "dan", "eve", "fay", "mod2")
	if err := g.SignOut(t.Context(), g.sessions["mod"]); err != nil {
		t.Fatal(err)
	}
	for when, p := range map[string]*peer.Peers{"now": g.Peers, "after a restart": openPeers(t, g.disk)} {
		if slices.Contains(names(p.All()), "mod") || len(p.Named("mod")) != 0 {
			t.Errorf("%s the banned one is listed as somebody who can come back", when)
		}
		if !p.Banned(g.sessions["mod"]) || p.Banned(g.sessions["ada"]) || p.Banned("never was one") {
			t.Errorf("%s the browsers are told apart wrongly", when)
		}
		i := slices.IndexFunc(p.Members(), func(m peer.Profile) bool { return m.Name == "mod" })
		if i < 0 || !p.Members()[i].Banned {
			t.Errorf("%s the owner does not see him among %+v", when, p.Members())
		}
	}
	var met []peer.Face
	g.Watch(func(f peer.Face) { met = append(met, f) })
	for range 2 { // twice is harmless
		if err := g.Unban(t.Context(), g.who["mod"].ID, g.who["eve"]); err != nil {
			t.Fatal(err)
		}
	}
	wantLines(t, "still in", g.in(t), "ada", "bob", "cyd", "dan", "eve", "fay", "mod", "mod2")
	wantLines(t, "met", names(met), "mod")
	wantLines(t, "acts", g.acts(t, 2), "eve banned mod", "eve unbanned mod")
	if who, _ := g.BySession(g.sessions["mod"]); who.ID != g.who["mod"].ID || who.Moderates() || len(g.Named("mod")) != 1 {
		t.Errorf("he is back as %+v, want as a member who does not moderate", who)
	}
}

func TestEveryoneWhoCameByTheSameLinkAfterHim(t *testing.T) {
	g := gather(t)
	out, err := g.Remove(t.Context(), g.who["cyd"].ID, g.who["eve"], peer.Removal{Ban: true, SameInvite: true})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(out, func(a, b peer.Face) int { return strings.Compare(a.Name, b.Name) })
	wantLines(t, "removed", names(out), "cyd", "dan")
	wantLines(t, "still in", g.in(t), "ada", "bob", "eve", "fay", "mod", "mod2")
	g.admit(t, "gil", peer.Ticket{PIN: g.PIN()})
	out, err = g.Remove(t.Context(), g.who["fay"].ID, g.who["eve"], peer.Removal{SameInvite: true})
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, "removed of those who came by no link", names(out), "fay")
}

func TestAModeratorLeavesModeratorsAloneWhoCameByTheSameLink(t *testing.T) {
	g := gather(t)
	if err := g.Appoint(t.Context(), g.who["cyd"].ID, peer.Member, true, g.who["eve"], ""); err != nil {
		t.Fatal(err)
	}
	out, err := g.Remove(t.Context(), g.who["bob"].ID, g.who["mod"], peer.Removal{SameInvite: true})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(out, func(a, b peer.Face) int { return strings.Compare(a.Name, b.Name) })
	wantLines(t, "removed", names(out), "bob", "dan")
}

func TestTheEndOfAGatheringSignsGuestsOut(t *testing.T) {
	g := gather(t)
	out, err := g.EndGathering(t.Context(), g.who["mod"], "see you")
	if err != nil || len(out) != 4 {
		t.Fatalf("out are %+v, %v; want the four guests", out, err)
	}
	wantLines(t, "still in", g.in(t), "ada", "eve", "mod", "mod2")
	wantLines(t, "acts", g.acts(t, 1), "mod gathering_ended see you")
	if len(g.rights) != 4 || slices.ContainsFunc(g.rights, func(r peer.Right) bool { return r.Again || r.Peer == "" }) {
		t.Errorf("watchers were told %+v", g.rights)
	}
}

func TestRolesChangeForOpenSessions(t *testing.T) {
	g := gather(t)
	bob := g.who["bob"]
	if g.May(bob, peer.Moderate, "room/lobby") {
		t.Fatal("a guest moderates; this test would mean nothing")
	}
	for _, to := range []struct {
		role      peer.Role
		moderator bool
		acts      []string
	}{
		{peer.Member, true, []string{"eve kept bob well done", "eve appointed bob well done"}},
		{peer.Member, false, []string{"eve dismissed bob well done"}},
		{peer.Guest, false, []string{"eve made_guest bob well done"}},
	} {
		for range 2 { // a second time changes nothing
			if err := g.Appoint(t.Context(), bob.ID, to.role, to.moderator, g.who["eve"], "well done"); err != nil {
				t.Fatal(err)
			}
		}
		if got := g.Now(bob); got.Role != to.role || got.Moderator != to.moderator || g.May(bob, peer.Moderate, "room/lobby") != to.moderator {
			t.Errorf("bob is %+v, want %+v", got, to)
		}
		if got, _ := openPeers(t, g.disk).BySession(g.sessions["bob"]); got.Role != to.role || got.Moderator != to.moderator {
			t.Errorf("after a restart bob is %+v, want %+v", got, to)
		}
		wantLines(t, "acts", g.acts(t, len(to.acts)), to.acts...)
	}
	if err := g.Mute(t.Context(), bob.ID, true, g.who["mod"], "spam"); err != nil {
		t.Fatal(err)
	}
	if got, _ := openPeers(t, g.disk).BySession(g.sessions["bob"]); !got.Muted || !g.Now(bob).Muted {
		t.Errorf("bob is %+v, want muted", got)
	}
	if err := g.Mute(t.Context(), bob.ID, false, g.who["eve"], ""); err != nil || g.Now(bob).Muted {
		t.Errorf("bob is still muted: %v", err)
	}
	wantLines(t, "acts", g.acts(t, 2), "mod muted bob spam", "eve unmuted bob")
	if want := slices.Repeat([]peer.Right{{Peer: bob.ID, Again: true}}, 5); !slices.Equal(g.rights, want) {
		t.Errorf("watchers were told %+v, want five times to come back", g.rights)
	}
	for _, bad := range []struct {
		id        string
		role      peer.Role
		moderator bool
		code      fault.Code
	}{
		{bob.ID, peer.Owner, false, fault.BadRequest}, {bob.ID, peer.Guest, true, fault.BadRequest}, {bob.ID, "", false, fault.BadRequest},
		{"nobody", peer.Member, false, fault.NotFound}, {g.OwnerID(), peer.Guest, false, fault.Forbidden},
	} {
		wantCode(t, g.Appoint(t.Context(), bad.id, bad.role, bad.moderator, g.who["eve"], ""), bad.code)
	}
}

func TestWhatGuestsSeeChangesForThem(t *testing.T) {
	g := gather(t)
	if err := g.SetShares(t.Context(), peer.Shares{Computer: true}); err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, r := range g.rights {
		told[r.Peer] = r.Again
	}
	if len(told) != 4 || !told[g.who["bob"].ID] || !told[g.who["fay"].ID] {
		t.Errorf("told to come back were %+v, want the four guests", g.rights)
	}
	if !g.May(g.who["bob"], peer.Follow, "monitor/local") || g.May(g.who["bob"], peer.Post, "room/lobby") || !g.May(g.who["ada"], peer.Post, "room/lobby") {
		t.Error("the switches are not what guests may, or bind others")
	}
}

func TestAReasonIsOneShortLine(t *testing.T) {
	g := gather(t)
	long := strings.Repeat("ä", peer.MaxReason)
	if err := g.Mute(t.Context(), g.who["bob"].ID, true, g.who["eve"], long+"\x00\n"); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "acts", g.acts(t, 1), "eve muted bob "+long)
	wantCode(t, g.Mute(t.Context(), g.who["bob"].ID, false, g.who["eve"], long+"ä"), fault.TooLong)
	_, err := g.Remove(t.Context(), g.who["bob"].ID, g.who["eve"], peer.Removal{Reason: long + "ä"})
	wantCode(t, err, fault.TooLong)
	_, err = g.EndGathering(t.Context(), g.who["eve"], long+"ä")
	wantCode(t, err, fault.TooLong)
	if !g.Now(g.who["bob"]).Muted || g.Now(g.who["bob"]).Role != peer.Guest {
		t.Errorf("what was refused was done: bob is %+v", g.Now(g.who["bob"]))
	}
}

func TestThePeopleOfTheOwnersList(t *testing.T) {
	g := gather(t)
	list := g.Members()
	var got []string
	for _, m := range list {
		got = append(got, m.Name+" "+string(m.Role))
		if m.Joined.IsZero() || m.Seen.Before(m.Joined.Truncate(time.Second)) || (m.Invite != "") != slices.Contains([]string{"bob", "cyd", "dan"}, m.Name) {
			t.Errorf("listed as %+v", m)
		}
	}
	wantLines(t, "people", got, "ada member", "bob guest", "cyd guest", "dan guest", "eve owner", "fay guest", "mod member", "mod2 member")
}

func TestARemovalThatTheStoreRefusedDidNotHappen(t *testing.T) {
	g := gather(t)
	g.disk.failing("peers", true)
	if out, err := g.Remove(t.Context(), g.who["bob"].ID, g.who["eve"], peer.Removal{Ban: true}); !errors.Is(err, errDisk) || len(out) != 0 {
		t.Errorf("banned %+v, %v; want the disk's error", out, err)
	}
	if err := g.Mute(t.Context(), g.who["bob"].ID, true, g.who["eve"], ""); !errors.Is(err, errDisk) {
		t.Errorf("muting: %v, want the disk's error", err)
	}
	if len(g.rights) != 0 || g.Now(g.who["bob"]).Muted || g.Banned(g.sessions["bob"]) {
		t.Errorf("watchers were told %+v of what did not happen", g.rights)
	}
}
