package server_test

import (
	"net/http"
	"strings"
	"testing"

	"hearth/backend/lan"
	"hearth/backend/peer"
)

// A gathering that is disturbed cannot wait for the owner: who moderates locks the door, and it is told who did it and why.
func TestWhoModeratesLocksTheDoor(t *testing.T) {
	h := openHub(t, behindProxy, shareable(t))
	byOwner(t, h, "PATCH", "/api/share", `{"on":true}`, 200)
	bob, cookie := joined(t, h, "bob")
	owner := peer.Peer{Face: peer.Face{ID: h.peers.OwnerID()}, Role: peer.Owner}
	if err := h.peers.Appoint(t.Context(), bob.ID, peer.Member, true, owner, ""); err != nil {
		t.Fatal(err)
	}
	is := func(want string) {
		t.Helper()
		if got := call(t, "GET", h.url+"/api/door", "", "Cookie", cookie); got.status != http.StatusOK || got.body != want+"\n" {
			t.Errorf("the door is %d %s, want %s", got.status, got.body, want)
		}
	}
	is(`{"locked":false}`)
	turn := func(body string) reply { return call(t, "PATCH", h.url+"/api/door", body, "Cookie", cookie) }
	if got := turn(`{"locked":true,"reason":"spam"}`); got.status != http.StatusOK || got.body != `{"locked":true}`+"\n" {
		t.Fatalf("locking: %d %s", got.status, got.body)
	}
	is(`{"locked":true}`)
	if got := into[lan.State](t, byOwner(t, h, "GET", "/api/share", "", 200)); !got.Locked {
		t.Error("the owner's panel does not show the lock")
	}
	if got := comeIn(t, h, "192.168.1.21", `{"name":"eve","pin":"`+h.peers.PIN()+`"}`); code(got) != "door_locked" {
		t.Errorf("who comes then gets %d %s", got.status, got.body)
	}
	turn(`{"locked":true}`) // again: no act
	turn(`{"locked":false}`)
	is(`{"locked":false}`)
	if got := comeIn(t, h, "192.168.1.21", `{"name":"eve","pin":"`+h.peers.PIN()+`"}`); got.status != http.StatusCreated {
		t.Errorf("who comes when it is unlocked gets %d %s", got.status, got.body)
	}
	for _, body := range []string{`{}`, `{"locked":1}`, `{"locked":true,"reason":"` + strings.Repeat("x", peer.MaxReason+1) + `"}`} {
		if got := turn(body); got.status < 400 || got.status >= 500 || h.peers.Locked() {
			t.Errorf("%.40s: %d %s", body, got.status, got.body)
		}
	}
	acts := byOwner(t, h, "GET", "/api/topics/acts/hub?last=10", "", 200)
	if strings.Count(acts, `"act":"door_locked"`) != 1 || strings.Count(acts, `"act":"door_unlocked"`) != 1 || !strings.Contains(acts, `"reason":"spam"`) {
		t.Errorf("the acts are %s", acts)
	}
}
