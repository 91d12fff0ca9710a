package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hearth/backend/peer"
	"hearth/backend/server"
)

// fromLAN are the headers of a browser on another computer, to a hub behindProxy.
func fromLAN(h *hub, address string) []string {
	return []string{"X-Forwarded-For", address, "Origin", h.url, "Sec-Fetch-Site", "same-origin"}
}

// comeIn joins over HTTP and returns the answer.
func comeIn(t testing.TB, h *hub, from, body string) reply {
	t.Helper()
	return call(t, "POST", h.url+"/api/join", body, fromLAN(h, from)...)
}

func code(r reply) string { return r.header.Get("X-Hearth-Error") }

func invite(t testing.TB, h *hub, uses int) string {
	t.Helper()
	_, secret, err := h.peers.NewInvite(t.Context(), uses, 0)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestAVisitorLearnsHowToComeIn(t *testing.T) {
	h := openHub(t, behindProxy)
	got := call(t, "GET", h.url+"/api/me", "", fromLAN(h, "192.168.1.20")...)
	wantShape(t, "door", strings.TrimSuffix(got.body, "\n"))
	door := func(headers ...string) string {
		body := call(t, "GET", h.url+"/api/me", "", headers...).body
		return body[strings.Index(body, `"door":`)+7 : len(body)-2]
	}
	if got, want := door("Sec-Fetch-Site", "none"), `{"local":true,"pin":true,"locked":false,"removed":false,"knock":false}`; got != want {
		t.Errorf("on this computer: %s, want %s", got, want)
	}
	if err := h.peers.SetLocked(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got, want := door(fromLAN(h, "192.168.1.20")...), `{"local":false,"pin":true,"locked":true,"removed":false,"knock":false}`; got != want {
		t.Errorf("locked: %s, want %s", got, want)
	}
	if err := h.peers.SetLocked(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := h.peers.SetPIN(peer.PINNone); err != nil {
		t.Fatal(err)
	}
	if got, want := door(fromLAN(h, "192.168.1.20")...), `{"local":true,"pin":false,"locked":false,"removed":false,"knock":false}`; got != want {
		t.Errorf("open to all: %s, want %s", got, want)
	}
}

func TestAGuestComesInByLinkOrPIN(t *testing.T) {
	h := openHub(t, behindProxy)
	secret := invite(t, h, 1)
	got := comeIn(t, h, "192.168.1.20", `{"name":"ada","secret":"`+secret+`"}`)
	if got.status != 201 || !strings.Contains(got.body, `"role":"guest"`) || got.header.Get("Set-Cookie") == "" {
		t.Fatalf("with a good link: %d %s %v", got.status, got.body, got.header)
	}
	cookie, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	me := call(t, "GET", h.url+"/api/me", "", append(fromLAN(h, "192.168.1.20"), "Cookie", cookie)...)
	if !strings.Contains(me.body, `"name":"ada"`) || !strings.Contains(me.body, `"sees":{"rooms":true,"computer":false,"notifications":false}`) {
		t.Errorf("she is %s", me.body)
	}
	again := call(t, "POST", h.url+"/api/join", `{"name":"Ada L.","secret":"`+secret+`"}`, append(fromLAN(h, "192.168.1.20"), "Cookie", cookie)...)
	if again.status != 200 || !strings.Contains(again.body, `"name":"Ada L."`) {
		t.Errorf("who scans the link again keeps her identity: got %d %s", again.status, again.body)
	}
	if got := comeIn(t, h, "192.168.1.21", `{"name":"bob","pin":"`+h.peers.PIN()+`"}`); got.status != 201 {
		t.Errorf("with the PIN: %d %s", got.status, got.body)
	}
}

func TestEachRefusalAtTheDoorHasItsOwnCode(t *testing.T) {
	h := openHub(t, behindProxy)
	used, revoked := invite(t, h, 1), invite(t, h, 0)
	comeIn(t, h, "192.168.1.20", `{"name":"ada","secret":"`+used+`"}`)
	for _, i := range h.peers.Invites() {
		if i.Uses == 0 {
			if err := h.peers.RevokeInvite(t.Context(), i.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		body, code string
		status     int
	}{
		{`{"name":"bob"}`, "pin_needed", 403},
		{`{"name":"bob","pin":"0"}`, "pin_wrong", 403},
		{`{"name":"bob","secret":"` + used + `"}`, "invite_used_up", 403},
		{`{"name":"bob","secret":"` + revoked + `"}`, "invite_revoked", 403},
		{`{"name":"bob","secret":"` + used[:9] + `"}`, "invite_unknown", 403},
		{`{"name":"hub","pin":"1"}`, "bad_request", 400},
		{`{"name":"bob","pin":7}`, "bad_json", 400},
	} {
		if got := comeIn(t, h, "192.168.1.21", c.body); got.status != c.status || code(got) != c.code {
			t.Errorf("%s: got %d %s, want %d %s", c.body, got.status, got.body, c.status, c.code)
		}
	}
	if err := h.peers.SetLocked(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got := comeIn(t, h, "192.168.1.21", `{"name":"bob","pin":"`+h.peers.PIN()+`"}`); code(got) != "door_locked" {
		t.Errorf("locked: got %d %s", got.status, got.body)
	}
	if got := call(t, "POST", h.url+"/api/join", `{"name":"bob"}`, "Origin", h.url); code(got) != "door_locked" {
		t.Errorf("locked, on this computer: got %d %s", got.status, got.body)
	}
	for _, r := range examine(t, h).Refusals {
		if r.Path == "/api/join" && (r.Address != "192.168.1.21" && r.Address != "127.0.0.1" || r.Fix == "") {
			t.Errorf("the owner learns of %+v", r)
		}
		if text := fmt.Sprint(r); strings.Contains(text, used) || strings.Contains(text, h.peers.PIN()) {
			t.Errorf("a refusal tells a secret: %s", text)
		}
	}
}

func TestTooManyWrongPINsAreToldWhenToComeBack(t *testing.T) {
	h := openHub(t, behindProxy)
	var got reply
	for range 6 {
		got = comeIn(t, h, "192.168.1.20", `{"name":"bob","pin":"0"}`)
	}
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, `"field":"pin"`) {
		t.Errorf("the sixth wrong PIN: %d %s, Retry-After %q", got.status, got.body, got.header.Get("Retry-After"))
	}
	if got := comeIn(t, h, "192.168.1.21", `{"name":"ada","pin":"`+h.peers.PIN()+`"}`); got.status != 201 {
		t.Errorf("from another address: %d %s", got.status, got.body)
	}
}

// A proxy on this computer makes everybody look local to a hub that does not know of it.
func TestANameAloneIsNotEnoughThroughAProxy(t *testing.T) {
	for name, h := range map[string]*hub{"trusted": openHub(t, behindProxy), "any other": openHub(t)} {
		for _, mark := range [][2]string{{"X-Forwarded-For", "127.0.0.1"}, {"Via", "1.1 proxy"}, {"X-Real-IP", "127.0.0.1"}, {"Host", "192.168.1.5"}} {
			got := call(t, "POST", h.url+"/api/join", `{"name":"ada"}`, mark[0], mark[1])
			if got.status != 403 || code(got) != "pin_needed" {
				t.Errorf("%s proxy with %s: got %d %s, want pin_needed", name, mark[0], got.status, got.body)
			}
		}
	}
	h := openHub(t)
	if got := raw(t, h, "POST /api/join HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 14\r\n\r\n{\"name\":\"ada\"}"); !strings.Contains(got, "pin_needed") {
		t.Errorf("a naive proxy speaks HTTP/1.0: got %s", got)
	}
}

func TestAnOpenHubTakesANameButNotAThousand(t *testing.T) {
	h := openHub(t, behindProxy, func(d *server.Deps) { d.Limits.PeerRate = server.Rate{PerSecond: 0.01, Burst: 3} })
	if err := h.peers.SetPIN(peer.PINNone); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		want := map[bool]int{true: 201, false: 429}[i < 3]
		if got := comeIn(t, h, "192.168.1.20", `{"name":"ada","secret":"junk"}`); got.status != want {
			t.Errorf("join %d from one address: %d %s, want %d", i+1, got.status, got.body, want)
		}
	}
	if got := comeIn(t, h, "192.168.1.21", `{"name":"ada"}`); got.status != 201 {
		t.Errorf("from another address: %d %s", got.status, got.body)
	}
}
