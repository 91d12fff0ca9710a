package server_test

import (
	"fmt"
	"strings"
	"testing"

	"hearth/backend/peer"
)

// owner returns the owner and the Cookie header of one of his sessions.
func owner(t testing.TB, h *hub) (peer.Peer, string) {
	t.Helper()
	p, session, err := h.peers.RedeemOwnerLink(t.Context(), h.peers.MintOwnerLink(false))
	if err != nil {
		t.Fatal(err)
	}
	return p, "hearth_" + h.peers.HubID() + "=" + session
}

// moderator returns a member whom the owner lets moderate, and its Cookie header.
func moderator(t testing.TB, h *hub, name string) (peer.Peer, string) {
	t.Helper()
	boss, _ := owner(t, h)
	p, cookie := joined(t, h, name)
	if err := h.peers.Appoint(t.Context(), p.ID, peer.Member, true, boss, ""); err != nil {
		t.Fatal(err)
	}
	return p, cookie
}

// codeOf returns the error code in the body of an answer.
func codeOf(t testing.TB, answer string) string {
	t.Helper()
	return into[struct{ Error struct{ Code string } }](t, answer).Error.Code
}

func TestRoomsAreModeratedOverHTTP(t *testing.T) {
	h := openHub(t)
	_, eve := moderator(t, h, "eve")
	_, ada := joined(t, h, "ada")
	api(t, h, ada, "POST", "/api/rooms/builds/messages", `{"text":"hi"}`, 201)
	a := hello(t, h, "Cookie", ada)
	a.ok(1, `"op":"follow","topic":"room/builds"`)
	a.ok(2, `"op":"follow","topic":"list/rooms"`)

	got := api(t, h, eve, "PATCH", "/api/rooms/builds", `{"title":"Nightly builds","slow":10,"reason":"too many words"}`, 200)
	room := into[struct {
		Title    string
		Slow     int
		ReadOnly *bool `json:"read_only"`
		Archived *bool
	}](t, got)
	if room.Title != "Nightly builds" || room.Slow != 10 || room.ReadOnly != nil || room.Archived != nil {
		t.Errorf("the answer is %s", got)
	}
	var changed string
	a.skipTo(`"kind":"room.changed"`, func(text string) { changed = text })
	wantShape(t, "room_changed", strings.ReplaceAll(changed, `"eve"`, `"ada"`))
	a.skipTo(`"title":"Nightly builds"`, func(text string) {
		if !strings.Contains(text, `"topic":"list/rooms"`) || !strings.Contains(text, `"slow":10`) {
			t.Errorf("who follows the list sees %s", text)
		}
	})

	api(t, h, eve, "PATCH", "/api/rooms/builds", `{"slow":0,"read_only":true}`, 200)
	if got := codeOf(t, api(t, h, ada, "POST", "/api/rooms/builds/messages", `{"text":"hi"}`, 403)); got != "room_read_only" {
		t.Errorf("posting over HTTP: %s", got)
	}
	if got := a.refused(3, `"op":"post","room":"builds","text":"hi"`); got != "room_read_only" {
		t.Errorf("posting over a socket: %s", got)
	}
	if got := a.refused(4, `"op":"typing","room":"builds"`); got != "room_read_only" {
		t.Errorf("typing: %s", got)
	}
	if got := call(t, "POST", h.url+"/chat/builds", "hi"); got.status != 403 || got.header.Get("X-Hearth-Error") != "room_read_only" {
		t.Errorf("a script posting at the classic door: %d %s", got.status, got.body)
	}
	api(t, h, eve, "PATCH", "/api/rooms/builds", `{"read_only":false,"archived":true}`, 200)
	if got := codeOf(t, api(t, h, ada, "POST", "/api/rooms/builds/messages", `{"text":"hi"}`, 403)); got != "room_archived" {
		t.Errorf("posting to an archived room: %s", got)
	}
	if got := api(t, h, ada, "GET", "/api/rooms", "", 200); !strings.Contains(got, `"archived":true`) {
		t.Errorf("the rooms are %s", got)
	}
}

func TestSlowModeSaysWhenToComeBack(t *testing.T) {
	h := openHub(t)
	_, boss := owner(t, h)
	_, ada := joined(t, h, "ada")
	api(t, h, boss, "PATCH", "/api/rooms/lobby", `{"slow":3600}`, 200)
	api(t, h, ada, "POST", "/api/rooms/lobby/messages", `{"text":"hi"}`, 201)
	got := call(t, "POST", h.url+"/api/rooms/lobby/messages", `{"text":"hi"}`, "Cookie", ada, "Sec-Fetch-Site", "same-origin")
	if got.status != 429 || !strings.Contains(got.body, `"retry_after":3600`) || got.header.Get("Retry-After") != "3600" {
		t.Errorf("out of turn: %d %s, Retry-After %q", got.status, got.body, got.header.Get("Retry-After"))
	}
	api(t, h, boss, "POST", "/api/rooms/lobby/messages", `{"text":"one"}`, 201)
	api(t, h, boss, "POST", "/api/rooms/lobby/messages", `{"text":"two"}`, 201)
}

func TestARoomIsClearedAndDeletedOverHTTP(t *testing.T) {
	h := openHub(t)
	_, boss := owner(t, h)
	bob, bobCookie := joined(t, h, "bob")
	_, ada := joined(t, h, "ada")
	for range 3 {
		api(t, h, ada, "POST", "/api/rooms/builds/messages", `{"text":"the secret for @bob"}`, 201)
	}
	a := hello(t, h, "Cookie", ada)
	a.ok(1, `"op":"follow","topic":"list/rooms"`)
	if got := api(t, h, boss, "POST", "/api/rooms/builds/clear", `{"reason":"a fresh start"}`, 200); !strings.Contains(got, `"last":null`) {
		t.Errorf("clearing: %s", got)
	}
	page := api(t, h, bobCookie, "GET", "/api/rooms/builds/messages", "", 200)
	if got := into[struct{ Messages []envelope }](t, page).Messages; len(got) != 1 || !strings.Contains(page, `"reason":"a fresh start","cleared":true`) {
		t.Errorf("the page is %s", page)
	}
	api(t, h, ada, "POST", "/api/rooms/builds/messages", `{"text":"another secret for @bob"}`, 201)
	api(t, h, boss, "DELETE", "/api/rooms/builds", `{"reason":"done"}`, 204)
	var gone string
	a.skipTo(`"kind":"room.deleted"`, func(text string) { gone = text })
	wantShape(t, "room_deleted", strings.ReplaceAll(gone, `"Boss"`, `"ada"`))
	api(t, h, ada, "GET", "/api/rooms/builds/messages", "", 404)
	for _, path := range []string{"/api/topics/list/rooms", "/api/topics/peer/" + bob.ID, "/api/topics/room/lobby"} {
		if got := api(t, h, bobCookie, "GET", path+"?last=100", "", 200); strings.Contains(got, "secret") {
			t.Errorf("%s still holds %s", path, got)
		}
	}
	api(t, h, ada, "POST", "/api/rooms/builds/messages", `{"text":"again"}`, 201)
	api(t, h, boss, "DELETE", "/api/rooms/builds", "", 204) // without a body there is no reason
	api(t, h, boss, "DELETE", "/api/rooms/lobby", "", 409)
	api(t, h, boss, "DELETE", "/api/rooms/builds", "", 404)
}

func TestAModeratorDeletesAMessageWithAReason(t *testing.T) {
	h := openHub(t)
	_, eve := moderator(t, h, "eve")
	_, ada := joined(t, h, "ada")
	api(t, h, ada, "POST", "/api/rooms/lobby/messages", `{"text":"hi"}`, 201)
	a := hello(t, h, "Cookie", ada)
	a.ok(1, `"op":"follow","topic":"room/lobby"`)
	api(t, h, eve, "DELETE", "/api/rooms/lobby/messages/1", `{"reason":"`+strings.Repeat("x", 201)+`"}`, 413)
	api(t, h, eve, "DELETE", "/api/rooms/lobby/messages/1", `{"reason":"not here"}`, 200)
	a.skipTo(`"message.deleted"`, func(text string) { wantShape(t, "message_removed", text) })
	page := into[struct{ Messages []envelope }](t, api(t, h, ada, "GET", "/api/rooms/lobby/messages", "", 200))
	wantShape(t, "message_after_removal", h.entry(t, "room/lobby", page.Messages[0].Seq))
	acts := strings.Split(api(t, h, eve, "GET", "/api/topics/acts/hub?last=50", "", 200), "\n")
	wantShape(t, "act", acts[len(acts)-1])
}

// entry returns the frame of an entry as it is now.
func (h *hub) entry(t testing.TB, name string, seq uint64) string {
	t.Helper()
	top, err := h.topics.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := top.At(t.Context(), seq)
	if err != nil {
		t.Fatal(err)
	}
	return string(e.Frame)
}

func TestActsAreForThoseWhoModerate(t *testing.T) {
	h := openHub(t)
	_, eve := moderator(t, h, "eve")
	_, ada := joined(t, h, "ada")
	_, bob := guest(t, h, "bob")
	api(t, h, eve, "PATCH", "/api/rooms/lobby", `{"read_only":true,"reason":"listen"}`, 200)
	got := api(t, h, eve, "GET", "/api/topics/acts/hub?last=50", "", 200)
	if !strings.Contains(got, `"act":"room_read_only"`) || !strings.Contains(got, `"reason":"listen"`) || !strings.Contains(got, `"act":"appointed"`) {
		t.Errorf("the acts are %s", got)
	}
	for _, cookie := range []string{ada, bob} {
		api(t, h, cookie, "GET", "/api/topics/acts/hub?last=50", "", 403)
		c := hello(t, h, "Cookie", cookie)
		if got := c.refused(1, `"op":"follow","topic":"acts/hub","last":50`); got != "forbidden" {
			t.Errorf("following the acts: %s", got)
		}
	}
}

// TestOnlyThoseWhoModerateModerateRooms tries each act as everybody else.
func TestOnlyThoseWhoModerateModerateRooms(t *testing.T) {
	h := openHub(t)
	_, boss := owner(t, h)
	_, member := joined(t, h, "ada")
	_, passing := guest(t, h, "bob")
	api(t, h, member, "POST", "/api/rooms/builds/messages", `{"text":"stays"}`, 201)
	for _, act := range []struct{ method, path, body string }{
		{"PATCH", "/api/rooms/builds", `{"title":"Mine"}`},
		{"PATCH", "/api/rooms/builds", `not JSON`},
		{"POST", "/api/rooms/builds/clear", ``},
		{"DELETE", "/api/rooms/builds", ``},
		{"DELETE", "/api/rooms/nowhere", ``},
	} {
		for who, cookie := range map[string]string{"a member": member, "a guest": passing} {
			if got := codeOf(t, api(t, h, cookie, act.method, act.path, act.body, 403)); got != "forbidden" {
				t.Errorf("%s: %s %s: %s", who, act.method, act.path, got)
			}
		}
		if got := call(t, act.method, h.url+act.path, act.body); got.status != 403 {
			t.Errorf("a local program: %s %s: %d %s", act.method, act.path, got.status, got.body)
		}
		if got := call(t, act.method, h.url+act.path, act.body, "Sec-Fetch-Site", "same-origin"); got.status != 401 {
			t.Errorf("a visitor: %s %s: %d %s", act.method, act.path, got.status, got.body)
		}
	}
	api(t, h, passing, "DELETE", "/api/rooms/builds/messages/1", "", 403)
	if got := api(t, h, boss, "GET", "/api/rooms/builds/messages", "", 200); !strings.Contains(got, `"text":"stays"`) {
		t.Errorf("the page is %s", got)
	}
	if got := api(t, h, boss, "GET", "/api/topics/acts/hub?last=50", "", 200); got != "" {
		t.Errorf("what was refused is recorded: %s", got)
	}
}

func TestWhatARoomCannotBecomeIsRefusedOverHTTP(t *testing.T) {
	h := openHub(t)
	_, boss := owner(t, h)
	for _, c := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"lobby", `{"slow":3601}`, 400, "bad_request"},
		{"lobby", `{"slow":9007199254740991}`, 400, "bad_request"},
		{"lobby", `{"slow":-1}`, 400, "bad_json"},
		{"lobby", `{"slow":"10"}`, 400, "bad_json"},
		{"lobby", `{"read_only":1}`, 400, "bad_json"},
		{"lobby", `{"archived":true}`, 409, "conflict"},
		{"lobby", `{"title":"a\nb"}`, 400, "bad_request"},
		{"lobby", `{"title":"` + strings.Repeat("x", 65) + `"}`, 413, "too_long"},
		{"lobby", ``, 400, "bad_json"},
		{"nowhere", `{"slow":1}`, 404, "not_found"},
		{"Lobby", `{"slow":1}`, 400, "bad_request"},
	} {
		if got := codeOf(t, api(t, h, boss, "PATCH", "/api/rooms/"+c.path, c.body, c.status)); got != c.code {
			t.Errorf("%s %s: got %s, want %s", c.path, c.body, got, c.code)
		}
	}
	if got := api(t, h, boss, "GET", "/api/rooms", "", 200); strings.Contains(got, fmt.Sprintf(`"seq":%d`, 1)) {
		t.Errorf("refusals changed something: %s", got)
	}
}

func TestWhoIsMutedHearsSoAndGoesOnReading(t *testing.T) {
	h := openHub(t)
	boss, _ := owner(t, h)
	ada, cookie := joined(t, h, "ada")
	a := hello(t, h, "Cookie", cookie)
	a.ok(1, `"op":"post","room":"lobby","text":"hi"`)
	if err := h.peers.Mute(t.Context(), ada.ID, true, boss, ""); err != nil {
		t.Fatal(err)
	}
	if code, reason := a.closed(); code != 1001 || reason != "your rights have changed; come back" {
		t.Errorf("the session is closed with %d %q", code, reason)
	}
	a = hello(t, h, "Cookie", cookie)
	a.ok(1, `"op":"follow","topic":"room/lobby","last":10`)
	if text := a.text(); !strings.Contains(text, `"text":"hi"`) {
		t.Errorf("the history is %s", text)
	}
	for i, command := range []string{`"op":"post","room":"lobby","text":"hi"`, `"op":"typing","room":"lobby"`} {
		if got := a.refused(2+i, command); got != "muted" {
			t.Errorf("%s: %s", command, got)
		}
	}
	api(t, h, cookie, "POST", "/api/rooms", `{"room":"builds"}`, 403)
	if got := api(t, h, cookie, "GET", "/api/me", "", 200); !strings.Contains(got, `"muted":true`) {
		t.Errorf("me is %s", got)
	}
}
