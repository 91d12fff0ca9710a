package chat_test

import (
	"context"
	"encoding/json"
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

func TestAnEditIsSeenInHistoryAndByFollowers(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	first := h.post("lobby", ada.Face, "helo")
	h.post("lobby", ada.Face, "later")
	e, err := h.rooms.Edit(t.Context(), "lobby", first.Seq, ada, "hello")
	if err != nil {
		t.Fatal(err)
	}
	var change chat.Change
	if err := json.Unmarshal(e.Data, &change); err != nil {
		t.Fatal(err)
	}
	if e.Kind != chat.KindEdited || e.Seq != 3 || change.Seq != first.Seq || change.Text != "hello" || change.By != ada.Face {
		t.Errorf("followers see %s %d: %+v", e.Kind, e.Seq, change)
	}
	m := h.message("lobby", first.Seq)
	if at, err := time.Parse(time.RFC3339, m.Edited); m.Text != "hello" || err != nil || at.Before(first.Time) {
		t.Errorf("history shows %+v, %v", m, err)
	}
	if shown := h.listed("lobby"); shown.Last.Text != "later" || shown.Position.Seq != 3 || shown.Messages != 2 {
		t.Errorf("the list shows %+v; an edit is no message", shown)
	}
}

// TestNoTextOfADeletedMessageStaysReadable looks everywhere: history, the entries of edits, the list, what was told.
func TestNoTextOfADeletedMessageStaysReadable(t *testing.T) {
	h := openHub(t)
	ada, bob := h.join("ada"), h.join("bob")
	e := h.post("lobby", ada.Face, "secret one for @bob")
	for _, text := range []string{"secret two for @bob", "secret three for @bob", "secret four for nobody", "secret five for @bob"} {
		if _, err := h.rooms.Edit(t.Context(), "lobby", e.Seq, ada, text); err != nil {
			t.Fatal(err)
		}
		for _, edit := range h.entries("room/lobby", chat.KindEdited) { // superseded versions go at once
			if strings.Contains(string(edit.Data), "secret") && !strings.Contains(string(edit.Data), text) {
				t.Errorf("after %q an older version is readable: %s", text, edit.Data)
			}
		}
	}
	if _, err := h.rooms.Delete(t.Context(), "lobby", e.Seq, ada, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"room/lobby", "list/rooms"} {
		entries := h.entries(name)
		if len(entries) == 0 {
			t.Fatalf("nothing to look at in %s", name)
		}
		for _, e := range entries {
			if strings.Contains(string(e.Frame), "secret") {
				t.Errorf("%s still holds %s", name, e.Frame)
			}
		}
	}
	last := h.told[len(h.told)-1]
	if last.to != bob.Face || !last.m.Deleted || !last.m.Again || last.m.Text != "" {
		t.Errorf("bob was told last: %+v; want that the message is gone", last)
	}
	if shown := h.listed("lobby"); !shown.Last.Deleted || shown.Last.Seq != e.Seq {
		t.Errorf("the list shows %+v, want the deleted message", shown.Last)
	}
}

func TestWhoMayEditAndDelete(t *testing.T) {
	h := openHub(t)
	ada, bob, eve := h.join("ada"), h.join("bob"), h.owner()
	adas := h.post("lobby", ada.Face, "by ada").Seq
	scripts := h.post("lobby", peer.Caller("ada"), "by a script").Seq
	script := peer.Peer{Face: peer.Caller("ada"), Role: peer.Script}
	for what, by := range map[string]peer.Peer{"another member": bob, "the owner": eve, "a script of that name": script} {
		_, err := h.rooms.Edit(t.Context(), "lobby", adas, by, "changed")
		wantFault(t, what+" edits", err, fault.Forbidden, "only its author")
	}
	for what, by := range map[string]peer.Peer{"a script": script, "a member of that name": ada} {
		_, err := h.rooms.Edit(t.Context(), "lobby", scripts, by, "changed")
		wantFault(t, what+" edits a script's message", err, fault.Forbidden, "only its author")
		_, err = h.rooms.Delete(t.Context(), "lobby", scripts, by, "")
		wantFault(t, what+" deletes a script's message", err, fault.Forbidden, "those who moderate")
	}
	_, err := h.rooms.Delete(t.Context(), "lobby", adas, bob, "")
	wantFault(t, "another member deletes", err, fault.Forbidden, "only its author and those")
	if m := h.message("lobby", adas); m.Text != "by ada" {
		t.Fatalf("what was refused happened: %+v", m)
	}
	for _, seq := range []uint64{adas, scripts} {
		if _, err := h.rooms.Delete(t.Context(), "lobby", seq, eve, ""); err != nil {
			t.Errorf("the owner deletes %d: %v", seq, err)
		}
	}
}

func TestWhatCannotBeChangedSaysWhy(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	gone := h.post("lobby", ada.Face, "gone")
	deleted, err := h.rooms.Delete(t.Context(), "lobby", gone.Seq, ada, "")
	if err != nil {
		t.Fatal(err)
	}
	edit := func(room string, seq uint64, text string) error {
		_, err := h.rooms.Edit(t.Context(), room, seq, ada, text)
		return err
	}
	wantFault(t, "editing a deleted message", edit("lobby", gone.Seq, "back"), fault.Conflict, "was deleted")
	wantFault(t, "editing a change", edit("lobby", deleted.Seq, "x"), fault.NotFound, "no message 2")
	wantFault(t, "editing what is not there", edit("lobby", 99, "x"), fault.NotFound, `no message 99 in room "lobby"`)
	wantFault(t, "editing number 0", edit("lobby", 0, "x"), fault.NotFound, "no message 0")
	wantFault(t, "editing in no room", edit("nowhere", 1, "x"), fault.NotFound, "no room")
	wantFault(t, "editing to nothing", edit("lobby", gone.Seq, " "), fault.BadRequest, "empty")
	wantFault(t, "editing to too much", edit("lobby", gone.Seq, strings.Repeat("a", chat.MaxText+1)), fault.TooLong, "16,385")
	if n := len(h.entries("room/lobby")); n != 2 {
		t.Errorf("refusals left %d entries, want 2", n)
	}
}

func TestDeletingTwiceIsHarmless(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	e := h.post("lobby", ada.Face, "helo")
	if _, err := h.rooms.Edit(t.Context(), "lobby", e.Seq, ada, "hello"); err != nil {
		t.Fatal(err)
	}
	first, err := h.rooms.Delete(t.Context(), "lobby", e.Seq, ada, "")
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.rooms.Delete(t.Context(), "lobby", e.Seq, ada, "")
	if err != nil || again.Seq != first.Seq || again.Kind != chat.KindDeleted {
		t.Errorf("deleting again: %s %d, %v; want the deletion %d", again.Kind, again.Seq, err, first.Seq)
	}
	if n := len(h.entries("room/lobby")); n != 3 {
		t.Errorf("there are %d entries, want 3", n)
	}
}

func TestEditingEndsAfterThreeHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		ada := h.join("ada")
		e := h.post("lobby", ada.Face, "one")
		time.Sleep(chat.EditWindow)
		if _, err := h.rooms.Edit(t.Context(), "lobby", e.Seq, ada, "two"); err != nil {
			t.Errorf("after exactly 3 hours: %v", err)
		}
		time.Sleep(time.Second)
		_, err := h.rooms.Edit(t.Context(), "lobby", e.Seq, ada, "three")
		wantFault(t, "later", err, fault.Forbidden, "for 3 hours")
		if _, err := h.rooms.Delete(t.Context(), "lobby", e.Seq, ada, ""); err != nil {
			t.Errorf("deleting has no end: %v", err)
		}
	})
}

func TestChangesInOneRoomComeOneAfterAnother(t *testing.T) {
	const editors, each = 8, 20
	h := openHub(t)
	ada := h.join("ada")
	e := h.post("lobby", ada.Face, "text 0")
	var wg sync.WaitGroup
	for n := range editors {
		wg.Go(func() {
			for i := range each {
				if _, err := h.rooms.Edit(t.Context(), "lobby", e.Seq, ada, fmt.Sprint("text ", n, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	edits := h.entries("room/lobby", chat.KindEdited)
	if len(edits) != editors*each {
		t.Fatalf("%d edits, want %d", len(edits), editors*each)
	}
	for _, edit := range edits[:len(edits)-1] {
		if strings.Contains(string(edit.Data), "text ") {
			t.Errorf("edit %d was superseded and keeps its text: %s", edit.Seq, edit.Data)
		}
	}
	last := h.message("lobby", e.Seq).Text
	if !strings.Contains(string(edits[len(edits)-1].Data), last) || h.listed("lobby").Last.Text != last {
		t.Errorf("message %q, newest edit %s, list %q", last, edits[len(edits)-1].Data, h.listed("lobby").Last.Text)
	}
}

func TestTheCountOfMessagesLeavesChangesOutAndNeverFalls(t *testing.T) {
	const each = 200
	h := openHub(t)
	ada := h.join("ada")
	e := h.post("lobby", ada.Face, "text")
	full := errors.New("no room on the disk")
	h.disk.intercept = func(_ string, d topic.Draft) error {
		if d.Kind == chat.KindEdited && strings.Contains(string(d.Data), "7\"") { // some are refused
			return full
		}
		return nil
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := range each {
			if _, err := h.rooms.Edit(t.Context(), "lobby", e.Seq, ada, fmt.Sprint("text ", n)); err != nil && !errors.Is(err, full) {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for range each {
			if _, _, err := h.rooms.Post(t.Context(), "lobby", ada.Face, chat.Text{Text: "more"}); err != nil {
				t.Error(err)
			}
		}
	})
	least := uint64(0)
	for range 10 * each {
		room, _ := h.rooms.Get("lobby")
		if room.Messages < least {
			t.Fatalf("the count fell from %d to %d", least, room.Messages)
		}
		least = room.Messages
	}
	wg.Wait()
	if got := h.listed("lobby").Messages; got != each+1 {
		t.Errorf("%d messages are counted, want %d", got, each+1)
	}
}

// TestAChangeUnderWayDelaysNeitherPostsNorOtherRooms holds an edit in the store.
func TestAChangeUnderWayDelaysNeitherPostsNorOtherRooms(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	here, there := h.post("here", ada.Face, "one"), h.post("there", ada.Face, "one")
	held, release := make(chan struct{}), make(chan struct{})
	h.disk.intercept = func(name string, d topic.Draft) error {
		if name == "room/here" && d.Kind == chat.KindEdited {
			close(held)
			<-release
		}
		return nil
	}
	done := make(chan error)
	go func() { // the edit, awaited below
		_, err := h.rooms.Edit(t.Context(), "here", here.Seq, ada, "two")
		done <- err
	}()
	<-held
	h.post("here", ada.Face, "posting goes on")
	if _, err := h.rooms.Edit(t.Context(), "there", there.Seq, ada, "two"); err != nil {
		t.Errorf("editing in another room: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.rooms.Delete(ctx, "here", here.Seq, ada, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that left while it waited: %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAChangeThatTheStoreRefusesChangesNothing(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	e := h.post("lobby", ada.Face, "one @eve")
	full := errors.New("no room on the disk")
	h.disk.intercept = func(string, topic.Draft) error { return full }
	if _, err := h.rooms.Edit(t.Context(), "lobby", e.Seq, ada, "two"); !errors.Is(err, full) {
		t.Errorf("editing: %v", err)
	}
	if _, err := h.rooms.Delete(t.Context(), "lobby", e.Seq, ada, ""); !errors.Is(err, full) {
		t.Errorf("deleting: %v", err)
	}
	if m := h.message("lobby", e.Seq); m.Text != "one @eve" || h.listed("lobby").Last.Text != "one @eve" {
		t.Errorf("the message is %+v", m)
	}
}
