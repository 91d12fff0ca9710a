package server_test

import (
	"fmt"
	"strings"
	"testing"

	"hearth/backend/server"
)

// checkup is what GET /api/doctor answers.
type checkup struct {
	Version, URL, Data, Started string
	Refusals                    []server.Refusal
}

func examine(t testing.TB, h *hub) checkup {
	t.Helper()
	got := call(t, "GET", h.url+"/api/doctor", "", "Authorization", "Bearer "+adminToken)
	if got.status != 200 {
		t.Fatalf("GET /api/doctor: %d %s", got.status, got.body)
	}
	return into[checkup](t, got.body)
}

func TestTheOwnerLearnsWhoWasRefusedAndWhatHelps(t *testing.T) {
	h := openHub(t, func(d *server.Deps) { d.Limits.Unauthenticated = 1 })
	for range 3 {
		call(t, "GET", h.url+"/healthz", "", "Host", "evil.example", "User-Agent", "probe/1.0")
	}
	call(t, "GET", h.url+"/api/me", "", "Origin", "http://evil.example")
	call(t, "GET", h.url+"/chat/lobby", "")
	call(t, "GET", h.url+"/ws", "", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	call(t, "GET", h.url+"/ws", "", "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "short")
	call(t, "GET", h.url+"/api/me", "", "Authorization", "Bearer wrong")
	hello(t, h, "Sec-Fetch-Site", "none")
	tryDial(t, h, "/ws", "Sec-Fetch-Site", "none")

	got := examine(t, h).Refusals
	want := []string{"too_many_connections", "unauthenticated", "bad_handshake", "proxy_dropped_upgrade", "upgrade_required",
		"origin_not_allowed", "host_not_allowed"}
	if len(got) != len(want) {
		t.Fatalf("got %+v, want one of each of %q", got, want)
	}
	for i, code := range want {
		if r := got[i]; string(r.Code) != code || r.Address != "127.0.0.1" || r.Cause == "" || r.Fix == "" || r.Time.IsZero() {
			t.Errorf("refusal %d is %+v, want %s with address, cause, fix and time", i, r, code)
		}
	}
	if host := got[len(got)-1]; host.Count != 3 || host.Path != "/healthz" || host.Agent != "probe/1.0" ||
		!strings.Contains(host.Cause, "evil.example") || !strings.Contains(host.Fix, "--allow-host") {
		t.Errorf("three requests for a foreign host are remembered as %+v", host)
	}
}

func TestRefusalsAreBoundedAndHoldNoSecret(t *testing.T) {
	h := openHub(t)
	for i := range 60 {
		call(t, "GET", fmt.Sprintf("%s/chat/room-%d?auth=c2VjcmV0&x=1", h.url, i), "", "User-Agent", strings.Repeat("a", 5000))
	}
	call(t, "GET", h.url+"/backups/ws?auth=c2VjcmV0", "")
	got := examine(t, h).Refusals
	if len(got) != 50 || got[1].Path != "/chat/room-59" || len(got[1].Agent) != 200 {
		t.Errorf("%d refusals are kept, the last but one is %+v; want 50, the newest first, cut to 200 characters", len(got), got[1])
	}
	for _, r := range got {
		if text := fmt.Sprintf("%+v", r); strings.Contains(text, "c2VjcmV0") {
			t.Errorf("a refusal holds the token that was sent: %s", text)
		}
	}
}

func TestOnlyTheOwnerAndLocalProgramsSeeRefusals(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"owner":         {[]string{"Authorization", "Bearer " + adminToken}, 200},
		"local program": {nil, 200},
		"member":        {[]string{"Cookie", cookie}, 403},
		"visitor":       {[]string{"Sec-Fetch-Site", "none"}, 401},
	} {
		if got := call(t, "GET", h.url+"/api/doctor", "", c.headers...); got.status != c.want {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, c.want)
		}
	}
}
