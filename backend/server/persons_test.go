package server_test

import (
	"net/netip"
	"strings"
	"testing"

	"hearth/backend/peer"
)

func TestTheOwnerMakesGuestsMembersAndMembersModerators(t *testing.T) {
	h := openHub(t)
	_, boss := owner(t, h)
	bob, cookie := guest(t, h, "bob")
	path := "/api/people/" + bob.ID
	b := hello(t, h, "Cookie", cookie)
	for _, step := range []struct{ change, want string }{
		{`{"role":"member","reason":"stays"}`, `"role":"member"`},
		{`{"moderator":true}`, `"moderator":true`},
		{`{"muted":true,"reason":"loud"}`, `"muted":true`},
		{`{"muted":false,"moderator":false}`, `"role":"member"`},
	} {
		if got := api(t, h, boss, "PATCH", path, step.change, 200); !strings.Contains(got, step.want) {
			t.Errorf("%s: got %s", step.change, got)
		}
		if code, reason := b.closed(); code != 1001 || reason != "your rights have changed; come back" {
			t.Errorf("%s: the session is closed with %d %q", step.change, code, reason)
		}
		b = hello(t, h, "Cookie", cookie)
	}
	api(t, h, boss, "PATCH", path, `{"moderator":true}`, 200)
	if got := api(t, h, boss, "PATCH", path, `{"role":"guest"}`, 200); strings.Contains(got, `"moderator":true`) {
		t.Errorf("a guest moderates: %s", got)
	}
	acts := api(t, h, boss, "GET", "/api/topics/acts/hub?last=50", "", 200)
	for _, act := range []string{`"act":"kept"`, `"act":"appointed"`, `"act":"muted"`, `"act":"unmuted"`, `"act":"dismissed"`, `"act":"made_guest"`, `"reason":"loud"`, `"reason":"stays"`} {
		if !strings.Contains(acts, act) {
			t.Errorf("no act has %s: %s", act, acts)
		}
	}
}

func TestWhoIsRemovedIsOutAtOnce(t *testing.T) {
	h := openHub(t)
	_, eve := moderator(t, h, "eve")
	bob, cookie := guest(t, h, "bob")
	b := hello(t, h, "Cookie", cookie)
	stream := streaming(t, h, "/api/topics/room/lobby?follow=1", "Cookie", cookie)
	got := api(t, h, eve, "POST", "/api/people/"+bob.ID+"/remove", `{"reason":"spam"}`, 200)
	if removed := into[struct{ Removed []peer.Face }](t, got).Removed; len(removed) != 1 || removed[0].ID != bob.ID {
		t.Errorf("the answer is %s", got)
	}
	if code, _ := b.closed(); code != 4003 {
		t.Errorf("the session is closed with %d, want 4003", code)
	}
	<-stream
	api(t, h, cookie, "GET", "/api/rooms", "", 401)
	if got := api(t, h, eve, "GET", "/api/people", "", 200); strings.Contains(got, bob.ID) {
		t.Errorf("who was removed is among the people: %s", got)
	}
	api(t, h, eve, "POST", "/api/people/"+bob.ID+"/remove", `{"renew":true}`, 403)
}

func TestWhoIsBannedComesBackWhenTheOwnerSaysSo(t *testing.T) {
	h := openHub(t)
	_, boss := owner(t, h)
	bob, cookie := guest(t, h, "bob")
	path := "/api/people/" + bob.ID
	api(t, h, boss, "POST", path+"/remove", `{"ban":true}`, 200)
	if got := call(t, "POST", h.url+"/api/join", `{"name":"rob"}`, "Cookie", cookie, "Sec-Fetch-Site", "same-origin"); got.status != 403 || !strings.Contains(got.body, `"code":"removed"`) {
		t.Errorf("joining with a banned browser: %d %s", got.status, got.body)
	}
	if got := codeOf(t, api(t, h, boss, "PATCH", path, `{"banned":true}`, 400)); got != "bad_request" {
		t.Errorf("banning by PATCH: %s", got)
	}
	if got := api(t, h, boss, "PATCH", path, `{"banned":false}`, 200); strings.Contains(got, `"banned"`) {
		t.Errorf("unbanning: %s", got)
	}
	if got := api(t, h, cookie, "GET", "/api/me", "", 200); !strings.Contains(got, bob.ID) {
		t.Errorf("who may come back is %s", got)
	}
}

// TestARemovalReachesWhoCameByTheSameLinkAfter has one guest before, two after, and one by another link.
func TestARemovalReachesWhoCameByTheSameLinkAfter(t *testing.T) {
	h := openHub(t)
	_, boss := owner(t, h)
	_, secret, err := h.peers.NewInvite(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var came []string
	for _, name := range []string{"before", "bob", "after", "last"} {
		p, _, err := h.peers.Admit(t.Context(), peer.Ticket{Name: name, Secret: secret, From: netip.MustParseAddr("192.168.1.20")})
		if err != nil {
			t.Fatal(err)
		}
		came = append(came, p.ID)
	}
	other, _ := guest(t, h, "elsewhere")
	got := api(t, h, boss, "POST", "/api/people/"+came[1]+"/remove", `{"same_invite":true}`, 200)
	for i, id := range append(came, other.ID) {
		if want := 1 <= i && i <= 3; strings.Contains(got, id) != want {
			t.Errorf("guest %d: removed %v, want %v", i, !want, want)
		}
	}
}

func TestAGatheringEndsForItsGuests(t *testing.T) {
	h := openHub(t)
	_, boss := owner(t, h)
	_, ada := joined(t, h, "ada")
	bob, cookie := guest(t, h, "bob")
	a, b := hello(t, h, "Cookie", ada), hello(t, h, "Cookie", cookie)
	if got := api(t, h, boss, "POST", "/api/gathering/end", `{"reason":"good night"}`, 200); !strings.Contains(got, bob.ID) {
		t.Errorf("the answer is %s", got)
	}
	if code, _ := b.closed(); code != 4003 {
		t.Errorf("a guest's session is closed with %d, want 4003", code)
	}
	a.ok(1, `"op":"ping"`)
	if got := api(t, h, boss, "POST", "/api/gathering/end", "", 200); got != `{"removed":[]}` {
		t.Errorf("ending it again: %s", got)
	}
	if got := api(t, h, boss, "GET", "/api/topics/acts/hub?last=2", "", 200); !strings.Contains(got, `"reason":"good night"`) {
		t.Errorf("the acts are %s", got)
	}
}

// TestWhoMayModerateWhom tries each act on people as those who may not.
func TestWhoMayModerateWhom(t *testing.T) {
	h := openHub(t)
	boss, _ := owner(t, h)
	eve, eveCookie := moderator(t, h, "eve")
	mallory, _ := moderator(t, h, "mallory")
	ada, adaCookie := joined(t, h, "ada")
	_, guestCookie := guest(t, h, "bob")
	for _, act := range []struct{ method, path, body string }{
		{"PATCH", "/api/people/" + eve.ID, `{"muted":true}`},
		{"PATCH", "/api/people/nobody", `{"muted":true}`},
		{"POST", "/api/people/" + eve.ID + "/remove", `{}`},
		{"POST", "/api/gathering/end", ``},
	} {
		for who, cookie := range map[string]string{"a member": adaCookie, "a guest": guestCookie} {
			if got := codeOf(t, api(t, h, cookie, act.method, act.path, act.body, 403)); got != "forbidden" {
				t.Errorf("%s: %s %s: %s", who, act.method, act.path, got)
			}
		}
		if got := call(t, act.method, h.url+act.path, act.body); got.status != 403 {
			t.Errorf("a local program: %s %s: %d", act.method, act.path, got.status)
		}
		if got := call(t, act.method, h.url+act.path, act.body, "Sec-Fetch-Site", "same-origin"); got.status != 401 {
			t.Errorf("a visitor: %s %s: %d", act.method, act.path, got.status)
		}
	}
	for what, act := range map[string]struct{ id, body string }{
		"mute the owner":         {boss.ID, `{"muted":true}`},
		"mute another moderator": {mallory.ID, `{"muted":true}`},
		"appoint":                {ada.ID, `{"moderator":true}`},
		"make a guest":           {ada.ID, `{"role":"guest"}`},
	} {
		if got := codeOf(t, api(t, h, eveCookie, "PATCH", "/api/people/"+act.id, act.body, 403)); got != "forbidden" {
			t.Errorf("a moderator would %s: %s", what, got)
		}
	}
	for _, id := range []string{boss.ID, mallory.ID} {
		api(t, h, eveCookie, "POST", "/api/people/"+id+"/remove", `{}`, 403)
	}
	api(t, h, eveCookie, "PATCH", "/api/people/"+ada.ID, `{"muted":true}`, 200)
	api(t, h, eveCookie, "PATCH", "/api/people/nobody", `{"muted":true}`, 404)
	api(t, h, eveCookie, "PATCH", "/api/people/"+ada.ID, `{"muted":"yes"}`, 400)
	for _, p := range []peer.Peer{boss, mallory} {
		if now := h.peers.Now(p); now.Muted || now.Role == peer.Visitor {
			t.Errorf("%s is %+v now", p.Name, now)
		}
	}
}
