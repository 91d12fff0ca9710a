package server_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"hearth/backend/server"
)

func TestGuardAnswersOnlyToItsOwnNames(t *testing.T) {
	machine, err := os.Hostname()
	if err != nil {
		t.Skip("this machine has no name")
	}
	h := openHub(t, func(d *server.Deps) { d.AllowHosts = []string{"Hub.Example.org."} })
	for host, want := range map[string]int{
		"127.0.0.1":                   200,
		"127.0.0.1:7420":              200,
		"10.1.2.3:80":                 200,
		"[::1]:7420":                  200,
		"[fe80::1%25eth0]":            200,
		"localhost":                   200,
		"LOCALHOST.:7420":             200,
		"hearth.localhost":            200,
		machine:                       200,
		strings.ToUpper(machine):      200,
		machine + ".local":            200,
		machine + ".lan:7420":         200,
		machine + ".home.arpa":        200,
		"hub.example.org":             200,
		"HUB.example.ORG.:1":          200,
		"evil.example":                403,
		"evil.example:7420":           403,
		"localhost.evil.example":      403,
		"xlocalhost":                  403,
		"127.0.0.1.evil.example":      403,
		"127.0.0.1:7420.evil.example": 403,
		"127.1":                       403,
		"2130706433":                  403,
		"::1":                         403,
		"[::1":                        403,
		"[::1]x":                      403,
		"a;b.localhost":               403,
		".":                           403,
		":7420":                       403,
		"hub.example.org.evil":        403,
		"evil.example@127.0.0.1":      400, // by net/http
		machine + ".local.localdomain.evil.example": 403,
	} {
		for _, path := range []string{"/healthz", "/api/me", "/backups", "/nothing/at/all"} {
			got := call(t, "GET", h.url+path, "", "Host", host)
			if path != "/healthz" && want == 200 {
				if got.status == 403 {
					t.Errorf("GET %s with Host %q: refused with %s", path, host, got.body)
				}
				continue
			}
			if got.status != want {
				t.Errorf("GET %s with Host %q: got %d %s, want %d", path, host, got.status, got.body, want)
			}
		}
	}
}

func TestGuardRefusesAnEmptyHost(t *testing.T) {
	h := openHub(t)
	for _, request := range []string{
		"GET /healthz HTTP/1.0\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
	} {
		if got := raw(t, h, request); !strings.Contains(got, " 400 ") {
			t.Errorf("%q: got %q, want 400", request, got)
		}
	}
}

// A page whose name was rebound to this computer sends its own name as Host and as Origin, and they agree.
func TestGuardRefusesAReboundPage(t *testing.T) {
	h := openHub(t)
	got := call(t, "GET", h.url+"/ws", "", append(handshake(), "Host", "evil.example", "Origin", "http://evil.example")...)
	if got.status != 403 || got.header.Get("X-Hearth-Error") != "host_not_allowed" {
		t.Errorf("got %d %q %s, want 403 host_not_allowed", got.status, got.header.Get("X-Hearth-Error"), got.body)
	}
}

func TestGuardRefusesForeignOrigins(t *testing.T) {
	h := openHub(t, func(d *server.Deps) { d.AllowOrigins = []string{"https://tools.example:8443"} })
	own := h.url
	port := own[strings.LastIndex(own, ":"):]
	for origin, want := range map[string]int{
		own:                             200,
		strings.ToUpper(own):            200,
		"https://tools.example:8443":    200,
		"http://tools.example:8443":     403,
		"https://tools.example":         403,
		"null":                          403,
		"":                              403,
		"http://127.0.0.1":              403,
		"http://127.0.0.1:1":            403,
		"https://127.0.0.1" + port:      403,
		"http://localhost" + port:       403, // another origin than the Host of this request
		"http://evil.example":           403,
		own + ".evil.example":           403,
		own + "/":                       403,
		"http://evil.example, " + own:   403,
		"file://":                       403,
		"chrome-extension://abcdefgh":   403,
		"http://evil.example@" + own:    403,
		"http://127.0.0.1" + port + "0": 403,
	} {
		got := call(t, "GET", own+"/healthz", "", "Origin", origin)
		if got.status != want {
			t.Errorf("Origin %q: got %d %s, want %d", origin, got.status, got.body, want)
		}
		if want == 403 && !strings.Contains(got.body, `"code":"origin_not_allowed"`) {
			t.Errorf("Origin %q: got %s, want origin_not_allowed", origin, got.body)
		}
	}
	if got := call(t, "GET", own+"/healthz", "", "Origin", own, "Origin", own); got.status != 403 {
		t.Errorf("two Origins: got %d, want 403", got.status)
	}
}

// role is what GET /api/me says a caller is.
func role(t *testing.T, h *hub, headers ...string) string {
	t.Helper()
	got := call(t, "GET", h.url+"/api/me", "", headers...)
	var in struct {
		Me *struct{ Role string }
	}
	if err := json.Unmarshal([]byte(got.body), &in); err != nil || got.status != 200 {
		t.Fatalf("GET /api/me: %d %s", got.status, got.body)
	}
	if in.Me == nil {
		return "visitor"
	}
	return in.Me.Role
}

func TestOnlyALocalProgramCountsAsScript(t *testing.T) {
	h := openHub(t)
	port := h.url[strings.LastIndex(h.url, ":"):]
	for name, c := range map[string]struct {
		headers []string
		want    string
	}{
		"plain":                {nil, "script"},
		"node's fetch":         {[]string{"Sec-Fetch-Mode", "cors"}, "script"},
		"localhost":            {[]string{"Host", "localhost" + port}, "script"},
		"browser":              {[]string{"Sec-Fetch-Site", "none"}, "visitor"},
		"own page":             {[]string{"Origin", h.url}, "visitor"},
		"referer":              {[]string{"Referer", h.url + "/"}, "visitor"},
		"x-forwarded-for":      {[]string{"X-Forwarded-For", "10.0.0.1"}, "visitor"},
		"x-forwarded-anything": {[]string{"x-forwarded-port", "80"}, "visitor"},
		"forwarded":            {[]string{"Forwarded", "for=10.0.0.1"}, "visitor"},
		"via":                  {[]string{"Via", "1.1 proxy"}, "visitor"},
		"x-real-ip":            {[]string{"X-Real-IP", "10.0.0.1"}, "visitor"},
		"an empty mark":        {[]string{"Via", ""}, "visitor"},
		"a LAN name":           {[]string{"Host", "192.168.1.5" + port}, "visitor"},
	} {
		if got := role(t, h, c.headers...); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestCookieAndTokenSayWhoCalls(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	for name, c := range map[string]struct {
		headers []string
		want    string
	}{
		"cookie":          {[]string{"Cookie", cookie, "Sec-Fetch-Site", "same-origin"}, "member"},
		"bearer":          {[]string{"Authorization", "Bearer " + adminToken}, "owner"},
		"basic":           {[]string{"Authorization", "Basic Ondyb25nOnRlc3QtYWRtaW4tdG9rZW4="}, "denied"},
		"stale cookie":    {[]string{"Cookie", "hearth_" + h.peers.HubID() + "=old", "Sec-Fetch-Site", "same-origin"}, "visitor"},
		"other hub's":     {[]string{"Cookie", "hearth_00000000=" + cookie[strings.Index(cookie, "=")+1:], "Via", "x"}, "visitor"},
		"cookie + bearer": {[]string{"Cookie", cookie, "Authorization", "Bearer " + adminToken}, "owner"},
	} {
		if c.want == "denied" {
			continue
		}
		if got := role(t, h, c.headers...); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	for _, header := range []string{"Bearer wrong", "Bearer ", "Basic bm9ib2R5Ondyb25n", "Bearer " + adminToken + "x", "Digest x"} {
		got := call(t, "GET", h.url+"/api/me", "", "Authorization", header, "Cookie", cookie)
		if got.status != 401 {
			t.Errorf("Authorization %q: got %d %s, want 401", header, got.status, got.body)
		}
	}
}

func TestACookieDoesNotActForAnotherSite(t *testing.T) {
	h := openHub(t, func(d *server.Deps) { d.AllowOrigins = []string{"https://tools.example"} })
	_, cookie := joined(t, h, "ada")
	got := call(t, "PATCH", h.url+"/api/me", `{"name":"eve"}`, "Cookie", cookie, "Sec-Fetch-Site", "cross-site")
	if got.status != 403 {
		t.Errorf("cross-site: got %d %s, want 403", got.status, got.body)
	}
	got = call(t, "PATCH", h.url+"/api/me", `{"name":"ada l."}`, "Cookie", cookie, "Sec-Fetch-Site", "same-origin", "Origin", h.url)
	if got.status != 200 {
		t.Errorf("same-origin: got %d %s, want 200", got.status, got.body)
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	h := openHub(t)
	for _, path := range []string{"/healthz", "/", "/nothing", "/backups/nothing", "/api/me"} {
		for _, host := range []string{"127.0.0.1", "evil.example"} {
			got := call(t, "GET", h.url+path, "", "Host", host).header
			for name, want := range map[string]string{
				"X-Content-Type-Options":       "nosniff",
				"X-Frame-Options":              "DENY",
				"Referrer-Policy":              "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got.Get(name) != want {
					t.Errorf("GET %s for %s: %s is %q, want %q", path, host, name, got.Get(name), want)
				}
			}
			if !strings.Contains(got.Get("Permissions-Policy"), "camera=()") {
				t.Errorf("GET %s for %s: Permissions-Policy is %q", path, host, got.Get("Permissions-Policy"))
			}
		}
	}
}

// topicNames lists the topics that were ever written to.
func topicNames(t *testing.T, h *hub) []string {
	t.Helper()
	names, err := h.topics.Names(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPathsAreCheckedAfterDecoding(t *testing.T) {
	h := openHub(t)
	before := topicNames(t, h)
	for path, want := range map[string]int{
		"/chat/%2e%2e":                   400,
		"/chat/%2E%2e%2fapi":             400,
		"/chat/..%2f..%2fetc":            400,
		"/chat/a%2fb":                    400,
		"/chat/a%5Cb":                    400,
		"/chat/../api/me":                400,
		"/chat/./lobby":                  400,
		"/chat//lobby":                   400,
		"/chat/a%00b":                    400,
		"/chat/%0a":                      400,
		"/api/rooms/%2e%2e/messages":     400,
		"/api/topics/room/%2e%2e/lobby":  400,
		"/%2e%2e":                        404,
		"/%2e%2e/json":                   404,
		"/backups%2fx/json":              404,
		"//backups":                      400,
		"/assets/%2e%2e/%2e%2e/etc/shad": 400,
	} {
		for _, method := range []string{"GET", "POST"} {
			got := call(t, method, h.url+path, map[string]string{"POST": "hi"}[method])
			if got.status != want || !json.Valid([]byte(got.body)) {
				t.Errorf("%s %s: got %d %q, want %d and JSON", method, path, got.status, got.body, want)
			}
		}
	}
	if after := topicNames(t, h); !slices.Equal(after, before) {
		t.Errorf("bad paths left topics: %q, before %q", after, before)
	}
}

func TestHeadersHaveALimit(t *testing.T) {
	h := openHub(t)
	if got := call(t, "GET", h.url+"/healthz", "", "X-Large", strings.Repeat("x", 12<<10)); got.status != http.StatusOK {
		t.Errorf("12 KiB: got %d, want 200", got.status)
	}
	// net/http may have read up to 4 KiB of a request before it counts.
	if got := call(t, "GET", h.url+"/healthz", "", "X-Large", strings.Repeat("x", 20<<10)); got.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("20 KiB: got %d, want 431", got.status)
	}
}
