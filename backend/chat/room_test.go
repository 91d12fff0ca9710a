package chat_test

import (
	"errors"
	"fmt"
	"regexp"
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

func roomIDs(h *hub) (ids []string) {
	for _, r := range h.rooms.List(h.t.Context()) {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestTheLobbyIsAlwaysThere(t *testing.T) {
	h := openHub(t)
	lobby, ok := h.rooms.Get("lobby")
	if !ok || lobby.Title != "Lobby" || lobby.Last != nil || lobby.Messages != 0 || h.listed("lobby") != lobby {
		t.Errorf("a new hub's lobby is %+v, %v, listed as %+v", lobby, ok, h.listed("lobby"))
	}
	_, err := h.rooms.Create(t.Context(), "lobby", "Mine", h.join("ada").Face)
	wantFault(t, "making it again", err, fault.Conflict, "already")
}

func TestRoomsComeBackAfterARestart(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	if _, err := h.rooms.Create(t.Context(), "builds", " Nightly builds ", ada.Face); err != nil {
		t.Fatal(err)
	}
	if _, err := h.rooms.Create(t.Context(), "attic", "", ada.Face); err != nil {
		t.Fatal(err)
	}
	h.post("zoo", ada.Face, "posted")
	h.post("builds", ada.Face, strings.Repeat("é", chat.ExcerptRunes+1))

	after := reopen(t, h.disk)
	if got, want := fmt.Sprint(roomIDs(after)), "[lobby attic builds zoo]"; got != want {
		t.Errorf("the rooms are %s, want %s", got, want)
	}
	for id, title := range map[string]string{"lobby": "Lobby", "attic": "attic", "builds": "Nightly builds", "zoo": "zoo"} {
		if got, _ := after.rooms.Get(id); got.Title != title || got.Messages != 0 {
			t.Errorf("room %s is %+v, want the title %q and no new messages", id, got, title)
		}
		if shown := after.listed(id); shown.Title != title {
			t.Errorf("list/rooms shows %s as %+v", id, shown)
		}
	}
	if last := after.listed("builds").Last; last == nil || last.Text != strings.Repeat("é", chat.ExcerptRunes) || last.From != ada.Face {
		t.Errorf("the last message of builds is %+v", last)
	}
}

func TestFollowingARoomMakesNone(t *testing.T) {
	h := openHub(t)
	followed, err := h.rooms.Topic(t.Context(), "builds")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := h.rooms.Get("builds"); ok || len(h.rooms.List(t.Context())) != 1 {
		t.Error("following made a room")
	}
	_, err = h.rooms.Page(t.Context(), "builds", 0, 0)
	wantFault(t, "reading it", err, fault.NotFound, "no room")
	e := h.post("builds", h.join("ada").Face, "hi")
	if followed.Position().Seq != e.Seq {
		t.Errorf("who followed first sees up to %d, want %d", followed.Position().Seq, e.Seq)
	}
	if _, err := h.rooms.Topic(t.Context(), "../x"); !fault.Is(err, fault.BadRequest) {
		t.Errorf("following a bad name: %v", err)
	}
}

// Who waited at the door of a room sees its first message before the writer has an answer, and may ask for the room at once.
func TestARoomIsThereAsSoonAsItsFirstMessage(t *testing.T) {
	h := openHub(t)
	if _, err := h.rooms.Topic(t.Context(), "builds"); err != nil {
		t.Fatal(err)
	}
	seen := 0
	h.disk.published = func(name string) {
		if name != "room/builds" {
			return
		}
		seen++
		page, err := h.rooms.Page(t.Context(), "builds", 0, 0)
		if err != nil || len(page.Messages) != seen {
			t.Errorf("when message %d is seen, a page holds %d, %v", seen, len(page.Messages), err)
		}
		if _, ok := h.rooms.Get("builds"); !ok || len(h.rooms.List(t.Context())) != 2 {
			t.Errorf("when message %d is seen, the rooms are %q", seen, roomIDs(h))
		}
	}
	ada := h.join("ada")
	h.post("builds", ada.Face, "hi")
	h.post("builds", ada.Face, "anybody?")
	if seen != 2 {
		t.Fatalf("%d messages were seen; need 2 for this test to mean anything", seen)
	}
}

func TestRoomsAwaitedByStrangersAreBounded(t *testing.T) {
	h := openHub(t)
	for n := range chat.MaxAwaited {
		if _, err := h.rooms.Topic(t.Context(), fmt.Sprint("none-", n)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.rooms.Topic(t.Context(), "one-more")
	wantFault(t, "one more", err, fault.Conflict, "first message")
	if _, err := h.rooms.Topic(t.Context(), "none-0"); err != nil {
		t.Errorf("one that is open: %v", err)
	}
	h.post("none-0", h.join("ada").Face, "makes room")
	if _, err := h.rooms.Topic(t.Context(), "one-more"); err != nil {
		t.Errorf("after one was made: %v", err)
	}
}

func TestAPeerMakesTenRoomsADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(20 * time.Hour) // of the first day
		h := openHub(t)
		ada, bob := h.join("ada"), h.join("bob")
		makeTen := func(day string) {
			t.Helper()
			for n := range chat.MaxMadePerDay / 2 {
				h.post(fmt.Sprint(day, "-posted-", n), ada.Face, "hi")
				if _, err := h.rooms.Create(t.Context(), fmt.Sprint(day, "-made-", n), "", ada.Face); err != nil {
					t.Fatal(err)
				}
			}
		}
		makeTen("first")
		_, _, err := h.rooms.Post(t.Context(), "eleventh", ada.Face, chat.Text{Text: "hi"})
		wantFault(t, "the eleventh", err, fault.RateLimited, "10 rooms a day")
		if after := fault.From(err).RetryAfter; after != 4*time.Hour {
			t.Errorf("try again after %v, want at midnight, in 4 h", after)
		}
		_, err = h.rooms.Create(t.Context(), "eleventh", "", ada.Face)
		wantFault(t, "the eleventh by name", err, fault.RateLimited, "10 rooms a day")
		h.post("first-made-0", ada.Face, "rooms that are there stay open")
		h.post("eleventh", bob.Face, "others may")
		time.Sleep(4 * time.Hour)
		makeTen("second")
	})
}

func TestScriptsMakeTenRoomsADayTogether(t *testing.T) {
	h := openHub(t)
	for n := range chat.MaxMadePerDay {
		h.post(fmt.Sprint("room-", n), peer.Caller(fmt.Sprint("script ", n)), "hi")
	}
	_, _, err := h.rooms.Post(t.Context(), "another", peer.Caller("another"), chat.Text{Text: "hi"})
	wantFault(t, "another name", err, fault.RateLimited, "10 rooms a day")
}

func TestAHubKeepsTwoHundredRooms(t *testing.T) {
	h := openHub(t)
	for n := range chat.MaxRooms - 1 { // and the lobby
		h.post(fmt.Sprint("room-", n), peer.Face{ID: fmt.Sprint("peer", n/chat.MaxMadePerDay)}, "hi")
	}
	ada := h.join("ada")
	_, _, err := h.rooms.Post(t.Context(), "another", ada.Face, chat.Text{Text: "hi"})
	wantFault(t, "posting to another", err, fault.Conflict, "200 rooms")
	_, err = h.rooms.Create(t.Context(), "another", "", ada.Face)
	wantFault(t, "making another", err, fault.Conflict, "200 rooms")
	h.post("room-7", ada.Face, "hi")
}

func TestTitlesAreOneLineOfText(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	for title, code := range map[string]fault.Code{
		strings.Repeat("é", chat.MaxTitle+1): fault.TooLong, "a\nb": fault.BadRequest, "a\u202eb": fault.BadRequest, "\xff": fault.BadRequest,
	} {
		if _, err := h.rooms.Create(t.Context(), "builds", title, ada.Face); !fault.Is(err, code) || fault.From(err).Field != "title" {
			t.Errorf("title %q: %v, want %s", title, err, code)
		}
	}
	room, err := h.rooms.Create(t.Context(), "builds", strings.Repeat("é", chat.MaxTitle), ada.Face)
	if err != nil || room.Title != strings.Repeat("é", chat.MaxTitle) || h.listed("builds") != room {
		t.Errorf("made %+v, %v; listed as %+v", room, err, h.listed("builds"))
	}
}

func TestARoomIsMadeByOneOfManyFirstMessages(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, _, err := h.rooms.Post(t.Context(), "builds", ada.Face, chat.Text{Text: "first!"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Go(func() { // either comes first or finds it there
		if _, err := h.rooms.Create(t.Context(), "builds", "", ada.Face); err != nil && !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
	})
	wg.Wait()
	if shown := h.listed("builds"); shown.Messages != 16 {
		t.Errorf("the list shows %+v", shown)
	}
	for n := range chat.MaxMadePerDay - 1 { // it counted once
		h.post(fmt.Sprint("room-", n), ada.Face, "hi")
	}
}

func TestAStoredTitleThatIsDamagedCostsTheTitleOnly(t *testing.T) {
	h := openHub(t)
	h.post("builds", h.join("ada").Face, "hi")
	if err := h.topics.Table("rooms").Put(t.Context(), "builds", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if got, ok := reopen(t, h.disk).rooms.Get("builds"); !ok || got.Title != "builds" {
		t.Errorf("the room is %+v, %v", got, ok)
	}
}

func TestNothingIsPostedAfterTheHubClosed(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	if err := h.topics.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, err := h.rooms.Post(t.Context(), "builds", ada.Face, chat.Text{Text: "hi"})
	if err == nil || errors.As(err, new(*fault.Error)) {
		t.Errorf("posting after the end: %v, want the topic's own error for the server to map", err)
	}
}

// A room's name can stand in a path, in JSON and in the name of its topic as it is.
func FuzzCheckRoom(f *testing.F) {
	for _, seed := range []string{"lobby", "a-b_c-1", "", "UPPER", "../x", "a/b", "a\n", "é", "a\x00", strings.Repeat("a", chat.MaxRoomID+1)} {
		f.Add(seed)
	}
	good := regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)
	f.Fuzz(func(t *testing.T, id string) {
		err := chat.CheckRoom(id)
		if (err == nil) != good.MatchString(id) || err == nil && !topic.ValidName("room/"+id) {
			t.Errorf("CheckRoom(%q): %v", id, err)
		}
		if err != nil && (!fault.Is(err, fault.BadRequest) || fault.From(err).Field != "room") {
			t.Errorf("CheckRoom(%q): %v", id, err)
		}
	})
}
