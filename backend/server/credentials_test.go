package server_test

import (
	"encoding/base64"
	"testing"

	"hearth/backend/server"
)

// asQuery writes an Authorization header as ntfy's clients put it into a URL.
func asQuery(header string) string {
	return "auth=" + base64.RawURLEncoding.EncodeToString([]byte(header))
}

func TestATokenCountsWhereverItsClientCanPutIt(t *testing.T) {
	h := openHub(t)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(":"+adminToken))
	bearer, wrong := "Bearer "+adminToken, "Bearer wrong"
	outside := []string{"Sec-Fetch-Site", "cross-site"}
	for name, c := range map[string]struct {
		method, path string
		headers      []string
		want         int
	}{
		"nothing":                        {"POST", "/backups", nil, 401},
		"bearer":                         {"POST", "/backups", []string{"Authorization", bearer}, 200},
		"lower case":                     {"POST", "/backups", []string{"Authorization", "bearer " + adminToken}, 200},
		"basic":                          {"POST", "/backups", []string{"Authorization", basic}, 200},
		"query":                          {"POST", "/backups?" + asQuery(bearer), nil, 200},
		"query, padded":                  {"POST", "/backups?" + asQuery(basic) + "==", nil, 200},
		"query, long name":               {"POST", "/backups?authorization=" + asQuery(bearer)[5:], nil, 200},
		"query, JSON":                    {"POST", "/?" + asQuery(bearer), nil, 200},
		"query, streams":                 {"GET", "/backups/json?poll=1&" + asQuery(bearer), nil, 200},
		"query, chat":                    {"POST", "/chat/lobby?" + asQuery(bearer), nil, 201},
		"query, wrong":                   {"POST", "/backups?" + asQuery(wrong), nil, 401},
		"query, junk":                    {"POST", "/backups?auth=%25%25", nil, 401},
		"the header goes first":          {"POST", "/backups?" + asQuery(bearer), []string{"Authorization", wrong}, 401},
		"query, our API":                 {"GET", "/api/rooms?" + asQuery(bearer), nil, 401},
		"query, our own paths":           {"GET", "/healthz?" + asQuery(wrong), nil, 200},
		"subprotocol where none belongs": {"POST", "/backups", []string{"Sec-WebSocket-Protocol", "bearer." + adminToken}, 401},
	} {
		body := map[bool]string{true: `{"topic":"backups"}`}[name == "query, JSON"]
		if body == "" && c.method == "POST" {
			body = "done"
		}
		if got := call(t, c.method, h.url+c.path, body, append(outside, c.headers...)...); got.status != c.want {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, c.want)
		}
	}
}

// A page can set no header on a WebSocket; what it offers as subprotocols it also wants to see answered.
func TestAPageHandsItsTokenToAClassicDoorAsASubprotocol(t *testing.T) {
	h := openHub(t, func(d *server.Deps) { d.AllowOrigins = []string{"http://127.0.0.1:5173"} })
	page := []string{"Origin", "http://127.0.0.1:5173", "Sec-WebSocket-Protocol"}
	for _, path := range []string{"/chat/lobby", "/ws-chat", "/notifications?user_id=ada"} {
		c := dial(t, h, path, append(page, "bearer."+adminToken)...)
		if c.protocol != "bearer."+adminToken {
			t.Errorf("%s answers with subprotocol %q, want the one offered", path, c.protocol)
		}
		for _, wrong := range []string{"bearer.wrong", "bearer.", "chat"} {
			if _, res := tryDial(t, h, path, append(page, wrong)...); res.StatusCode != 401 {
				t.Errorf("%s with subprotocol %q: %d, want 401", path, wrong, res.StatusCode)
			}
		}
	}
	c := dial(t, h, "/chat/lobby", append(page, "bearer."+adminToken+", hearth.v1")...)
	if c.protocol != "hearth.v1" {
		t.Errorf("with both, the subprotocol is %q, want hearth.v1", c.protocol)
	}
	c.ok(1, `"op":"post","room":"lobby","text":"hi"`)
	if _, res := tryDial(t, h, "/ws-chat", "Origin", "http://127.0.0.1:5174", "Sec-WebSocket-Protocol", "bearer."+adminToken); res.StatusCode != 403 {
		t.Errorf("from a page that is not listed: %d, want 403", res.StatusCode)
	}
}

func TestForeignPagesMayUseNotificationDoorsWithAToken(t *testing.T) {
	h := openHub(t, func(d *server.Deps) { d.AllowOrigins = []string{"https://tools.example"} })
	_, cookie := joined(t, h, "ada")
	bearer := []string{"Authorization", "Bearer " + adminToken}
	wrong := []string{"Authorization", "Bearer wrong"}
	for name, c := range map[string]struct {
		method, path, origin string
		headers              []string
		want                 int
		shared               string // Access-Control-Allow-Origin
	}{
		"token":                        {"POST", "/backups", "https://evil.example", bearer, 200, "*"},
		"token in the query":           {"POST", "/backups?" + asQuery(bearer[1]), "https://evil.example", nil, 200, "*"},
		"token from a file":            {"POST", "/backups", "null", bearer, 200, "*"},
		"token, reading":               {"GET", "/backups/json?poll=1", "https://evil.example", bearer, 200, "*"},
		"token, JSON":                  {"POST", "/", "https://evil.example", bearer, 200, "*"},
		"wrong token":                  {"POST", "/backups", "https://evil.example", wrong, 401, "*"},
		"none":                         {"POST", "/backups", "https://evil.example", nil, 403, ""},
		"a cookie is no token":         {"GET", "/backups/json?poll=1", "https://evil.example", []string{"Cookie", cookie}, 403, ""},
		"token, page":                  {"GET", "/", "https://evil.example", bearer, 403, ""},
		"token, our API":               {"GET", "/api/rooms", "https://evil.example", bearer, 403, ""},
		"token, classic":               {"POST", "/chat/lobby", "https://evil.example", bearer, 403, ""},
		"listed, token, classic":       {"POST", "/chat/lobby", "https://tools.example", bearer, 201, "https://tools.example"},
		"listed, nobody, classic":      {"POST", "/chat/lobby", "https://tools.example", nil, 401, ""},
		"listed, token, our API":       {"GET", "/api/rooms", "https://tools.example", bearer, 200, ""},
		"listed, token, notifications": {"POST", "/backups", "https://tools.example", bearer, 200, "*"},
	} {
		body := map[string]string{"POST /": `{"topic":"backups"}`, "POST /backups": "hi", "POST /chat/lobby": "hi"}[c.method+" "+c.path]
		got := call(t, c.method, h.url+c.path, body, append([]string{"Origin", c.origin, "Sec-Fetch-Site", "cross-site"}, c.headers...)...)
		if got.status != c.want || got.header.Get("Access-Control-Allow-Origin") != c.shared {
			t.Errorf("%s: got %d shared with %q, want %d with %q: %s", name, got.status, got.header.Get("Access-Control-Allow-Origin"), c.want, c.shared, got.body)
		}
	}
	if got := call(t, "POST", h.url+"/backups", "hi"); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("what carries no token is shared with every page")
	}
}

func TestABrowserMayAskBeforeItSendsAToken(t *testing.T) {
	h := openHub(t, func(d *server.Deps) { d.AllowOrigins = []string{"https://tools.example"} })
	for name, c := range map[string]struct {
		path, method, origin string
		want                 int
		shared               string
	}{
		"publishing":      {"/backups", "POST", "https://evil.example", 200, "*"},
		"publishing JSON": {"/", "PUT", "https://evil.example", 200, "*"},
		"reading":         {"/backups,builds/json", "GET", "null", 200, "*"},
		"the page":        {"/", "GET", "https://evil.example", 403, ""},
		"our API":         {"/api/rooms", "GET", "https://evil.example", 403, ""},
		"chat":            {"/chat/lobby", "POST", "https://evil.example", 403, ""},
		"chat, listed":    {"/chat/lobby", "POST", "https://tools.example", 200, "https://tools.example"},
		"our API, listed": {"/api/rooms", "POST", "https://tools.example", 405, ""},
	} {
		got := call(t, "OPTIONS", h.url+c.path, "", "Origin", c.origin, "Access-Control-Request-Method", c.method, "Access-Control-Request-Headers", "authorization")
		if got.status != c.want || got.header.Get("Access-Control-Allow-Origin") != c.shared {
			t.Errorf("%s: got %d for %q, want %d for %q", name, got.status, got.header.Get("Access-Control-Allow-Origin"), c.want, c.shared)
		}
		if headers := got.header.Get("Access-Control-Allow-Headers"); c.shared != "" && headers != "*, Authorization" {
			t.Errorf("%s: headers %q, want Authorization among them", name, headers)
		}
	}
	if got := call(t, "OPTIONS", h.url+"/backups", "", "Host", "evil.example", "Origin", "http://evil.example", "Access-Control-Request-Method", "POST"); got.status != 403 {
		t.Errorf("for a foreign Host: got %d, want 403", got.status)
	}
}
