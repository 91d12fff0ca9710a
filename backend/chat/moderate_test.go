package chat_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// acts returns what is recorded, in short.
func (h *hub) acts() (acts []string) {
	h.t.Helper()
	for _, e := range h.entries(peer.ActsTopic, peer.KindAct) {
		var a peer.Act
		if err := json.Unmarshal(e.Data, &a); err != nil {
			h.t.Fatal(err)
		}
		acts = append(acts, strings.TrimSpace(fmt.Sprint(a.Act, " ", a.Room, " by ", a.By.Name, ": ", a.Reason)))
	}
	return acts
}

func same(a, b chat.Room) bool { return reflect.DeepEqual(a, b) }

func wantLines(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("%s:\n%s\nwant\n%s", what, g, w)
	}
}

func TestAChangeOfARoomIsSeenByEverybodyAndRecorded(t *testing.T) {
	h := openHub(t)
	owner := h.owner()
	h.post("builds", owner.Face, "hi")
	c := chat.Changes{Title: new(" Nightly builds "), Slow: new(10)}
	shown, err := h.rooms.Change(t.Context(), "builds", owner.Face, c, "too many words")
	if err != nil || shown.Title != "Nightly builds" || shown.Slow != 10 || shown.Messages != 1 || !same(h.listed("builds"), shown) {
		t.Errorf("changed to %+v, %v; listed as %+v", shown, err, h.listed("builds"))
	}
	page, err := h.rooms.Page(t.Context(), "builds", 0, 0)
	if err != nil || len(page.Messages) != 2 || page.Messages[1].Kind != chat.KindChanged {
		t.Fatalf("a page holds %d entries, %v; want the message and the change", len(page.Messages), err)
	}
	wantGolden(t, "room_changed", page.Messages[1].Data, owner.ID, "k3v9q2mx7rbt", owner.Tag, "K3QX", fmt.Sprint(owner.Hue), "176", owner.Name, "ada")
	want := []string{"room_titled builds by mallory: too many words", "room_slow builds by mallory: too many words"}
	wantLines(t, "the acts are", h.acts(), want...)

	again := h.change("builds", owner, c)
	if again.Position != shown.Position {
		t.Errorf("changing nothing made an entry: %+v", again)
	}
	after := reopen(t, h.disk)
	if got := after.listed("builds"); got.Title != "Nightly builds" || got.Slow != 10 {
		t.Errorf("after a restart the list shows %+v", got)
	}
	if got := after.change("builds", owner, chat.Changes{Title: new("")}); got.Title != "builds" || got.Slow != 10 {
		t.Errorf("without a title it is %+v", got)
	}
	wantLines(t, "the acts are", after.acts(), append(want, "room_titled builds by mallory:")...)
}

func TestWhatARoomCannotBecomeSaysWhy(t *testing.T) {
	h := openHub(t)
	owner := h.owner()
	long := strings.Repeat("x", peer.MaxReason+1)
	for what, c := range map[string]struct {
		room, reason string
		changes      chat.Changes
		code         fault.Code
		field        string
	}{
		"no room":                  {room: "nowhere", changes: chat.Changes{Slow: new(1)}, code: fault.NotFound, field: "room"},
		"two lines of title":       {room: "lobby", changes: chat.Changes{Title: new("a\nb")}, code: fault.BadRequest, field: "title"},
		"less than no time":        {room: "lobby", changes: chat.Changes{Slow: new(-1)}, code: fault.BadRequest, field: "slow"},
		"more than an hour":        {room: "lobby", changes: chat.Changes{Slow: new(chat.MaxSlow + 1)}, code: fault.BadRequest, field: "slow"},
		"a lobby that is archived": {room: "lobby", changes: chat.Changes{Archived: new(true)}, code: fault.Conflict, field: "archived"},
		"a long reason":            {room: "lobby", reason: long, changes: chat.Changes{Slow: new(1)}, code: fault.TooLong, field: "reason"},
	} {
		_, err := h.rooms.Change(t.Context(), c.room, owner.Face, c.changes, c.reason)
		if f := fault.From(err); f == nil || f.Code != c.code || f.Field != c.field {
			t.Errorf("%s: %v; want %s in %s", what, err, c.code, c.field)
		}
	}
	_, err := h.rooms.Clear(t.Context(), "nowhere", owner.Face, "")
	wantFault(t, "clearing no room", err, fault.NotFound, "no room")
	_, err = h.rooms.Clear(t.Context(), "lobby", owner.Face, long)
	wantFault(t, "clearing with a long reason", err, fault.TooLong, "reason")
	wantFault(t, "deleting no room", h.rooms.Remove(t.Context(), "nowhere", owner.Face, ""), fault.NotFound, "no room")
	wantFault(t, "deleting the lobby", h.rooms.Remove(t.Context(), "lobby", owner.Face, ""), fault.Conflict, "clear it instead")
	wantLines(t, "what was refused is recorded", h.acts())
	if n := len(h.entries("room/lobby")); n != 0 {
		t.Errorf("refusals left %d entries", n)
	}
}

func TestARoomStaysAsItWasWhenTheStoreRefuses(t *testing.T) {
	full := errors.New("no room on the disk")
	h := openHub(t)
	ada, owner := h.join("ada"), h.owner()
	h.change("builds", h.makes("builds", owner), chat.Changes{Title: new("Builds")})
	h.disk.intercept = func(name string, _ topic.Draft) error {
		if name == "room/builds" {
			return full
		}
		return nil
	}
	_, err := h.rooms.Change(t.Context(), "builds", owner.Face, chat.Changes{Title: new("Other"), ReadOnly: new(true)}, "")
	if !errors.Is(err, full) {
		t.Errorf("changing: %v, want the store's error", err)
	}
	if _, err := h.rooms.Clear(t.Context(), "builds", owner.Face, ""); !errors.Is(err, full) {
		t.Errorf("clearing: %v, want the store's error", err)
	}
	if err := h.rooms.Remove(t.Context(), "builds", owner.Face, ""); !errors.Is(err, full) {
		t.Errorf("deleting: %v, want the store's error", err)
	}
	h.disk.intercept = nil
	wantDone(t, "posting", h.try("builds", ada, "hi"))
	for _, h := range []*hub{h, reopen(t, h.disk)} {
		if got := h.listed("builds"); got.Title != "Builds" || got.ReadOnly || got.Last.Text != "hi" {
			t.Errorf("the list shows %+v", got)
		}
	}
	wantLines(t, "the acts are", h.acts(), "room_titled builds by mallory:")
}

// makes makes a room and returns who made it.
func (h *hub) makes(room string, by peer.Peer) peer.Peer {
	h.t.Helper()
	if _, err := h.rooms.Create(h.t.Context(), room, "", by.Face); err != nil {
		h.t.Fatal(err)
	}
	return by
}

// wantNothingOf fails if any topic of the hub holds text.
func (h *hub) wantNothingOf(text string) {
	h.t.Helper()
	for _, name := range []string{"room/builds", "list/rooms", peer.ActsTopic} {
		for _, e := range h.entries(name) {
			if strings.Contains(string(e.Frame), text) {
				h.t.Errorf("%s still holds %s", name, e.Frame)
			}
		}
	}
}

func TestNothingOfAClearedRoomCanBeRead(t *testing.T) {
	h := openHub(t)
	ada, bob, owner := h.join("ada"), h.join("bob"), h.owner()
	e := h.post("builds", ada.Face, "secret for @bob")
	if _, err := h.rooms.Edit(t.Context(), "builds", e.Seq, ada, "secret, edited, for @bob"); err != nil {
		t.Fatal(err)
	}
	h.post("builds", ada.Face, "another secret")
	h.change("builds", owner, chat.Changes{Title: new("Nightly")})
	forgotten := ""
	h.forget = func(room string) error {
		if page, err := h.rooms.Page(t.Context(), room, 0, 0); err != nil || len(page.Messages) != 3 {
			t.Errorf("when the mentions are forgotten, a page holds %d messages, %v; want them still there", len(page.Messages), err)
		}
		forgotten += room
		return nil
	}
	shown, err := h.rooms.Clear(t.Context(), "builds", owner.Face, "a fresh start")
	if err != nil || shown.Last != nil || shown.Title != "Nightly" || h.listed("builds") != shown || shown.Messages != 2 {
		t.Errorf("cleared: %+v, %v; listed as %+v", shown, err, h.listed("builds"))
	}
	if forgotten != "builds" {
		t.Errorf("the mentions of %q were forgotten", forgotten)
	}
	wantLines(t, "the acts are", h.acts(), "room_titled builds by mallory:", "room_cleared builds by mallory: a fresh start")
	after := reopen(t, h.disk)
	for _, h := range []*hub{h, after} {
		h.wantNothingOf("secret")
		page, err := h.rooms.Page(t.Context(), "builds", 0, 0)
		if err != nil || len(page.Messages) != 1 || page.More || !strings.Contains(string(page.Messages[0].Data), `"cleared":true`) {
			t.Errorf("a page holds %d entries, %v; want who cleared it alone", len(page.Messages), err)
		}
		if unread, mentions, _, err := h.rooms.Unread(t.Context(), bob.ID, "builds"); err != nil || unread != 0 || mentions != 0 {
			t.Errorf("bob has %d unread and %d mentions, %v", unread, mentions, err)
		}
		_, err = h.rooms.Delete(t.Context(), "builds", e.Seq, ada, "")
		wantFault(t, "deleting what was cleared", err, fault.NotFound, "no message 1")
	}
	after.post("builds", ada.Face, "hello again")
	if got := after.listed("builds"); got.Messages != 1 || got.Last.Text != "hello again" || got.Position.Seq != 6 {
		t.Errorf("after the next message the list shows %+v", got)
	}
}

func TestARoomIsNotClearedWhenItsMentionsCannotBeForgotten(t *testing.T) {
	h := openHub(t)
	owner := h.owner()
	h.post("builds", owner.Face, "hi")
	full := errors.New("no room on the disk")
	h.forget = func(string) error { return full }
	if _, err := h.rooms.Clear(t.Context(), "builds", owner.Face, ""); !errors.Is(err, full) {
		t.Errorf("clearing: %v", err)
	}
	if err := h.rooms.Remove(t.Context(), "builds", owner.Face, ""); !errors.Is(err, full) {
		t.Errorf("deleting: %v", err)
	}
	if m := h.message("builds", 1); m.Text != "hi" || h.listed("builds").Last.Text != "hi" {
		t.Errorf("the message is %+v", m)
	}
}

func TestWhoModeratesDeletesMessagesAndItIsRecorded(t *testing.T) {
	h := openHub(t)
	owner := h.owner()
	ada, eve := h.join("ada"), h.moderator("eve", owner)
	first, second := h.post("lobby", ada.Face, "one").Seq, h.post("lobby", ada.Face, "two").Seq
	e, err := h.rooms.Delete(t.Context(), "lobby", first, eve, "  not\nhere ")
	if err != nil {
		t.Fatal(err)
	}
	faces := []string{ada.ID, "k3v9q2mx7rbt", ada.Tag, "K3QX", fmt.Sprint(ada.Hue), "176", eve.ID, "b2c4d6e7f2g3", eve.Tag, "QF4X", fmt.Sprint(eve.Hue), "12"}
	wantGolden(t, "message_removed", e.Data, faces...)
	wantGolden(t, "message_after_removal", h.entries("room/lobby", chat.KindMessage)[0].Data, faces...)
	acts := h.entries(peer.ActsTopic, peer.KindAct)
	wantGolden(t, "act", acts[len(acts)-1].Data, faces...)

	if again, err := h.rooms.Delete(t.Context(), "lobby", first, owner, "again"); err != nil || again.Seq != e.Seq {
		t.Errorf("deleting it again: seq %d, %v; want the first deletion, %d", again.Seq, err, e.Seq)
	}
	if _, err := h.rooms.Delete(t.Context(), "lobby", second, ada, "mine"); err != nil {
		t.Fatal(err)
	}
	if m := h.message("lobby", second); m.By != nil || m.Reason != "" {
		t.Errorf("what its author deleted is %+v", m)
	}
	if n := len(h.entries(peer.ActsTopic, peer.KindAct)); n != len(acts) {
		t.Errorf("%d more acts are recorded; taking back what one said is none, nor is deleting twice", n-len(acts))
	}
	wantDone(t, "dismissing", h.peers.Appoint(t.Context(), eve.ID, peer.Member, false, owner, ""))
	third := h.post("lobby", ada.Face, "three").Seq
	_, err = h.rooms.Delete(t.Context(), "lobby", third, eve, "")
	wantFault(t, "who moderates no more", err, fault.Forbidden, "those who moderate")
}
