package server_test

import (
	"net/netip"
	"strings"
	"testing"

	"hearth/backend/server"
)

// behindProxy trusts whoever calls from loopback, as behind a proxy on the same machine.
func behindProxy(d *server.Deps) {
	d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.9.0.0/16")}
}

// lastAddress makes the hub refuse a request with these headers and returns the address that it remembers.
func lastAddress(t *testing.T, h *hub, headers ...string) string {
	t.Helper()
	if got := call(t, "GET", h.url+"/chat/lobby", "", headers...); got.status != 426 {
		t.Fatalf("got %d %s, want a refusal", got.status, got.body)
	}
	return examine(t, h).Refusals[0].Address
}

func TestATrustedProxySaysWhoCalls(t *testing.T) {
	h := openHub(t, behindProxy)
	for sent, want := range map[string]string{
		"192.168.1.20":                      "192.168.1.20",
		"1.2.3.4, 192.168.1.20":             "192.168.1.20", // what a stranger sent comes first
		"192.168.1.20, 10.9.1.1, 127.0.0.1": "192.168.1.20", // proxies behind proxies
		"192.168.1.20, junk":                "127.0.0.1",    // the nearest one speaks no sense
		"junk, 192.168.1.20":                "192.168.1.20",
		"2001:db8::7":                       "2001:db8::7",
		"::ffff:192.168.1.20":               "192.168.1.20",
		"":                                  "127.0.0.1",
	} {
		if got := lastAddress(t, h, "X-Forwarded-For", sent); got != want {
			t.Errorf("X-Forwarded-For %q: the caller's address is %s, want %s", sent, got, want)
		}
	}
	if got := lastAddress(t, h, "X-Forwarded-For", "1.2.3.4", "X-Forwarded-For", "192.168.1.20"); got != "192.168.1.20" {
		t.Errorf("two headers: the caller's address is %s, want the last one's", got)
	}
	if got := lastAddress(t, openHub(t), "X-Forwarded-For", "192.168.1.20"); got != "127.0.0.1" {
		t.Errorf("a proxy that is not trusted makes its caller %s", got)
	}
}

func TestATrustedProxySaysWhatThePageIsCalled(t *testing.T) {
	outside := []string{"X-Forwarded-For", "192.168.1.20", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "hub.example.org",
		"Origin", "https://hub.example.org"}
	name := func(d *server.Deps) { d.AllowHosts = []string{"hub.example.org"} }
	if got := call(t, "GET", openHub(t, behindProxy, name).url+"/healthz", "", outside...); got.status != 200 {
		t.Errorf("the page behind a trusted proxy: %d %s, want 200", got.status, got.body)
	}
	if got := call(t, "GET", openHub(t, name).url+"/healthz", "", outside...); got.status != 403 {
		t.Errorf("the same from anybody else: %d %s, want 403", got.status, got.body)
	}
	if got := call(t, "GET", openHub(t, behindProxy).url+"/healthz", "", outside...); got.status != 403 || !strings.Contains(got.body, "host_not_allowed") {
		t.Errorf("a name that is not the hub's: %d %s, want host_not_allowed", got.status, got.body)
	}
}

// Whatever a proxy says, who comes through it is no program of the hub's own user on this computer.
func TestNobodyIsLocalThroughAProxy(t *testing.T) {
	for name, h := range map[string]*hub{"trusted": openHub(t, behindProxy), "any other": openHub(t)} {
		for _, client := range []string{"127.0.0.1", "192.168.1.20"} {
			if got := role(t, h, "X-Forwarded-For", client); got != "visitor" {
				t.Errorf("through %s proxy from %s: got %s, want visitor", name, client, got)
			}
		}
	}
}

func TestOverTLSTheCookieIsSecureAndAnotherOne(t *testing.T) {
	h := openHub(t, behindProxy)
	_, plain := joined(t, h, "ada")
	bob, session, err := h.peers.Join(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	secure := "__Host-hearth_" + h.peers.HubID() + "=" + session
	https := []string{"X-Forwarded-For", "192.168.1.20", "X-Forwarded-Proto", "https"}

	link := h.peers.MintOwnerLink(false)
	got := call(t, "POST", h.url+"/api/host/session", `{"token":"`+link+`"}`, https...)
	if set := got.header.Get("Set-Cookie"); !strings.HasPrefix(set, "__Host-hearth_") || !strings.Contains(set, "Secure") || !strings.Contains(set, "Path=/") {
		t.Errorf("over TLS the cookie is %q, want a Secure one with the prefix __Host-", set)
	}
	link = h.peers.MintOwnerLink(false)
	got = call(t, "POST", h.url+"/api/host/session", `{"token":"`+link+`"}`)
	if set := got.header.Get("Set-Cookie"); !strings.HasPrefix(set, "hearth_") || strings.Contains(set, "Secure") {
		t.Errorf("over plain http the cookie is %q", set)
	}
	if got := call(t, "GET", h.url+"/api/me", "", append(https, "Cookie", plain+"; "+secure)...); !strings.Contains(got.body, bob.ID) {
		t.Errorf("with both cookies: %s, want the one given out over TLS to count", got.body)
	}

	got = call(t, "POST", h.url+"/api/leave", "", append(https, "Cookie", plain+"; "+secure)...)
	if gone := got.header.Values("Set-Cookie"); got.status != 204 || len(gone) != 2 {
		t.Errorf("leaving: %d with %q, want both cookies ended", got.status, gone)
	}
	for _, cookie := range []string{plain, secure} {
		if got := role(t, h, "Cookie", cookie, "Sec-Fetch-Site", "none"); got != "visitor" {
			t.Errorf("after leaving, one of the cookies makes a %s", got)
		}
	}
}
