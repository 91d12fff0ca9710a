package server_test

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/lan"
	"hearth/backend/peer"
)

// knocked knocks from another computer and returns what to wait with.
func knocked(t testing.TB, h *hub, name string) string {
	t.Helper()
	got := call(t, "POST", h.url+"/api/knock", `{"name":"`+name+`"}`, fromLAN(h, "192.168.1.20")...)
	if got.status != 202 {
		t.Fatalf("knocking: %d %s", got.status, got.body)
	}
	return into[struct{ Knock string }](t, got.body).Knock
}

// waiting waits for the owner's answer.
func waiting(t testing.TB, h *hub, knock string) chan reply {
	answered := make(chan reply, 1)
	go func() {
		answered <- call(t, "POST", h.url+"/api/knock/wait", `{"knock":"`+knock+`"}`, fromLAN(h, "192.168.1.20")...)
	}()
	return answered
}

func TestTheOwnerLetsInWhoKnocks(t *testing.T) {
	h := openHub(t, behindProxy, shareable(t))
	byOwner(t, h, "PATCH", "/api/share", `{"on":true}`, 200)
	ada, bob := knocked(t, h, "ada"), knocked(t, h, "bob")
	adas, bobs := waiting(t, h, ada), waiting(t, h, bob)
	list := byOwner(t, h, "GET", "/api/share", "", 200)
	knocks := into[lan.State](t, list).Knocks
	if len(knocks) != 2 || knocks[0].From != "192.168.1.20" || strings.Contains(list, ada) {
		t.Fatalf("at the door are %+v", knocks)
	}
	for _, k := range knocks {
		in := map[string]string{"ada": `{"in":true}`, "bob": `{"in":false}`}[k.Name]
		byOwner(t, h, "POST", "/api/knocks/"+k.ID, in, 200)
	}
	got := <-adas
	if got.status != 201 || !strings.Contains(got.body, `"role":"guest"`) || got.header.Get("Set-Cookie") == "" {
		t.Errorf("who is let in gets %d %s", got.status, got.body)
	}
	if got := <-bobs; got.status != 403 || code(got) != "knock_refused" {
		t.Errorf("who is not gets %d %s", got.status, got.body)
	}
	for _, gone := range []string{ada, "made-up"} {
		if got := <-waiting(t, h, gone); got.status != 404 {
			t.Errorf("waiting with what lets nobody in: %d %s, want 404", got.status, got.body)
		}
	}
	byOwner(t, h, "POST", "/api/knocks/nobody", `{"in":true}`, 404)
	byOwner(t, h, "POST", "/api/knocks/nobody", `{}`, 400)
}

func TestKnockingIsForThoseOutside(t *testing.T) {
	h := openHub(t, behindProxy)
	who, cookie := guest(t, h, "bob")
	inside := append(fromLAN(h, "192.168.1.20"), "Cookie", cookie)
	if got := call(t, "POST", h.url+"/api/knock", `{"name":"bob"}`, inside...); got.status != 409 {
		t.Errorf("who is in: %d %s, want 409", got.status, got.body)
	}
	owner := peer.Peer{Face: peer.Face{ID: h.peers.OwnerID()}, Role: peer.Owner}
	if _, err := h.peers.Remove(t.Context(), who.ID, owner, peer.Removal{Ban: true}); err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string]string{
		"/api/knock": `{"name":"bob"}`, "/api/knock/wait": `{"knock":"x"}`, "/api/join": `{"name":"bob","pin":"` + h.peers.PIN() + `"}`,
	} {
		if got := call(t, "POST", h.url+path, body, inside...); got.status != 403 || code(got) != "removed" {
			t.Errorf("who was banned, %s: %d %s, want removed", path, got.status, got.body)
		}
	}
	if got := call(t, "GET", h.url+"/api/me", "", inside...); !strings.Contains(got.body, `"me":null`) || !strings.Contains(got.body, `"removed":true`) {
		t.Errorf("the page of who was banned is told %s", got.body)
	}
	if err := h.peers.SetLocked(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got := call(t, "POST", h.url+"/api/knock", `{"name":"ada"}`, fromLAN(h, "192.168.1.21")...); code(got) != "door_locked" {
		t.Errorf("at a locked door: %d %s", got.status, got.body)
	}
}

// Closing waits for requests under way; one that waits for the owner would keep it for long.
func TestWhoKnocksDoesNotHoldUpTheEnd(t *testing.T) {
	h := newHub(t, behindProxy)
	h.serve(t, listen(t))
	answered := waiting(t, h, knocked(t, h, "ada"))
	h.eventually(t, "somebody waits at the door", func() bool { return h.Places() == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
	if got := <-answered; got.status != 503 {
		t.Errorf("who waited gets %d %s, want 503", got.status, got.body)
	}
}

func TestWhoKnocksIsToldNowAndThenThatThereIsNoAnswerYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t)
		secret, err := h.peers.Knock("ada", netip.MustParseAddr("192.168.1.20"))
		if err != nil {
			t.Fatal(err)
		}
		asked := time.Now()
		got := ask(h, "POST", "/api/knock/wait", "", `{"knock":"`+secret+`"}`, func(*http.Request) {})
		if waited := time.Since(asked); got.Code != 200 || got.Body.String() != `{"state":"waiting"}`+"\n" || waited != 25*time.Second {
			t.Errorf("after %v: %d %s", waited, got.Code, got.Body)
		}
	})
}
