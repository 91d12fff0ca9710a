package server_test

import (
	"strings"
	"testing"

	"hearth/backend/lan"
	"hearth/backend/peer"
)

// Whoever misspells a lock or a limit must not be told that all is well.
func TestARequestWithAFieldThatNobodyKnowsChangesNothing(t *testing.T) {
	h := openHub(t, shareable(t))
	byOwner(t, h, "PATCH", "/api/share", `{"on":true}`, 200)
	bob, _ := joined(t, h, "bob")
	_, err := h.rooms.Create(t.Context(), "builds", "", bob.Face)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ request, body, field string }{
		{"PATCH /api/share", `{"on":false,"awaik":false}`, "awaik"},
		{"PATCH /api/share", `{"on":false,"shares":{"rooms":false,"notification":true}}`, "notification"},
		{"PATCH /api/share", `{"on":false,"locked":true}`, "locked"},
		{"PATCH /api/share", `{"on":false,"` + strings.Repeat("x", 300) + `":null}`, strings.Repeat("x", 200)},
		{"PATCH /api/door", `{"locked":true,"raeson":"spam"}`, "raeson"},
		{"PATCH /api/settings", `{"local_script":"token","close":"quit"}`, "local_script"},
		{"POST /api/invites", `{"use":1}`, "use"},
		{"POST /api/tokens", `{"name":"nas","topic":["backups"]}`, "topic"},
		{"PATCH /api/people/PEER", `{"muted":true,"Moderator":true}`, "Moderator"},
		{"POST /api/people/PEER/remove", `{"baned":true}`, "baned"},
		{"POST /api/gathering/end", `{"why":"late"}`, "why"},
		{"PATCH /api/rooms/builds", `{"title":"x","readonly":true}`, "readonly"},
		{"POST /api/rooms", `{"room":"new","read_only":true}`, "read_only"},
		{"DELETE /api/rooms/builds", `{"raeson":"old"}`, "raeson"},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		got := byOwner(t, h, method, strings.Replace(path, "PEER", bob.ID, 1), c.body, 400)
		if !strings.Contains(got, `"code":"bad_request"`) || !strings.Contains(got, `"field":"`+c.field+`"`) {
			t.Errorf("%s %s: %s, want bad_request in %s", c.request, c.body, got, c.field)
		}
	}
	if got := byOwner(t, h, "PATCH", "/api/share", `{"locked":true}`, 400); !strings.Contains(got, "PATCH /api/door") {
		t.Errorf("who locks the door at the wrong place is told %s", got)
	}
	now := into[lan.State](t, byOwner(t, h, "GET", "/api/share", "", 200))
	if !now.On || now.Locked || now.Shares != (peer.Shares{Rooms: true}) || len(h.peers.Invites()) != 1 || len(h.peers.Tokens()) != 0 {
		t.Errorf("afterwards the hub is %+v with %d invites", now, len(h.peers.Invites()))
	}
	if m, ok := h.peers.Lookup(bob.ID); !ok || m.ID != bob.ID {
		t.Error("bob is gone")
	}
	for _, r := range h.rooms.List(t.Context()) {
		if r.Title == "x" || r.ID == "new" {
			t.Errorf("a room was made or changed: %+v", r)
		}
	}
}

// The commands that sockets know, too, take what newer clients send beside them.
func TestAMessageMayCarryMoreThanTheHubKnows(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	if got := call(t, "POST", h.url+"/api/rooms/lobby/messages", `{"text":"hi","colour":"red"}`, "Cookie", cookie); got.status != 201 {
		t.Errorf("over HTTP: %d %s", got.status, got.body)
	}
	hello(t, h, "Cookie", cookie).ok(1, `"op":"post","room":"lobby","text":"ho","colour":"red"`)
}
