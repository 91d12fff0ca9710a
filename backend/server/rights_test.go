package server_test

import (
	"io"
	"net/http"
	"net/netip"
	"testing"

	"hearth/backend/peer"
	"hearth/backend/topic"
)

// guest returns a guest and its Cookie header.
func guest(t testing.TB, h *hub, name string) (peer.Peer, string) {
	t.Helper()
	_, secret, err := h.peers.NewInvite(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	p, session, err := h.peers.Admit(t.Context(), peer.Ticket{Name: name, Secret: secret, From: netip.MustParseAddr("192.168.1.20")})
	if err != nil {
		t.Fatal(err)
	}
	return p, "hearth_" + h.peers.HubID() + "=" + session
}

// streaming opens an HTTP stream and returns a channel that is closed when it ends.
func streaming(t testing.TB, h *hub, path string, headers ...string) (over chan struct{}) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", h.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s: %v %v", path, res, err)
	}
	over = make(chan struct{})
	go func() {
		defer close(over)
		defer res.Body.Close()
		io.Copy(io.Discard, res.Body)
	}()
	return over
}

func TestGuestsComeBackWithWhatTheOwnerSharesNow(t *testing.T) {
	h := openHub(t)
	_, adaCookie := joined(t, h, "ada")
	_, cookie := guest(t, h, "bob")
	member, c := hello(t, h, "Cookie", adaCookie), hello(t, h, "Cookie", cookie)
	if code := c.refused(1, `"op":"follow","topic":"notify/backups"`); code != "forbidden" {
		t.Fatalf("a guest follows notifications that nobody shares: %s", code)
	}
	rooms := streaming(t, h, "/api/topics/list/rooms?follow=1", "Cookie", cookie)

	if err := h.peers.SetShares(t.Context(), peer.Shares{Notifications: true}); err != nil {
		t.Fatal(err)
	}
	if code, reason := c.closed(); code != 1001 || reason != "your rights have changed; come back" {
		t.Errorf("the guest's session is closed with %d %q", code, reason)
	}
	<-rooms
	c = hello(t, h, "Cookie", cookie)
	c.ok(1, `"op":"follow","topic":"notify/backups"`)
	if code := c.refused(2, `"op":"follow","topic":"list/rooms"`); code != "forbidden" {
		t.Errorf("rooms are shared no more, and a guest follows their list: %s", code)
	}
	member.ok(1, `"op":"ping"`) // a member's session went on
}

func TestWhoSignsOutLosesThatSessionAlone(t *testing.T) {
	h := openHub(t)
	_, phone := guest(t, h, "bob")
	link, other := h.peers.MintOwnerLink(false), h.peers.MintOwnerLink(false)
	_, one, err := h.peers.RedeemOwnerLink(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := h.peers.RedeemOwnerLink(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	name := "hearth_" + h.peers.HubID() + "="
	first, second, third := hello(t, h, "Cookie", name+one), hello(t, h, "Cookie", name+two), hello(t, h, "Cookie", phone)
	third.ok(1, `"op":"ping"`) // it is open now
	if err := h.peers.SignOut(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	first.wantClosed(4003)
	second.ok(1, `"op":"ping"`)
	third.ok(2, `"op":"ping"`)
}

func TestTheHubSaysGoodbyeBeforeItSleepsAndGoesOn(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	c, over := hello(t, h, "Cookie", cookie), streaming(t, h, "/backups/json")
	c.ok(1, `"op":"ping"`) // it is open now
	h.Sleep()
	if code, reason := c.closed(); code != 1001 || reason != "the hub is going to sleep" {
		t.Errorf("closed with %d %q", code, reason)
	}
	<-over
	hello(t, h, "Cookie", cookie).ok(1, `"op":"ping"`)
}

func TestEndingSharingEndsWhatIsOpenFromElsewhere(t *testing.T) {
	h := openHub(t, behindProxy)
	_, cookie := joined(t, h, "ada")
	outside := []string{"Cookie", cookie, "X-Forwarded-For", "192.168.1.20"}
	near, far := hello(t, h, "Cookie", cookie), hello(t, h, outside...)
	stream := streaming(t, h, "/api/topics/list/rooms?follow=1", outside...)
	far.ok(1, `"op":"ping"`) // it is open now
	h.EndRemote("this hub is not shared any more")
	if code, reason := far.closed(); code != 1001 || reason != "this hub is not shared any more" {
		t.Errorf("closed with %d %q", code, reason)
	}
	<-stream
	near.ok(1, `"op":"ping"`)
}

// A right that is taken between the answer to who calls and the moment its session is in the list would be kept for good.
func TestRightsThatChangeDuringAHandshakeCount(t *testing.T) {
	engine := &slowToOpen{Ring: topic.NewRing(), name: "room/attic"}
	h := newHubOn(t, engine)
	h.serve(t, listen(t))
	_, cookie := guest(t, h, "bob")
	engine.meanwhile = func() {
		if err := h.peers.SetShares(t.Context(), peer.Shares{}); err != nil {
			t.Error(err)
		}
	}
	c := dial(t, h, "/chat/attic", "Cookie", cookie)
	c.wantClosed(1001)
}
