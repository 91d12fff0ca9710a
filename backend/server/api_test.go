package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hearth/backend/server"
)

// api calls the HTTP API as who holds the cookie and returns the JSON of a good answer.
func api(t testing.TB, h *hub, cookie, method, path, body string, want int) string {
	t.Helper()
	got := call(t, method, h.url+path, body, "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	if got.status != want {
		t.Fatalf("%s %s: got %d %s, want %d", method, path, got.status, got.body, want)
	}
	return strings.TrimSuffix(got.body, "\n")
}

// into decodes JSON.
func into[T any](t testing.TB, data string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return v
}

func TestJoiningGivesACookieThatPagesCannotRead(t *testing.T) {
	h := openHub(t)
	browser := []string{"Sec-Fetch-Site", "same-origin", "Origin", h.url}
	got := call(t, "POST", h.url+"/api/join", `{"name":" ada "}`, browser...)
	if got.status != 201 || !strings.HasPrefix(got.body, `{"me":{"id":"`) || !strings.Contains(got.body, `"name":"ada"`) {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	set := got.header.Get("Set-Cookie")
	for _, want := range []string{"hearth_" + h.peers.HubID() + "=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="} {
		if !strings.Contains(set, want) {
			t.Errorf("Set-Cookie is %q, want %s in it", set, want)
		}
	}
	cookie, _, _ := strings.Cut(set, ";")
	again := call(t, "POST", h.url+"/api/join", `{"name":"ada lovelace"}`, append(browser, "Cookie", cookie)...)
	if again.status != 200 || again.header.Get("Set-Cookie") != "" || !strings.Contains(again.body, `"name":"ada lovelace"`) {
		t.Errorf("joining again: got %d %s %q", again.status, again.body, again.header.Get("Set-Cookie"))
	}
	if got := len(h.peers.All()); got != 2 { // and the owner
		t.Errorf("the hub knows %d peers, want 2", got)
	}
	for body, status := range map[string]int{`{}`: 400, `{"name":"hub"}`: 400, `{"name":7}`: 400, `x`: 400, `{"name":"` + strings.Repeat("x", 33) + `"}`: 413} {
		if got := call(t, "POST", h.url+"/api/join", body, browser...); got.status != status {
			t.Errorf("joining with %.30s: got %d %s, want %d", body, got.status, got.body, status)
		}
	}
}

func TestMeIsTheGoldenShape(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	wantShape(t, "me", api(t, h, cookie, "GET", "/api/me", "", 200))
	if got := call(t, "GET", h.url+"/api/me", "", "Sec-Fetch-Site", "none"); !strings.Contains(got.body, `"me":null,`) {
		t.Errorf("a visitor: got %s", got.body)
	}
	want := `"me":{"id":"","name":"script","tag":"","hue":0,"script":true,"role":"script","window":false},`
	if got := call(t, "GET", h.url+"/api/me", ""); !strings.Contains(got.body, want) {
		t.Errorf("a local program: got %s", got.body)
	}
}

func TestRenamingShowsInWhatIsPostedNext(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	c := hello(t, h, "Cookie", cookie)
	c.ok(1, `"op":"follow","topic":"room/lobby"`)
	if got := api(t, h, cookie, "PATCH", "/api/me", `{"name":"ada l."}`, 200); !strings.Contains(got, `"name":"ada l."`) {
		t.Errorf("got %s", got)
	}
	c.say(`{"id":2,"op":"post","room":"lobby","text":"hi"}`)
	for range 2 {
		if e := c.envelope(); e.ID == nil && !strings.Contains(string(e.Data), `"name":"ada l."`) {
			t.Errorf("got %s", e.Data)
		}
	}
	if got := call(t, "PATCH", h.url+"/api/me", `{"name":"x"}`); got.status != 403 {
		t.Errorf("renaming a script: got %d %s, want 403", got.status, got.body)
	}
}

func TestRoomsOverHTTP(t *testing.T) {
	h := openHub(t)
	_, ada := joined(t, h, "ada")
	_, bob := joined(t, h, "bob")
	if got := api(t, h, ada, "POST", "/api/rooms", `{"room":"builds","title":"Builds"}`, 201); !strings.Contains(got, `"room":"builds","title":"Builds"`) {
		t.Errorf("making a room: got %s", got)
	}
	api(t, h, ada, "POST", "/api/rooms", `{"room":"builds"}`, 409)
	for i := range 7 {
		api(t, h, ada, "POST", "/api/rooms/builds/messages", fmt.Sprintf(`{"text":"m%d","client_id":"c%d"}`, i+1, i), 201)
	}
	if got := api(t, h, ada, "POST", "/api/rooms/builds/messages", `{"text":"m7","client_id":"c6"}`, 200); got != `{"topic":"room/builds","seq":7,"dup":true}` {
		t.Errorf("posting twice: got %s", got)
	}
	if got := api(t, h, ada, "PATCH", "/api/rooms/builds/messages/3", `{"text":"edited"}`, 200); got != `{"topic":"room/builds","seq":8}` {
		t.Errorf("editing: got %s", got)
	}
	api(t, h, bob, "PATCH", "/api/rooms/builds/messages/3", `{"text":"no"}`, 403)
	api(t, h, bob, "DELETE", "/api/rooms/builds/messages/3", "", 403)
	if got := api(t, h, ada, "DELETE", "/api/rooms/builds/messages/4", "", 200); got != `{"topic":"room/builds","seq":9}` {
		t.Errorf("deleting: got %s", got)
	}

	type page struct {
		Messages []envelope
		Position struct{ Seq uint64 }
		More     bool
	}
	newest := into[page](t, api(t, h, bob, "GET", "/api/rooms/builds/messages?limit=4", "", 200))
	oldest := into[page](t, api(t, h, bob, "GET", fmt.Sprintf("/api/rooms/builds/messages?before=%d", newest.Messages[0].Seq), "", 200))
	var seqs []uint64
	for _, e := range append(oldest.Messages, newest.Messages...) {
		seqs = append(seqs, e.Seq)
	}
	if !slices.Equal(seqs, []uint64{1, 2, 3, 4, 5, 6, 7}) || newest.Position.Seq != 9 || !newest.More || oldest.More {
		t.Errorf("pages have %v, position %d, more %v and %v", seqs, newest.Position.Seq, newest.More, oldest.More)
	}
	if got := textIn(t, oldest.Messages[2]); got != "edited" {
		t.Errorf("message 3 is %q, want it as it is now", got)
	}

	type list struct {
		Rooms []struct {
			Room             string
			Unread, Mentions int
			Read             uint64
		}
	}
	rooms := into[list](t, api(t, h, bob, "GET", "/api/rooms", "", 200)).Rooms
	if len(rooms) != 2 || rooms[0].Room != "lobby" || rooms[1].Room != "builds" || rooms[1].Unread != 6 { // one was deleted
		t.Errorf("bob's rooms: %+v", rooms)
	}
	if got := into[list](t, api(t, h, ada, "GET", "/api/rooms", "", 200)).Rooms[1].Unread; got != 0 {
		t.Errorf("ada has %d unread messages of her own", got)
	}
}

func TestBadRequestsOverHTTPAreAnsweredAndChangeNothing(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	api(t, h, cookie, "POST", "/api/rooms/lobby/messages", `{"text":"one"}`, 201)
	before := topicNames(t, h)
	for _, bad := range []struct {
		method, path, body string
		status             int
		code, field        string
	}{
		{"POST", "/api/rooms/lobby/messages", `text=hi`, 400, "bad_json", ""},
		{"POST", "/api/rooms/lobby/messages", ``, 400, "bad_json", ""},
		{"POST", "/api/rooms/lobby/messages", `{"text":"a"} {"text":"b"}`, 400, "bad_json", ""},
		{"POST", "/api/rooms/lobby/messages", `{"text":1}`, 400, "bad_json", "text"},
		{"POST", "/api/rooms/lobby/messages", `{"text":"a","text":"b"}`, 400, "bad_json", "text"},
		{"POST", "/api/rooms/lobby/messages", "{\"text\":\"\xff\"}", 400, "bad_json", ""},
		{"POST", "/api/rooms/lobby/messages", `{"text":""}`, 400, "bad_request", "text"},
		{"POST", "/api/rooms/lobby/messages", `{"text":"` + strings.Repeat("x", 17<<10) + `"}`, 413, "too_long", "text"},
		{"POST", "/api/rooms/lobby/messages", `{"text":"` + strings.Repeat("x", 65<<10) + `"}`, 413, "too_long", ""},
		{"POST", "/api/rooms/UPPER/messages", `{"text":"a"}`, 400, "bad_request", "room"},
		{"GET", "/api/rooms/nobody-wrote-here/messages", ``, 404, "not_found", "room"},
		{"GET", "/api/rooms/lobby/messages?limit=0", ``, 400, "bad_request", "limit"},
		{"GET", "/api/rooms/lobby/messages?limit=201", ``, 400, "bad_request", "limit"},
		{"GET", "/api/rooms/lobby/messages?before=x", ``, 400, "bad_request", "before"},
		{"PATCH", "/api/rooms/lobby/messages/x", `{"text":"a"}`, 400, "bad_request", "seq"},
		{"PATCH", "/api/rooms/lobby/messages/99", `{"text":"a"}`, 404, "not_found", "seq"},
		{"DELETE", "/api/rooms/nobody-wrote-here/messages/1", ``, 404, "not_found", "room"},
		{"POST", "/api/rooms", `{"room":"a b"}`, 400, "bad_request", "room"},
		{"POST", "/api/rooms", `{}`, 400, "bad_request", "room"},
		{"GET", "/api/topics/room/lobby?since=x", ``, 400, "bad_request", "since"},
		{"GET", "/api/topics/room/lobby?since=q/x", ``, 400, "bad_request", "since"},
		{"GET", "/api/topics/room/lobby?follow=maybe", ``, 400, "bad_request", "follow"},
		{"GET", "/api/topics/room/nobody-wrote-here", ``, 404, "not_found", "room"},
		{"GET", "/api/topics/nothing", ``, 403, "forbidden", "topic"},
		{"GET", "/api/nothing", ``, 404, "not_found", ""},
		{"PUT", "/api/me", `{}`, 405, "method_not_allowed", ""},
		{"GET", "/api/status", ``, 403, "forbidden", ""},
		{"GET", "/api/settings", ``, 403, "forbidden", ""},
		{"POST", "/api/host/session", `{"token":"guess"}`, 403, "forbidden", "token"},
		{"POST", "/api/host/link", ``, 403, "forbidden", ""},
		{"GET", "/api/monitor/now", ``, 503, "engine_unavailable", ""},
	} {
		got := call(t, bad.method, h.url+bad.path, bad.body, "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
		in := into[struct {
			Error struct{ Code, Message, Field string }
		}](t, got.body).Error
		if got.status != bad.status || in.Code != bad.code || in.Field != bad.field || in.Message == "" {
			t.Errorf("%s %s %.40s: got %d %s, want %d %s in %q", bad.method, bad.path, bad.body, got.status, got.body, bad.status, bad.code, bad.field)
		}
	}
	if after := topicNames(t, h); !slices.Equal(after, before) {
		t.Errorf("bad requests left topics: %q, before %q", after, before)
	}
	if at := h.position(t, "room/lobby"); at.Seq != 1 {
		t.Errorf("bad requests wrote %d entries", at.Seq-1)
	}
}

func TestAWrongMethodNamesTheRightOnes(t *testing.T) {
	h := openHub(t)
	if got := call(t, "DELETE", h.url+"/api/me", ""); got.status != 405 || got.header.Get("Allow") != "GET, HEAD, PATCH" {
		t.Errorf("got %d, Allow %q", got.status, got.header.Get("Allow"))
	}
}

func TestTheOwnerLinkWorksOnceAndNoGetUsesItUp(t *testing.T) {
	h := openHub(t)
	got := call(t, "POST", h.url+"/api/host/link", "", "Authorization", "Bearer "+adminToken)
	link := into[struct{ URL string }](t, got.body).URL
	token, ok := strings.CutPrefix(link, h.url+"/host?t=")
	if got.status != 200 || !ok || len(token) < 22 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	for _, method := range []string{"GET", "HEAD"} {
		call(t, method, link, "")
	}
	body := fmt.Sprintf(`{"token":%q}`, token)
	session := call(t, "POST", h.url+"/api/host/session", body, "Origin", h.url, "Sec-Fetch-Site", "same-origin")
	if session.status != 200 || !strings.Contains(session.body, `"role":"owner"`) || session.header.Get("Set-Cookie") == "" {
		t.Fatalf("got %d %s", session.status, session.body)
	}
	cookie, _, _ := strings.Cut(session.header.Get("Set-Cookie"), ";")
	if got := role(t, h, "Cookie", cookie, "Sec-Fetch-Site", "same-origin"); got != "owner" {
		t.Errorf("the cookie is %s's", got)
	}
	again := call(t, "POST", h.url+"/api/host/session", body, "Origin", h.url)
	if again.status != 403 || !strings.Contains(again.body, "hearth open") {
		t.Errorf("using it again: got %d %s", again.status, again.body)
	}
	if got := call(t, "POST", h.url+"/api/host/link", "", "Cookie", cookie, "Sec-Fetch-Site", "same-origin"); got.status != 403 {
		t.Errorf("a browser asking for links: got %d %s, want 403", got.status, got.body)
	}
}

// desk is a window that remembers what it was asked.
type desk struct{ did chan string }

func (d desk) Show() error                 { d.did <- "show"; return nil }
func (d desk) Notify(string, string) error { return nil }
func (d desk) OpenURL(url string) error    { d.did <- "open " + url; return nil }
func (d desk) Quit()                       { d.did <- "quit window" }

func TestTheOwnerHasTheWindowInHand(t *testing.T) {
	quit := make(chan string, 1)
	h := openHub(t, func(d *server.Deps) { d.Quit = func() { quit <- "quit" } })
	owner := []string{"Authorization", "Bearer " + adminToken}
	post := func(path, body string) int { t.Helper(); return call(t, "POST", h.url+path, body, owner...).status }
	for _, path := range []string{"/api/host/show", "/api/host/open-url"} {
		if got := post(path, `{"url":"https://example.org/"}`); got != 409 {
			t.Errorf("POST %s without a window: got %d, want 409", path, got)
		}
	}
	if got := post("/api/host/quit", ""); got != 202 || <-quit != "quit" {
		t.Errorf("quit: got %d", got)
	}
	d := desk{make(chan string, 1)}
	h.SetDesktop(d)
	for _, step := range []struct {
		path, body, did string
		status          int
	}{
		{"/api/host/show", "", "show", 200},
		{"/api/host/open-url", `{"url":"https://example.org/a?b#c"}`, "open https://example.org/a?b#c", 200},
		{"/api/host/open-url", `{"url":"mailto:ada@example.org"}`, "open mailto:ada@example.org", 200},
		{"/api/host/open-url", `{"url":"file:///etc/passwd"}`, "", 400},
		{"/api/host/open-url", `{"url":"javascript:alert(1)"}`, "", 400},
		{"/api/host/open-url", `{"url":"https:relative"}`, "", 400},
		{"/api/host/open-url", `{"url":"example.org"}`, "", 400},
		{"/api/host/open-url", `{}`, "", 400},
		{"/api/host/quit", "", "quit window", 202},
	} {
		if got := post(step.path, step.body); got != step.status {
			t.Errorf("POST %s %s: got %d, want %d", step.path, step.body, got, step.status)
		}
		select {
		case did := <-d.did:
			if did != step.did {
				t.Errorf("POST %s %s: the window did %q, want %q", step.path, step.body, did, step.did)
			}
		default:
			if step.did != "" {
				t.Errorf("POST %s %s: the window did nothing, want %q", step.path, step.body, step.did)
			}
		}
	}
	_, cookie := joined(t, h, "ada")
	for _, path := range []string{"/api/host/show", "/api/host/quit", "/api/host/open-url"} {
		api(t, h, cookie, "POST", path, `{"url":"https://example.org/"}`, 403)
	}
}

func TestSettingsAreTheOwnersAndLast(t *testing.T) {
	h := openHub(t)
	owner := []string{"Authorization", "Bearer " + adminToken}
	if got := call(t, "GET", h.url+"/api/settings", "", owner...); got.body != `{"close":"hide","local_scripts":"allow"}`+"\n" {
		t.Errorf("got %s", got.body)
	}
	for body, status := range map[string]int{`{"close":"explode"}`: 400, `{"close":1}`: 400, `{}`: 200} {
		if got := call(t, "PATCH", h.url+"/api/settings", body, owner...); got.status != status || h.Settings().Close != "hide" {
			t.Errorf("%s: got %d %s, close is %s", body, got.status, got.body, h.Settings().Close)
		}
	}
	if got := call(t, "PATCH", h.url+"/api/settings", `{"close":"quit"}`, owner...); got.body != `{"close":"quit","local_scripts":"allow"}`+"\n" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	again, err := server.New(server.Deps{Topics: h.topics, Peers: h.peers})
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Settings().Close; got != "quit" {
		t.Errorf("after a restart: %s", got)
	}
}

func TestStatusIsForTheOwnerAndLocalPrograms(t *testing.T) {
	h := openHub(t, func(d *server.Deps) { d.Data = "/data" })
	_, cookie := joined(t, h, "ada")
	hello(t, h, "Cookie", cookie).ok(1, `"op":"ping"`)
	for _, headers := range [][]string{nil, {"Authorization", "Bearer " + adminToken, "Sec-Fetch-Site", "none"}} {
		got := into[map[string]any](t, call(t, "GET", h.url+"/api/status", "", headers...).body)
		for field, want := range map[string]any{"version": "0.1.0", "url": h.url, "data": "/data", "rooms": 1.0, "sessions": 1.0, "window": false} {
			if got[field] != want {
				t.Errorf("%s is %v, want %v", field, got[field], want)
			}
		}
		for _, field := range []string{"pid", "started", "uptime_sec", "people"} {
			if got[field] == nil {
				t.Errorf("%s is missing", field)
			}
		}
	}
}

func TestPeopleShowsWhoIsHere(t *testing.T) {
	h := openHub(t)
	ada, cookie := joined(t, h, "ada")
	_, bob := joined(t, h, "bob")
	state := func() string {
		for _, p := range into[struct {
			People []struct {
				Peer  struct{ ID string }
				State string
			}
		}](t, api(t, h, bob, "GET", "/api/people", "", 200)).People {
			if p.Peer.ID == ada.ID {
				return p.State
			}
		}
		return "unknown"
	}
	if got := state(); got == "online" {
		t.Errorf("before she connects ada is %s", got)
	}
	c := hello(t, h, "Cookie", cookie)
	c.ok(1, `"op":"ping"`)
	if got := state(); got != "online" {
		t.Errorf("connected, ada is %s", got)
	}
	c.conn.Close()
	h.eventually(t, "ada is away", func() bool { return state() == "away" })
}

func TestInboxCountsWhatIsUnread(t *testing.T) {
	h := openHub(t)
	bob, cookie := joined(t, h, "bob")
	ada, _ := joined(t, h, "ada")
	call(t, "POST", h.url+"/backups", "one")
	call(t, "POST", h.url+"/backups", "two")
	postAs(t, h, "lobby", ada.Face, "@bob look")
	type inbox struct {
		Topics []struct {
			Topic, Name string
			Read        uint64
			Unread      int
			Last        struct{ Text string }
		}
		Mentions struct {
			Topic  string
			Unread int
		}
	}
	got := into[inbox](t, api(t, h, cookie, "GET", "/api/inbox", "", 200))
	if len(got.Topics) != 1 || got.Topics[0].Topic != "notify/backups" || got.Topics[0].Name != "backups" || got.Topics[0].Unread != 2 || got.Topics[0].Last.Text != "two" {
		t.Errorf("topics are %+v", got.Topics)
	}
	if got.Mentions.Topic != "peer/"+bob.ID || got.Mentions.Unread != 1 {
		t.Errorf("mentions are %+v", got.Mentions)
	}
	c := hello(t, h, "Cookie", cookie)
	c.ok(1, `"op":"read","topic":"notify/backups","seq":1`)
	c.ok(2, `"op":"read","topic":"peer/`+bob.ID+`","seq":1`)
	got = into[inbox](t, api(t, h, cookie, "GET", "/api/inbox", "", 200))
	if got.Topics[0].Unread != 1 || got.Topics[0].Read != 1 || got.Mentions.Unread != 0 {
		t.Errorf("after reading: %+v", got)
	}
}

// Whatever is streamed over HTTP ends when the server closes, when the client goes away, and when its session is signed out.
func TestStreamsOverHTTPEnd(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	open := func() *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), "GET", h.url+"/api/topics/room/lobby?follow=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", cookie)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	streams := func() int {
		return into[struct{ Sessions int }](t, call(t, "GET", h.url+"/api/status", "").body).Sessions
	}
	first := open()
	if got := streams(); got != 1 {
		t.Errorf("%d streams, want 1", got)
	}
	first.Body.Close()
	h.eventually(t, "the stream is given up", func() bool { return streams() == 0 })
	second := open()
	api(t, h, cookie, "POST", "/api/leave", "", 204)
	if _, err := second.Body.Read(make([]byte, 1)); err == nil || errors.Is(err, http.ErrHandlerTimeout) {
		t.Errorf("after signing out: %v", err)
	}
}
