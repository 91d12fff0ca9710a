package chat_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

func (h *hub) try(room string, from peer.Peer, text string) error {
	_, _, err := h.rooms.Post(h.t.Context(), room, from.Face, chat.Text{Text: text})
	return err
}

func (h *hub) change(room string, by peer.Peer, c chat.Changes) chat.Room {
	h.t.Helper()
	shown, err := h.rooms.Change(h.t.Context(), room, by.Face, c, "")
	if err != nil {
		h.t.Fatal(err)
	}
	return shown
}

// moderator joins and is let moderate.
func (h *hub) moderator(name string, owner peer.Peer) peer.Peer {
	h.t.Helper()
	p := h.join(name)
	if err := h.peers.Appoint(h.t.Context(), p.ID, peer.Member, true, owner, ""); err != nil {
		h.t.Fatal(err)
	}
	return p
}

func wantDone(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func TestWhoIsMutedReadsAndWritesNowhere(t *testing.T) {
	h := openHub(t)
	ada, owner := h.join("ada"), h.owner()
	e := h.post("lobby", ada.Face, "before")
	wantDone(t, "muting", h.peers.Mute(t.Context(), ada.ID, true, owner, ""))

	wantFault(t, "posting", h.try("lobby", ada, "hi"), chat.Muted, "muted")
	wantFault(t, "making a room by a message", h.try("builds", ada, "hi"), chat.Muted, "muted")
	_, err := h.rooms.Create(t.Context(), "builds", "", ada.Face)
	wantFault(t, "making a room", err, chat.Muted, "muted")
	_, err = h.rooms.Edit(t.Context(), "lobby", e.Seq, ada, "after")
	wantFault(t, "editing", err, chat.Muted, "muted")
	wantFault(t, "typing", h.rooms.MayWrite("lobby", ada), chat.Muted, "muted")
	if page, err := h.rooms.Page(t.Context(), "lobby", 0, 0); err != nil || len(page.Messages) != 1 || len(roomIDs(h)) != 1 {
		t.Errorf("the lobby has %d messages, %v, and the rooms are %q", len(page.Messages), err, roomIDs(h))
	}
	_, err = h.rooms.Delete(t.Context(), "lobby", e.Seq, ada, "")
	wantDone(t, "taking back what one said", err)

	wantDone(t, "unmuting", h.peers.Mute(t.Context(), ada.ID, false, owner, ""))
	wantDone(t, "posting again", h.try("lobby", ada, "hi"))
}

func TestInARoomThatIsReadOnlyThoseWhoModerateWrite(t *testing.T) {
	h := openHub(t)
	ada, owner := h.join("ada"), h.owner()
	bob := h.moderator("bob", owner)
	e := h.post("news", ada.Face, "before")
	if shown := h.change("news", owner, chat.Changes{ReadOnly: new(true)}); !shown.ReadOnly || !same(h.listed("news"), shown) {
		t.Errorf("changed to %+v, listed as %+v", shown, h.listed("news"))
	}
	wantFault(t, "a member posts", h.try("news", ada, "hi"), chat.RoomReadOnly, "read only")
	wantFault(t, "a script posts", h.try("news", peer.Peer{Face: peer.Caller("")}, "hi"), chat.RoomReadOnly, "read only")
	_, err := h.rooms.Edit(t.Context(), "news", e.Seq, ada, "after")
	wantFault(t, "a member edits", err, chat.RoomReadOnly, "read only")
	wantFault(t, "a member types", h.rooms.MayWrite("news", ada), chat.RoomReadOnly, "read only")
	wantDone(t, "the owner posts", h.try("news", owner, "hi"))
	wantDone(t, "a moderator posts", h.try("news", bob, "hi"))
	wantDone(t, "a member posts elsewhere", h.try("lobby", ada, "hi"))
	wantDone(t, "dismissing", h.peers.Appoint(t.Context(), bob.ID, peer.Member, false, owner, ""))
	wantFault(t, "who moderates no more posts", h.try("news", bob, "hi"), chat.RoomReadOnly, "read only")

	after := reopen(t, h.disk)
	wantFault(t, "a member posts after a restart", after.try("news", ada, "hi"), chat.RoomReadOnly, "read only")
	after.change("news", owner, chat.Changes{ReadOnly: new(false)})
	wantDone(t, "a member posts when it is open again", after.try("news", ada, "hi"))
}

func TestAnArchivedRoomIsReadAndNobodyWritesInIt(t *testing.T) {
	h := openHub(t)
	ada, owner := h.join("ada"), h.owner()
	e := h.post("attic", ada.Face, "before")
	h.change("attic", owner, chat.Changes{Archived: new(true)})
	for _, h := range []*hub{h, reopen(t, h.disk)} {
		wantFault(t, "a member posts", h.try("attic", ada, "hi"), chat.RoomArchived, "archived")
		wantFault(t, "the owner posts", h.try("attic", owner, "hi"), chat.RoomArchived, "archived")
		_, err := h.rooms.Edit(t.Context(), "attic", e.Seq, ada, "after")
		wantFault(t, "a member edits", err, chat.RoomArchived, "archived")
		if shown := h.listed("attic"); !shown.Archived || shown.Last.Text != "before" {
			t.Errorf("the list shows %+v", shown)
		}
		if page, err := h.rooms.Page(t.Context(), "attic", 0, 0); err != nil || page.Messages[0].Seq != e.Seq {
			t.Errorf("a page holds %d messages, %v", len(page.Messages), err)
		}
	}
	_, err := h.rooms.Delete(t.Context(), "attic", e.Seq, ada, "")
	wantDone(t, "taking back what one said", err)
	h.change("attic", owner, chat.Changes{Archived: new(false)})
	wantDone(t, "a member posts when it is brought back", h.try("attic", ada, "hi"))
}

func TestInSlowModeEachPeerHasItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		ada, bob, owner := h.join("ada"), h.join("bob"), h.owner()
		wantDone(t, "ada before", h.try("lobby", ada, "hi"))
		h.change("lobby", owner, chat.Changes{Slow: new(30)})
		wantDone(t, "ada's first", h.try("lobby", ada, "hi"))
		wantDone(t, "bob's first", h.try("lobby", bob, "hi"))
		time.Sleep(10 * time.Second)
		err := h.try("lobby", ada, "hi")
		wantFault(t, "ada's second", err, fault.RateLimited, "slow mode")
		if after := fault.From(err).RetryAfter; after != 20*time.Second {
			t.Errorf("try again after %v, want 20 s", after)
		}
		wantDone(t, "ada elsewhere", h.try("builds", ada, "hi"))
		for range 3 {
			wantDone(t, "the owner", h.try("lobby", owner, "hi"))
		}
		time.Sleep(20 * time.Second)
		wantDone(t, "ada in her turn", h.try("lobby", ada, "hi"))
		wantFault(t, "ada out of turn", h.try("lobby", ada, "hi"), fault.RateLimited, "slow mode")
		h.change("lobby", owner, chat.Changes{Slow: new(0)})
		wantDone(t, "ada when it has ended", h.try("lobby", ada, "hi"))

		h.change("lobby", owner, chat.Changes{Slow: new(30)})
		wantDone(t, "a script", h.try("lobby", peer.Peer{Face: peer.Caller("one")}, "hi"))
		wantFault(t, "a script of another name", h.try("lobby", peer.Peer{Face: peer.Caller("two")}, "hi"), fault.RateLimited, "slow mode")
	})
}

// A page that lost its connection posts again what it has no answer for.
func TestInSlowModeARetryIsAnsweredWithItsMessage(t *testing.T) {
	h := openHub(t)
	ada, owner := h.join("ada"), h.owner()
	h.change("lobby", owner, chat.Changes{Slow: new(chat.MaxSlow)})
	text := chat.Text{Text: "hi", ClientID: "01J"}
	first, _, err := h.rooms.Post(t.Context(), "lobby", ada.Face, text)
	wantDone(t, "posting", err)
	again, dup, err := h.rooms.Post(t.Context(), "lobby", ada.Face, text)
	if err != nil || !dup || again.Seq != first.Seq {
		t.Errorf("again: seq %d, dup %v, %v; want seq %d", again.Seq, dup, err, first.Seq)
	}
	wantFault(t, "another message", h.try("lobby", ada, "hi"), fault.RateLimited, "slow mode")
}

func TestInSlowModeAMessageThatWasNotStoredTakesNoTurn(t *testing.T) {
	full := errors.New("no room on the disk")
	h := openHub(t)
	ada, owner := h.join("ada"), h.owner()
	h.change("lobby", owner, chat.Changes{Slow: new(chat.MaxSlow)})
	h.disk.intercept = func(string, topic.Draft) error { return full }
	if err := h.try("lobby", ada, "hi"); !errors.Is(err, full) {
		t.Fatalf("posting: %v, want the store's error", err)
	}
	h.disk.intercept = nil
	wantDone(t, "posting when there is room", h.try("lobby", ada, "hi"))
	wantFault(t, "another message", h.try("lobby", ada, "hi"), fault.RateLimited, "slow mode")
}

func TestInSlowModeOneOfManyAtOnceGetsIn(t *testing.T) {
	h := openHub(t)
	ada, owner := h.join("ada"), h.owner()
	h.change("lobby", owner, chat.Changes{Slow: new(chat.MaxSlow)})
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for n := range errs {
		wg.Go(func() { errs[n] = h.try("lobby", ada, fmt.Sprint(n)) })
	}
	wg.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
		} else {
			wantFault(t, "the others", err, fault.RateLimited, "slow mode")
		}
	}
	if messages := h.entries("room/lobby", chat.KindMessage); in != 1 || len(messages) != 1 {
		t.Errorf("%d were told that they are in, %d messages are there; want 1", in, len(messages))
	}
}
