package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// hostileJSON is refused wherever JSON is read, and costs nobody anything.
var hostileJSON = map[string]string{
	"deep arrays":          `{"id":1,"op":"ping","x":` + strings.Repeat("[", 30_000),
	"deep objects":         strings.Repeat(`{"a":`, 12_000),
	"deep and closed":      `{"x":` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `}`,
	"a name twice":         `{"id":1,"op":"ping","name":"a","name":"b"}`,
	"a name twice, masked": `{"id":1,"op":"ping","name":"a","\u006eame":"b"}`,
	"a name twice, below":  `{"id":1,"op":"ping","x":[{"y":{"a":1,"a":2}}]}`,
	"something behind":     `{"id":1,"op":"ping"} {"id":2,"op":"ping"}`,
	"an endless text":      `{"name":"` + strings.Repeat(`\\`, 30_000),
	"an endless number":    `{"id":` + strings.Repeat("9", 60_000),
	"not an object":        strings.Repeat("0", 60_000),
	"half an escape":       `{"name":"\ud8`,
	"a raw line break":     "{\"name\":\"a\nb\"}",
	"a byte order mark":    "\ufeff{}",
}

// JSON made to break readers is refused with bad_json, on a session that goes on and over HTTP.
func badJSON(t *testing.T, h *hub, _ *talk) {
	_, cookie := joined(t, h, "eve")
	c, _ := shake(t, connect(t, h), h, "/ws", "Cookie", cookie, "Sec-WebSocket-Protocol", "hearth.v1")
	defer c.conn.Close()
	for name, in := range hostileJSON {
		c.say(in)
		if e := c.envelope(); e.Error == nil || e.Error.Code != "bad_json" || e.Error.Message == "" {
			t.Errorf("%s: got %+v, want bad_json", name, e)
		}
		for _, path := range []string{"/api/join", "/api/rooms"} {
			if got := call(t, "POST", h.url+path, in, "Cookie", cookie); got.status != 400 || codeIn(got) != "bad_json" {
				t.Errorf("%s to %s: got %d %.200s, want bad_json", name, path, got.status, got.body)
			}
		}
	}
	for _, path := range []string{"/api/join", "/chat/lobby", "/backups"} {
		if got := call(t, "POST", h.url+path, "{\"name\":\"\xff\xfe\"}"); got.status != 400 {
			t.Errorf("bytes that are no UTF-8 to %s: got %d %.200s, want 400", path, got.status, got.body)
		}
	}
	c.ok(2, `"op":"ping"`)
}

// codeIn returns the code of an error answer.
func codeIn(r reply) string {
	var in struct{ Error struct{ Code string } }
	json.Unmarshal([]byte(r.body), &in)
	return in.Error.Code
}

// Requests that two readers could read in two ways, or that no client sends, are refused before anything is done.
func badRequests(t *testing.T, h *hub, _ *talk) {
	head := func(first string, rest ...string) string {
		return first + "\r\n" + strings.Join(append(rest, "Connection: close"), "\r\n") + "\r\n\r\n"
	}
	const host = "Host: 127.0.0.1"
	for request, want := range map[string]string{
		head("GET /healthz HTTP/1.1", host, host):                                                              "400",
		head("GET /healthz HTTP/1.1", host, "Bad Header: x"):                                                   "400",
		head("GET /healthz HTTP/1.1", host, "X-Nul: a\x00b"):                                                   "400",
		head("GET /healthz HTTP/1.1", host, "no colon"):                                                        "400",
		head("GET /healthz HTTP/9.9", host):                                                                    "505",
		head("GET http://evil.example/healthz HTTP/1.1", host):                                                 "403",
		head("GET //evil.example/healthz HTTP/1.1", host):                                                      "400",
		head("GET healthz HTTP/1.1", host):                                                                     "400",
		head("CONNECT evil.example:443 HTTP/1.1", "Host: evil.example:443"):                                    "403",
		head("CONNECT 127.0.0.1:22 HTTP/1.1", "Host: 127.0.0.1:22"):                                            "400",
		head("TRACE /healthz HTTP/1.1", host):                                                                  "405",
		head("PRI * HTTP/2.0", host):                                                                           "404",
		head("POST /api/join HTTP/1.1", host, "Content-Length: 5", "Content-Length: 6") + "12345":              "400",
		head("POST /api/join HTTP/1.1", host, "Content-Length: -1"):                                            "400",
		head("POST /api/join HTTP/1.1", host, "Content-Length: 99999999999999999999"):                          "400",
		head("POST /api/join HTTP/1.1", host, "Transfer-Encoding: chunked, chunked") + "0\r\n\r\n":             "501",
		head("POST /api/join HTTP/1.1", host, "Transfer-Encoding: gzip"):                                       "501",
		head("POST /api/join HTTP/1.1", host, "Transfer-Encoding: chunked") + "ffffffffffffffff1\r\nx":         "400",
		head("POST /api/join HTTP/1.1", host, "Transfer-Encoding: chunked") + "zz\r\n{}":                       "400",
		head("POST /api/join HTTP/1.1", host, "Transfer-Encoding: chunked") + "2;" + strings.Repeat("x", 9000): "400",
		head("POST /api/join HTTP/1.1", host, "Expect: 200-maybe", "Content-Length: 2") + "{}":                 "417",
		strings.Repeat("\x00", 5000):                                                                           "400",
	} {
		conn := connect(t, h)
		go io.WriteString(conn, request)
		res, err := io.ReadAll(io.LimitReader(conn, 64<<10))
		conn.Close()
		got := ""
		if fields := strings.Fields(string(res)); len(fields) > 1 {
			got = fields[1]
		}
		if got != want {
			t.Errorf("%.120q: got %.200q (%v), want %s", request, res, err, want)
		}
	}
}

// Everything that has a size is refused when it is larger.
func tooMuch(t *testing.T, h *hub, _ *talk) {
	_, cookie := joined(t, h, "eve")
	x := func(n int) string { return strings.Repeat("x", n) }
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat("t,", n), ",") }
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		want               int
	}{
		"a path":                   {"GET", "/" + x(30<<10), "", nil, 431},
		"a query":                  {"GET", "/api/topics/room/lobby?since=" + x(30<<10), "", nil, 431},
		"a header":                 {"GET", "/healthz", "", []string{"X-Large", x(1 << 20)}, 431},
		"many headers":             {"GET", "/healthz", "", strings.Fields(strings.Repeat("X-Small x ", 5000)), 431},
		"a cookie":                 {"GET", "/api/me", "", []string{"Cookie", "hearth_" + h.peers.HubID() + "=" + x(14<<10)}, 200},
		"a token":                  {"GET", "/api/me", "", []string{"Authorization", "Bearer " + x(14<<10)}, 401},
		"a host":                   {"GET", "/api/me", "", []string{"Host", x(14 << 10)}, 403},
		"an origin":                {"GET", "/api/me", "", []string{"Origin", "http://" + x(14<<10)}, 403},
		"a subprotocol":            {"GET", "/ws", "", append(handshake(), "Sec-WebSocket-Protocol", many(5000)), 400},
		"a JSON body":              {"POST", "/api/rooms", `{"room":"` + x(64<<10) + `"}`, nil, 413},
		"a body of many megabytes": {"POST", "/api/rooms", x(8 << 20), nil, 413},
		"a text":                   {"POST", "/chat/lobby", x(16<<10 + 1), nil, 413},
		"a text of megabytes":      {"POST", "/chat/lobby", x(8 << 20), nil, 413},
		"a message":                {"POST", "/api/rooms/lobby/messages", `{"text":"` + x(16<<10+1) + `"}`, nil, 413},
		"a client id":              {"POST", "/api/rooms/lobby/messages", `{"text":"x","client_id":"` + x(10_000) + `"}`, nil, 400},
		"a room's id":              {"POST", "/api/rooms", `{"room":"` + x(65) + `"}`, nil, 400},
		"a room's title":           {"POST", "/api/rooms", `{"room":"attic","title":"` + x(65) + `"}`, nil, 413},
		"a name":                   {"PATCH", "/api/me", `{"name":"` + x(33) + `"}`, nil, 413},
		"a name's bytes":           {"PATCH", "/api/me", `{"name":"` + strings.Repeat("👩‍👩", 11) + `"}`, nil, 413},
		"a pile of marks":          {"PATCH", "/api/me", `{"name":"e` + strings.Repeat("\u0301", 20) + `"}`, nil, 400},
		"a notification":           {"POST", "/backups", x(4096), nil, 400},
		"a notification's title":   {"POST", "/backups", "x", []string{"Title", x(251)}, 413},
		"a notification's tags":    {"POST", "/backups", "x", []string{"Tags", many(33)}, 413},
		"a notification's tag":     {"POST", "/backups", "x", []string{"Tags", x(65)}, 413},
		"a notification in JSON":   {"POST", "/", `{"topic":"backups","message":"` + x(8192) + `"}`, nil, 413},
		"a topic's name":           {"GET", "/" + x(65) + "/json?poll=1", "", nil, 404},
		"many topics":              {"GET", "/" + many(5000) + "/json?poll=1", "", nil, 400},
		"a page of a room":         {"GET", "/api/rooms/lobby/messages?limit=1000000000", "", nil, 400},
		"a number":                 {"GET", "/api/rooms/lobby/messages?before=" + strings.Repeat("9", 500), "", nil, 400},
	} {
		headers := c.headers
		if name != "a cookie" && name != "a token" && !strings.HasPrefix(name, "a notification") {
			headers = append(headers, "Cookie", cookie)
		}
		if got := call(t, c.method, h.url+c.path, c.body, headers...); got.status != c.want || got.status >= 400 && got.body == "" {
			t.Errorf("%s: got %d %.200s, want %d", name, got.status, got.body, c.want)
		}
	}
	endless(t, h, cookie)
}

// endless sends a body that has no end, in chunks.
func endless(t *testing.T, h *hub, cookie string) {
	t.Helper()
	conn := connect(t, h)
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\nTransfer-Encoding: chunked\r\n\r\n", cookie)
	go func() {
		for chunk := "1000\r\n" + strings.Repeat("x", 4096) + "\r\n"; ; {
			if _, err := io.WriteString(conn, chunk); err != nil {
				return
			}
		}
	}()
	got, _ := io.ReadAll(conn)
	if !strings.HasPrefix(string(got), "HTTP/1.1 "+fmt.Sprint(http.StatusRequestEntityTooLarge)) {
		t.Errorf("a body without end: got %.200q, want 413", got)
	}
}
