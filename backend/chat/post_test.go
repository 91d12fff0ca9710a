package chat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

func TestPostRefusesBadTextAndKeepsNothing(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	for _, c := range []struct {
		what, room string
		text       chat.Text
		code       fault.Code
		field      string
		says       string
	}{
		{"no text", "lobby", chat.Text{}, fault.BadRequest, "text", "empty"},
		{"blank text", "lobby", chat.Text{Text: " \n\u3000"}, fault.BadRequest, "text", "empty"},
		{"bad UTF-8", "lobby", chat.Text{Text: "a\xff"}, fault.BadRequest, "text", "UTF-8"},
		{"long text", "lobby", chat.Text{Text: strings.Repeat("a", 17_004)}, fault.TooLong, "text",
			"text is 17,004 bytes; the limit is 16,384"}, // as in error.json
		{"a long client id", "lobby", chat.Text{Text: "hi", ClientID: strings.Repeat("1", 65)}, fault.BadRequest, "client_id", "64 bytes"},
		{"a client id in bad UTF-8", "lobby", chat.Text{Text: "hi", ClientID: "\xff"}, fault.BadRequest, "client_id", "client id"},
		{"no room", "", chat.Text{Text: "hi"}, fault.BadRequest, "room", "a-z"},
		{"capitals", "Lobby", chat.Text{Text: "hi"}, fault.BadRequest, "room", "a-z"},
		{"a way up", "../lobby", chat.Text{Text: "hi"}, fault.BadRequest, "room", "a-z"},
		{"a long room", strings.Repeat("a", 65), chat.Text{Text: "hi"}, fault.BadRequest, "room", "1 to 64"},
		{"another script", "комната", chat.Text{Text: "hi"}, fault.BadRequest, "room", "a-z"},
	} {
		_, _, err := h.rooms.Post(t.Context(), c.room, ada.Face, c.text)
		wantFault(t, c.what, err, c.code, c.says)
		if field := fault.From(err).Field; field != c.field {
			t.Errorf("%s: the fault is in %q, want %q", c.what, field, c.field)
		}
	}
	if rooms := h.rooms.List(t.Context()); len(rooms) != 1 || rooms[0].Position.Seq != 0 {
		t.Errorf("refused posts left %+v", rooms)
	}
	h.post("lobby", ada.Face, strings.Repeat("a", chat.MaxText)) // the limit itself is fine
	h.post(strings.Repeat("a", chat.MaxRoomID), ada.Face, "hi")
}

func TestPostingAClientIDAgainPostsOnce(t *testing.T) {
	h := openHub(t)
	ada, bob := h.join("ada"), h.join("bob")
	text := chat.Text{Text: "hi @bob", ClientID: "01J"}
	first, dup, err := h.rooms.Post(t.Context(), "lobby", ada.Face, text)
	if err != nil || dup {
		t.Fatalf("the first time: dup %v, %v", dup, err)
	}
	again, dup, err := h.rooms.Post(t.Context(), "lobby", ada.Face, text)
	if err != nil || !dup || again.Seq != first.Seq {
		t.Errorf("again: seq %d, dup %v, %v; want seq %d", again.Seq, dup, err, first.Seq)
	}
	for _, other := range []peer.Face{bob.Face, peer.Caller("ada"), peer.Caller("bob")} {
		if _, dup, err := h.rooms.Post(t.Context(), "lobby", other, text); err != nil || dup {
			t.Errorf("%+v met ada's client id: dup %v, %v", other, dup, err)
		}
	}
	if _, dup, err := h.rooms.Post(t.Context(), "lobby", peer.Caller("ada"), text); err != nil || !dup {
		t.Errorf("a script's retry: dup %v, %v", dup, err)
	}
	if got := h.listed("lobby").Messages; got != 4 {
		t.Errorf("%d messages are counted, want 4", got)
	}
	if len(h.told) != 3 { // by ada and the two scripts; not by himself, not by retries
		t.Errorf("bob was told %d times: %+v", len(h.told), h.told)
	}
}

func TestManyPostersLoseNothingAndTheListIsRight(t *testing.T) {
	const posters, each = 16, 50
	h := openHub(t)
	ada := h.join("ada")
	var wg sync.WaitGroup
	for n := range posters {
		wg.Go(func() {
			for i := range each {
				e, _, err := h.rooms.Post(t.Context(), "lobby", ada.Face, chat.Text{Text: fmt.Sprint(n, i)})
				if err != nil {
					t.Error(err)
				}
				if shown, _ := h.rooms.Get("lobby"); shown.Position.Seq < e.Seq || shown.Last.Seq < e.Seq {
					t.Errorf("after posting %d the list shows %+v", e.Seq, shown)
				}
			}
		})
	}
	wg.Wait()
	want := uint64(posters * each)
	for _, shown := range []chat.Room{h.listed("lobby"), h.rooms.List(t.Context())[0]} {
		if shown.Messages != want || shown.Position.Seq != want || shown.Last.Seq != want {
			t.Errorf("the list shows %+v, want %d messages", shown, want)
		}
	}
}

func TestAPostThatTheStoreRefusesMakesNoRoom(t *testing.T) {
	full := errors.New("no room on the disk")
	h := openHub(t)
	h.disk.intercept = func(string, topic.Draft) error { return full }
	ada := h.join("ada")
	for range chat.MaxMadePerDay + 1 { // nor does it count as one that ada made
		if _, _, err := h.rooms.Post(t.Context(), "builds", ada.Face, chat.Text{Text: "hi"}); !errors.Is(err, full) {
			t.Fatalf("posting: %v, want the store's error", err)
		}
	}
	if room, ok := h.rooms.Get("builds"); ok {
		t.Errorf("there is a room %+v", room)
	}
	if n := len(h.entries("list/rooms")); n != 1 {
		t.Errorf("%d rooms are listed, want the lobby", n)
	}
	h.disk.intercept = nil
	h.post("builds", ada.Face, "hi")
}

func TestAPostOutlivesTheCallerThatLeaves(t *testing.T) {
	h := openHub(t)
	ada, bob := h.join("ada"), h.join("bob")
	ctx, leave := context.WithCancel(t.Context())
	h.disk.intercept = func(string, topic.Draft) error { leave(); return nil }
	if _, _, err := h.rooms.Post(ctx, "builds", ada.Face, chat.Text{Text: "hi @bob"}); err != nil {
		t.Fatal(err)
	}
	if shown, ok := h.rooms.Get("builds"); !ok || shown.Messages != 1 {
		t.Errorf("the room is %+v, %v", shown, ok)
	}
	if len(h.told) != 1 || h.told[0].to != bob.Face {
		t.Errorf("told %+v, want bob", h.told)
	}
}

func TestPageLoadsAndFollowingGoesOn(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	for n := range 7 {
		h.post("lobby", ada.Face, fmt.Sprint("message ", n+1))
	}
	if _, err := h.rooms.Edit(t.Context(), "lobby", 7, ada, "message seven"); err != nil { // entry 8 is no message
		t.Fatal(err)
	}
	var texts []string
	before := uint64(0)
	for more := true; more; {
		page, err := h.rooms.Page(t.Context(), "lobby", before, 3)
		if err != nil {
			t.Fatal(err)
		}
		if page.Position.Seq != 8 {
			t.Errorf("the position to follow from is %d, want 8", page.Position.Seq)
		}
		for i := range page.Messages {
			m, err := chat.Decode(page.Messages[len(page.Messages)-1-i])
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, m.Text)
		}
		more, before = page.More, page.Messages[0].Seq
	}
	want := "message seven message 6 message 5 message 4 message 3 message 2 message 1"
	if got := strings.Join(texts, " "); got != want {
		t.Errorf("read backwards: %s; want %s", got, want)
	}
}

func TestPageKeepsToItsLimits(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	for range chat.MaxPage + 1 {
		h.post("lobby", ada.Face, "hi")
	}
	for limit, want := range map[int]int{0: chat.DefaultPage, 1: 1, chat.MaxPage: chat.MaxPage} {
		page, err := h.rooms.Page(t.Context(), "lobby", 0, limit)
		if err != nil || len(page.Messages) != want || !page.More {
			t.Errorf("limit %d: %d messages, more %v, %v; want %d", limit, len(page.Messages), page.More, err, want)
		}
	}
	for _, limit := range []int{-1, chat.MaxPage + 1} {
		_, err := h.rooms.Page(t.Context(), "lobby", 0, limit)
		wantFault(t, fmt.Sprint("limit ", limit), err, fault.BadRequest, "1 to 200")
	}
	_, err := h.rooms.Page(t.Context(), "nowhere", 0, 1)
	wantFault(t, "an unknown room", err, fault.NotFound, `no room "nowhere"`)
}

func TestUnreadCountsWhatOthersWrote(t *testing.T) {
	h := openHub(t)
	ada, bob := h.join("ada"), h.join("bob")
	count := func() [3]uint64 {
		t.Helper()
		unread, mentions, read, err := h.rooms.Unread(t.Context(), bob.ID, "lobby")
		if err != nil {
			t.Fatal(err)
		}
		return [3]uint64{uint64(unread), uint64(mentions), read}
	}
	want := func(what string, unread, mentions, read uint64) {
		t.Helper()
		if got := count(); got != [3]uint64{unread, mentions, read} {
			t.Errorf("%s: %v unread, mentions, read; want %d %d %d", what, got, unread, mentions, read)
		}
	}
	want("in an empty room", 0, 0, 0)
	h.post("lobby", ada.Face, "one")
	h.post("lobby", ada.Face, "two, @bob")
	h.post("lobby", bob.Face, "mine")
	gone := h.post("lobby", ada.Face, "@bob gone")
	if _, err := h.rooms.Delete(t.Context(), "lobby", gone.Seq, ada, ""); err != nil {
		t.Fatal(err)
	}
	h.post("lobby", peer.Caller(""), "by a script")
	want("never read", 3, 1, 0)
	h.read[bob.ID+" room/lobby"] = 1
	want("after reading the first", 2, 1, 1)
	h.read[bob.ID+" room/lobby"] = 6
	want("after reading all", 0, 0, 6)
	for range chat.UnreadCap + 20 {
		h.post("lobby", ada.Face, "more @bob")
	}
	want("when there are too many to count", chat.UnreadCap, chat.UnreadCap, 6)
	_, _, _, err := h.rooms.Unread(t.Context(), bob.ID, "nowhere")
	wantFault(t, "an unknown room", err, fault.NotFound, "no room")
}

func TestWhatWasSaidBeforeSomebodyJoinedIsNotUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		ada := h.join("ada")
		for range 10 {
			h.post("lobby", ada.Face, "early")
		}
		time.Sleep(time.Second)
		bob := h.join("bob")
		for range 2 {
			h.post("lobby", ada.Face, "late")
		}
		unread, _, read, err := h.rooms.Unread(t.Context(), bob.ID, "lobby")
		if err != nil || unread != 2 || read != 10 {
			t.Errorf("got %d unread after seq %d, %v; want the 2 that came after bob joined", unread, read, err)
		}
	})
}
