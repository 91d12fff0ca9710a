package chat_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/topic"
)

func TestNothingOfADeletedRoomCanBeReadAndItCanBeMadeAgain(t *testing.T) {
	h := openHub(t)
	ada, owner := h.join("ada"), h.owner()
	h.makes("builds", ada)
	h.change("builds", owner, chat.Changes{Title: new("secret title"), ReadOnly: new(true)})
	wantDone(t, "posting", h.try("builds", owner, "a secret"))
	followed, err := h.rooms.Topic(t.Context(), "builds")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.rooms.Remove(t.Context(), "builds", owner.Face, "done"); err != nil {
		t.Fatal(err)
	}
	newest := h.entries("room/builds")
	faces := []string{owner.ID, "k3v9q2mx7rbt", owner.Tag, "K3QX", fmt.Sprint(owner.Hue), "176", owner.Name, "ada"}
	if len(newest) != 1 || newest[0].Kind != chat.KindGone || followed.Position().Seq != newest[0].Seq {
		t.Errorf("who follows it sees %d entries up to %d", len(newest), followed.Position().Seq)
	}
	wantGolden(t, "room_deleted", newest[0].Data, faces...)
	wantLines(t, "the acts are", h.acts(), "room_titled builds by mallory:", "room_read_only builds by mallory:", "room_deleted builds by mallory: done")
	for _, e := range h.entries("list/rooms") {
		if e.Key == "builds" && e.Kind != chat.KindGone {
			t.Errorf("the list shows %s", e.Frame)
		}
	}
	after := reopen(t, h.disk)
	for _, h := range []*hub{h, after} {
		h.wantNothingOf("secret")
		if _, ok := h.rooms.Get("builds"); ok || len(roomIDs(h)) != 1 {
			t.Errorf("the rooms are %q", roomIDs(h))
		}
		_, err = h.rooms.Page(t.Context(), "builds", 0, 0)
		wantFault(t, "reading it", err, fault.NotFound, "no room")
	}
	again := after.post("builds", ada.Face, "a fresh start")
	shown := after.listed("builds")
	if shown.Title != "builds" || shown.ReadOnly || shown.Messages != 1 || shown.Last.Text != "a fresh start" || again.Seq != newest[0].Seq+1 {
		t.Errorf("made again by message %d, it is listed as %+v", again.Seq, shown)
	}
	if got := reopen(t, h.disk).listed("builds"); got.Title != "builds" || got.Last.Text != "a fresh start" {
		t.Errorf("after a restart the list shows %+v", got)
	}
}

func TestADeletedRoomIsMadeAgainByName(t *testing.T) {
	h := openHub(t)
	owner := h.owner()
	h.post("builds", owner.Face, "hi")
	wantDone(t, "deleting", h.rooms.Remove(t.Context(), "builds", owner.Face, ""))
	if _, err := h.rooms.Create(t.Context(), "builds", "Again", owner.Face); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*hub{h, reopen(t, h.disk)} {
		if got := h.listed("builds"); got.Title != "Again" || got.Messages != 0 || got.Last != nil {
			t.Errorf("the list shows %+v", got)
		}
	}
}

// A first message that the store refuses makes no room, although there was one of that name.
func TestADeletedRoomStaysGoneWhenTheStoreRefusesItsFirstMessage(t *testing.T) {
	full := errors.New("no room on the disk")
	h := openHub(t)
	ada, owner := h.join("ada"), h.owner()
	h.post("builds", ada.Face, "hi")
	wantDone(t, "deleting", h.rooms.Remove(t.Context(), "builds", owner.Face, ""))
	h.disk.intercept = func(string, topic.Draft) error {
		if _, ok := h.rooms.Get("builds"); ok {
			t.Error("the room is there before its first message is")
		}
		return full
	}
	if err := h.try("builds", ada, "hi"); !errors.Is(err, full) {
		t.Errorf("posting: %v, want the store's error", err)
	}
	if _, ok := h.rooms.Get("builds"); ok {
		t.Error("the room is there")
	}
}

// TestPostsMeetTheDeletionOfTheirRoom deletes a room again and again while others post to it, with and without mentions.
func TestPostsMeetTheDeletionOfTheirRoom(t *testing.T) {
	h := openHub(t)
	owner := h.owner()
	h.join("bob")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for n := range 6 {
		from := h.join(fmt.Sprint("ada ", n))
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := h.try("builds", from, []string{"hi", "hi @bob"}[n%2])
				if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.RateLimited) { // of rooms made a day
					t.Error(err)
					return
				}
			}
		})
	}
	deleted := 0
	for range 10_000 {
		if err := h.rooms.Remove(t.Context(), "builds", owner.Face, ""); err == nil {
			deleted++
		} else if !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if deleted == 20 {
			break
		}
	}
	close(stop)
	wg.Wait()
	if deleted != 20 {
		t.Fatalf("the room was deleted %d times; need 20 for this test to mean anything", deleted)
	}
	h.post("builds", owner.Face, "last")
	for _, h := range []*hub{h, reopen(t, h.disk)} {
		shown, entries := h.listed("builds"), h.entries("room/builds")
		if entries[0].Kind != chat.KindGone || slices.ContainsFunc(entries[1:], func(e topic.Entry) bool { return e.Kind != chat.KindMessage }) {
			t.Errorf("the room holds something else than messages behind its deletion")
		}
		if shown.Last.Text != "last" || shown.Position.Seq != entries[len(entries)-1].Seq {
			t.Errorf("the list shows %+v", shown)
		}
	}
	if shown := h.listed("builds"); int(shown.Messages) != len(h.entries("room/builds"))-1 {
		t.Errorf("%d messages are counted of %d", shown.Messages, len(h.entries("room/builds"))-1)
	}
}

func TestADeletionWaitsForPostsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		ada, owner := h.join("ada"), h.owner()
		h.post("builds", ada.Face, "hi")
		let := make(chan struct{})
		h.disk.intercept = func(_ string, d topic.Draft) error {
			if d.Kind == chat.KindMessage {
				<-let
			}
			return nil
		}
		posted, removed := make(chan error, 1), make(chan error, 1)
		go func() { posted <- h.try("builds", ada, "under way") }()
		synctest.Wait()
		ctx, giveUp := context.WithCancel(t.Context())
		go func() { removed <- h.rooms.Remove(ctx, "builds", owner.Face, "") }()
		synctest.Wait()
		wantFault(t, "deleting it, too", h.rooms.Remove(t.Context(), "builds", owner.Face, ""), fault.Conflict, "being deleted")
		giveUp()
		if err := <-removed; !errors.Is(err, context.Canceled) {
			t.Errorf("a deletion that was given up: %v", err)
		}
		go func() { removed <- h.rooms.Remove(t.Context(), "builds", owner.Face, "") }()
		synctest.Wait()
		wantFault(t, "posting while it is being deleted", h.try("builds", ada, "late"), fault.Conflict, "being deleted")
		if n := len(h.entries("room/builds")); n != 1 || len(removed) != 0 {
			t.Errorf("while somebody posts, the room has %d entries and %d deletions are through", n, len(removed))
		}
		close(let)
		wantDone(t, "posting", <-posted)
		wantDone(t, "deleting", <-removed)
		if _, ok := h.rooms.Get("builds"); ok || len(h.entries("room/builds")) != 1 {
			t.Errorf("what was under way is still there: %d entries", len(h.entries("room/builds")))
		}
	})
}

// TestDeletedRoomsPushNoOtherOutOfTheList deletes more rooms than the list has places.
func TestDeletedRoomsPushNoOtherOutOfTheList(t *testing.T) {
	h := openHub(t)
	owner := h.owner()
	for n := range chat.MaxMadePerDay {
		h.post(fmt.Sprint("stays-", n), owner.Face, "hi")
	}
	for n := range 3 * chat.MaxRooms {
		room := fmt.Sprint("goes-", n)
		h.post(room, h.join("ada").Face, "hi")
		wantDone(t, "deleting", h.rooms.Remove(t.Context(), room, owner.Face, ""))
	}
	shown := 0
	for _, e := range h.entries("list/rooms") {
		if e.Kind == chat.KindRoom {
			shown++
		}
	}
	if want := len(h.rooms.List(t.Context())); shown != want || want != chat.MaxMadePerDay+1 {
		t.Errorf("the list shows %d rooms of %d", shown, want)
	}
}
