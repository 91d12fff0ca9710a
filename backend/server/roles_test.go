package server_test

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"hearth/backend/peer"
	"hearth/backend/server"
	"hearth/backend/topic"
)

// roles are the columns of the table below.
var roles = []string{"owner", "admin token", "moderator", "member", "guest", "local program", "script token", "visitor on the LAN", "visitor here"}

// access is a row: what each role is answered to one request.
type access struct {
	pattern string // of the route
	request string // the path that is called, ?query included; "" = that of the pattern
	body    string
	answers string // statuses in the order of roles
}

// cast is a hub with somebody in each role, and with one of everything that a path can name.
type cast struct {
	*hub
	headers map[string][]string // of requests, by role
	names   *strings.Replacer   // puts what is there into paths
}

func openCast(t *testing.T) *cast {
	t.Helper()
	c := &cast{hub: openHub(t, shareable(t), behindProxy, func(d *server.Deps) {
		d.Quit, d.Pages = func() {}, fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}
	})}
	lan := func(more ...string) []string { return append(more, "X-Forwarded-For", "192.168.1.20") }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.topics.Open(t.Context(), "monitor/local", topic.Retention{Entries: 1})
	must(err)
	byOwner(t, c.hub, "PATCH", "/api/share", `{"on":true}`, 200)
	_, member := joined(t, c.hub, "ada")
	mod, moderator := joined(t, c.hub, "bob")
	other, _ := joined(t, c.hub, "dan")
	_, visitor := guest(t, c.hub, "eve")
	who, session, err := c.peers.RedeemOwnerLink(t.Context(), c.peers.MintOwnerLink(false))
	must(err)
	must(c.peers.Appoint(t.Context(), mod.ID, peer.Member, true, who, ""))
	_, err = c.peers.Knock("zoe", netip.MustParseAddr("192.168.1.30"))
	must(err)
	postAs(t, c.hub, "lobby", other.Face, "hi")
	_, err = c.rooms.Create(t.Context(), "attic", "", other.Face)
	must(err)
	made, plain := token(t, c.hub, peer.Token{Can: []string{peer.CanPublish, peer.CanSubscribe}})
	page := []string{"Sec-Fetch-Site", "same-origin", "Origin", c.url}
	c.headers = map[string][]string{
		"owner":              append(page, "Cookie", "hearth_"+c.peers.HubID()+"="+session),
		"admin token":        {"Authorization", "Bearer " + adminToken},
		"moderator":          append(page, "Cookie", moderator),
		"member":             append(page, "Cookie", member),
		"guest":              lan("Cookie", visitor, "Sec-Fetch-Site", "same-origin"),
		"local program":      nil,
		"script token":       lan("Authorization", "Bearer "+plain),
		"visitor on the LAN": lan("Sec-Fetch-Site", "same-origin"),
		"visitor here":       page,
	}
	c.names = strings.NewReplacer("PEER", other.ID, "KNOCK", c.peers.Knocks()[0].ID, "INVITE", c.peers.Invites()[0].ID, "TOKEN", made.ID)
	return c
}

// ask returns the status of a request by one role.
func (c *cast) ask(t *testing.T, a access, role string) int {
	t.Helper()
	method, path, _ := strings.Cut(a.pattern, " ")
	if a.request != "" {
		path = a.request
	}
	path = c.names.Replace(strings.NewReplacer("{$}", "", "{room}", "attic", "{seq}", "1", "{topic}", "backups", "{topics}", "backups").Replace(path))
	if strings.HasPrefix(a.answers, "101") {
		_, res := tryDial(t, c.hub, path, append(c.headers[role], "Sec-WebSocket-Protocol", "hearth.v1")...)
		return res.StatusCode
	}
	return call(t, method, c.url+path, a.body, c.headers[role]...).status
}

// TestEveryRouteAnswersEveryRoleAsThisTableSays is the whole of who may call what over HTTP. A route without a row fails.
func TestEveryRouteAnswersEveryRoleAsThisTableSays(t *testing.T) {
	table := []access{
		{"GET /{$}", "", "", "200 200 200 200 200 200 200 200 200"},
		{"GET /host", "", "", "200 200 200 200 200 200 200 200 200"},
		{"GET /assets/{file...}", "/assets/nothing.js", "", "404 404 404 404 404 404 404 404 404"},
		{"GET /ws", "", "", "101 101 101 101 101 101 101 101 101"},
		{"GET /ws-chat", "", "", "101 101 101 101 101 101 101 401 401"},
		{"GET /chat/{room}", "", "", "101 101 101 101 101 101 403 401 401"},
		{"POST /chat/{room}", "", "hi", "201 201 201 201 201 201 403 401 401"},
		{"GET /system-monitor", "", "", "101 101 101 101 403 101 403 401 401"},
		{"GET /notifications", "/notifications?user_id=backups", "", "101 101 101 101 403 101 101 401 401"},
		{"GET /healthz", "", "", "200 200 200 200 200 200 200 200 200"},
		{"GET /v1/health", "", "", "200 200 200 200 200 200 200 200 200"},
		{"POST /{$}", "", `{"topic":"backups","message":"hi"}`, "200 200 403 403 403 200 200 401 401"},
		{"PUT /{$}", "", `{"topic":"backups","message":"hi"}`, "200 200 403 403 403 200 200 401 401"},
		{"GET /api/me", "", "", "200 200 200 200 200 200 200 200 200"},
		{"PATCH /api/me", "", `{"name":"new"}`, "200 200 200 200 200 403 403 401 401"},
		{"POST /api/join", "", `{"name":"new"}`, "200 201 200 200 200 201 403 403 201"},
		{"POST /api/knock", "", `{"name":"new"}`, "409 202 409 409 409 202 202 202 202"},
		{"POST /api/knock/wait", "", `{"knock":"made-up"}`, "409 404 409 409 409 404 404 404 404"},
		{"POST /api/knocks/{id}", "/api/knocks/KNOCK", `{"in":false}`, "200 200 403 403 403 403 403 401 401"},
		{"POST /api/leave", "", "", "204 204 204 204 204 204 204 204 204"},
		{"GET /api/people", "/api/people", "", "200 200 200 200 200 403 403 401 401"},
		{"GET /api/people", "/api/people?removed=1", "", "200 200 403 403 403 403 403 401 401"},
		{"PATCH /api/people/{id}", "/api/people/PEER", `{"muted":true}`, "200 200 200 403 403 403 403 401 401"},
		{"PATCH /api/people/{id}", "/api/people/PEER", `{"role":"guest"}`, "200 200 403 403 403 403 403 401 401"},
		{"POST /api/people/{id}/remove", "/api/people/PEER/remove", "{}", "200 200 200 403 403 403 403 401 401"},
		{"POST /api/people/{id}/remove", "/api/people/PEER/remove", `{"renew":true}`, "200 200 403 403 403 403 403 401 401"},
		{"POST /api/gathering/end", "", "", "200 200 200 403 403 403 403 401 401"},
		{"GET /api/invites", "", "", "200 200 403 403 403 403 403 401 401"},
		{"POST /api/invites", "", "{}", "201 201 403 403 403 403 403 401 401"},
		{"DELETE /api/invites/{id}", "/api/invites/INVITE", "", "204 204 403 403 403 403 403 401 401"},
		{"GET /api/share", "", "", "200 200 403 403 403 403 403 401 401"},
		{"PATCH /api/share", "", `{"awake":true}`, "200 200 403 403 403 403 403 401 401"},
		{"GET /api/door", "", "", "200 200 200 403 403 403 403 401 401"},
		{"PATCH /api/door", "", `{"locked":false}`, "200 200 200 403 403 403 403 401 401"},
		{"POST /api/share/renew", "", "", "200 200 403 403 403 403 403 401 401"},
		{"GET /api/tokens", "", "", "200 200 403 403 403 403 403 401 401"},
		{"POST /api/tokens", "", `{"name":"new"}`, "201 201 403 403 403 403 403 401 401"},
		{"DELETE /api/tokens/{id}", "/api/tokens/TOKEN", "", "204 204 403 403 403 403 403 401 401"},
		{"GET /api/rooms", "", "", "200 200 200 200 200 200 403 401 401"},
		{"POST /api/rooms", "", `{"room":"new"}`, "201 201 201 201 201 201 403 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/room/lobby", "", "200 200 200 200 200 200 403 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/list/rooms", "", "200 200 200 200 200 200 403 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/typing/lobby", "", "200 200 200 200 200 403 403 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/presence/hub", "", "200 200 200 200 200 403 403 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/notify/backups", "", "200 200 200 200 403 200 200 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/list/notify", "", "200 200 200 200 403 200 200 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/monitor/local", "", "200 200 200 200 403 200 403 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/acts/hub", "", "200 200 200 403 403 403 403 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/share/hub", "", "200 200 403 403 403 403 403 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/peer/PEER", "", "403 403 403 403 403 403 403 401 401"},
		{"GET /api/topics/{topic...}", "/api/topics/reads/PEER", "", "403 403 403 403 403 403 403 401 401"},
		{"GET /api/monitor/now", "", "", "503 503 503 503 403 503 403 401 401"},
		{"GET /api/inbox", "", "", "200 200 200 200 200 200 200 401 401"},
		{"GET /api/settings", "", "", "200 200 403 403 403 403 403 401 401"},
		{"PATCH /api/settings", "", `{"close":"quit"}`, "200 200 403 403 403 403 403 401 401"},
		{"GET /api/status", "", "", "200 200 403 403 403 200 403 401 401"},
		{"GET /api/doctor", "", "", "200 200 403 403 403 200 403 401 401"},
		{"GET /api/backup", "", "", "409 409 403 403 403 403 403 401 401"},
		{"POST /api/host/session", "", `{"token":"made-up"}`, "403 403 403 403 403 403 403 403 403"},
		{"POST /api/host/link", "", "", "403 200 403 403 403 403 403 401 401"},
		{"POST /api/host/show", "", "", "409 409 403 403 403 403 403 401 401"},
		{"POST /api/host/quit", "", "", "202 202 403 403 403 403 403 401 401"},
		{"POST /api/host/open-url", "", `{"url":"https://example.org"}`, "409 409 403 403 403 403 403 401 401"},
		{"GET /api/rooms/{room}/messages", "", "", "200 200 200 200 200 200 403 401 401"},
		{"POST /api/rooms/{room}/messages", "", `{"text":"hi"}`, "201 201 201 201 201 201 403 401 401"},
		{"PATCH /api/rooms/{room}/messages/{seq}", "/api/rooms/lobby/messages/1", `{"text":"ho"}`, "403 403 403 403 403 403 403 401 401"},
		{"DELETE /api/rooms/{room}/messages/{seq}", "/api/rooms/lobby/messages/1", "", "200 200 200 403 403 403 403 401 401"},
		{"PATCH /api/rooms/{room}", "", `{"title":"new"}`, "200 200 200 403 403 403 403 401 401"},
		{"POST /api/rooms/{room}/clear", "", "", "200 200 200 403 403 403 403 401 401"},
		{"DELETE /api/rooms/{room}", "", "", "204 204 204 403 403 403 403 401 401"},
		{"POST /{topic}", "", "hi", "200 200 403 403 403 200 200 401 401"},
		{"PUT /{topic}", "", "hi", "200 200 403 403 403 200 200 401 401"},
		{"GET /{topics}/json", "/backups/json?poll=1", "", "200 200 200 200 403 200 200 401 401"},
		{"GET /{topics}/sse", "/backups/sse?poll=1", "", "200 200 200 200 403 200 200 401 401"},
		{"GET /{topics}/ws", "", "", "101 101 101 101 403 101 101 401 401"},
	}
	rows := make(map[string]bool)
	for _, a := range table {
		rows[a.pattern] = true
		want := strings.Fields(a.answers)
		if len(want) != len(roles) {
			t.Fatalf("the row of %s %s has %d answers, want one for each of %q", a.pattern, a.request, len(want), roles)
		}
		c := openCast(t)
		for i, role := range roles {
			if i > 0 && a.once() {
				c = openCast(t)
			}
			if got := strconv.Itoa(c.ask(t, a, role)); got != want[i] {
				t.Errorf("%s %s as %s: %s, want %s", a.pattern, a.request, role, got, want[i])
			}
		}
	}
	for _, pattern := range openCast(t).Patterns() {
		if !rows[pattern] {
			t.Errorf("the route %s has no row: say what it answers to each role", pattern)
		}
	}
}

// once reports whether what a request does can be done only once, so that each role needs a hub of its own.
func (a access) once() bool {
	return strings.HasPrefix(a.pattern, "DELETE ") || slices.Contains([]string{"POST /api/rooms", "POST /api/knocks/{id}", "POST /api/people/{id}/remove",
		"POST /api/gathering/end"}, a.pattern)
}
