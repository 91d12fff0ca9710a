package server_test

import (
	"encoding/json"
	"slices"
	"testing"

	"hearth/backend/peer"
	"hearth/backend/topic"
)

// listed is a person as GET /api/people shows it.
type listed struct {
	Peer   peer.Face
	State  string
	Role   *peer.Role
	Banned bool
	From   []string
	Invite string
	Joined string
}

// people returns who is listed for the holder of that cookie, by name.
func people(t testing.TB, h *hub, cookie, query string) map[string]listed {
	t.Helper()
	in := into[struct{ People []json.RawMessage }](t, api(t, h, cookie, "GET", "/api/people"+query, "", 200))
	byName := make(map[string]listed)
	for _, raw := range in.People {
		p := into[listed](t, string(raw))
		byName[p.Peer.Name] = p
	}
	return byName
}

func TestWhoModeratesSeesWhatItTakes(t *testing.T) {
	h := openHub(t, behindProxy)
	mod, moderator := joined(t, h, "ada")
	_, member := joined(t, h, "bob")
	eve, visitor := guest(t, h, "eve")
	gone, _ := guest(t, h, "dan")
	owner, session, err := h.peers.RedeemOwnerLink(t.Context(), h.peers.MintOwnerLink(false))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.peers.Appoint(t.Context(), mod.ID, peer.Member, true, owner, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.peers.Remove(t.Context(), gone.ID, owner, peer.Removal{Ban: true}); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"192.168.1.20", "192.168.1.3"} {
		c := hello(t, h, append(fromLAN(h, address), "Cookie", visitor)...)
		c.ok(1, `"op":"ping"`) // it is open now
	}

	for name, cookie := range map[string]string{"a member": member, "a guest": visitor} {
		for who, p := range people(t, h, cookie, "") {
			if p.Role != nil || p.From != nil || p.Invite != "" || p.Banned {
				t.Errorf("%s is shown of %s: %+v", name, who, p)
			}
		}
	}
	seen := people(t, h, moderator, "")
	if p := seen["eve"]; p.Peer.ID != eve.ID || p.Role == nil || *p.Role != peer.Guest || p.Invite == "" || p.State != "online" ||
		!slices.Equal(p.From, []string{"192.168.1.3", "192.168.1.20"}) {
		t.Errorf("a moderator is shown of eve: %+v", p)
	}
	if p := seen["eve"]; p.Joined != h.peers.Joined(eve.ID).UTC().Format(topic.WireTime) { // two may come in one second
		t.Errorf("eve joined at %s", p.Joined)
	}
	if _, ok := seen["dan"]; ok {
		t.Error("who was banned is listed without being asked for")
	}
	if p := people(t, h, "hearth_"+h.peers.HubID()+"="+session, "?removed=1")["dan"]; !p.Banned || p.State != "offline" {
		t.Errorf("the owner is shown of who was banned: %+v", p)
	}
	if got := call(t, "GET", h.url+"/api/people?removed=1", "", "Cookie", moderator); got.status != 403 {
		t.Errorf("a moderator asks for who was banned: %d, want 403", got.status)
	}
}
