package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hearth/backend/chat"
	"hearth/backend/notify"
	"hearth/backend/peer"
)

var (
	ada = peer.Face{ID: "k3v9q2mx7rbt", Name: "ada", Tag: "K3QX", Hue: 176}
	bob = peer.Face{ID: "b2c4d6e7f2g3", Name: "bob", Tag: "B2C4", Hue: 20}
)

func (h *hub) mention(m chat.Mention) {
	h.t.Helper()
	if err := h.notify.Mention(h.t.Context(), bob, m); err != nil {
		h.t.Fatal(err)
	}
}

func lobby(seq uint64, text string) chat.Mention {
	return chat.Mention{Room: "lobby", Title: "Lobby", Seq: seq, From: ada, Text: text}
}

func TestAMentionIsAsInTheGoldenFile(t *testing.T) {
	h := openHub(t)
	h.mention(lobby(133, "@bob look"))
	e := h.entries("peer/" + bob.ID)[0]
	if e.Kind != notify.KindMention {
		t.Errorf("it is a %s", e.Kind)
	}
	wantGolden(t, "mention", e.Data)
}

func TestAMentionFollowsItsMessage(t *testing.T) {
	h := openHub(t)
	h.mention(lobby(1, "@bob secret one"))
	h.mention(chat.Mention{Room: "builds", Seq: 1, From: ada, Text: "@bob another room"})
	h.mention(lobby(1, "@bob secret one")) // told twice
	if n := len(h.entries("peer/"+bob.ID, notify.KindMention)); n != 2 {
		t.Fatalf("bob has %d mentions, want 2", n)
	}

	edited := lobby(1, "@bob secret two")
	edited.Again = true
	h.mention(edited)
	h.want(1, "@bob secret two", false)
	gone := chat.Mention{Room: "lobby", Title: "Lobby", Seq: 1, From: ada, Deleted: true, Again: true}
	h.mention(gone)
	h.want(1, "", true)
	for _, e := range h.entries("peer/" + bob.ID) {
		if strings.Contains(string(e.Frame), "secret") {
			t.Errorf("bob can still read %s", e.Frame)
		}
	}
	changes := h.entries("peer/"+bob.ID, notify.KindMentionChanged)
	if len(changes) != 2 || string(changes[1].Data) != `{"seq":1}` {
		t.Errorf("followers are told of %d changes, want 2 of mention 1", len(changes))
	}
	h.mention(lobby(1, "@bob again")) // an edit names him again
	h.want(1, "@bob again", false)
	h.want(2, "@bob another room", false)
}

func (h *hub) want(seq uint64, text string, deleted bool) {
	h.t.Helper()
	for _, e := range h.entries("peer/"+bob.ID, notify.KindMention) {
		var m chat.Mention
		if err := json.Unmarshal(e.Data, &m); err != nil {
			h.t.Fatal(err)
		}
		if e.Seq == seq && m.Text == text && m.Deleted == deleted {
			return
		}
	}
	h.t.Errorf("mention %d is not %q, deleted %v", seq, text, deleted)
}

func TestMentionsAreBoundedAndOldOnesStayGone(t *testing.T) {
	h := openHub(t)
	for n := range uint64(notify.KeepMentions + 1) {
		h.mention(lobby(n+1, fmt.Sprint("@bob ", n)))
	}
	first := lobby(1, "@bob edited")
	first.Again = true
	h.mention(first)
	got := h.entries("peer/" + bob.ID)
	if len(got) != notify.KeepMentions || got[0].Seq != 2 {
		t.Errorf("%d are kept from %d on, want %d from 2 on", len(got), got[0].Seq, notify.KeepMentions)
	}
}

// TestDeletedTextLeavesEverything goes through chat, as the hub wires it.
func TestDeletedTextLeavesEverything(t *testing.T) {
	h := openHub(t)
	peers, err := peer.Open(t.Context(), h.topics, peer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	author, _, err := peers.Join(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	named, _, err := peers.Join(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := chat.Open(t.Context(), h.topics, chat.Options{
		Peers: peers,
		Mentioned: func(ctx context.Context, to peer.Face, m chat.Mention) {
			if err := h.notify.Mention(ctx, to, m); err != nil {
				t.Error(err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := rooms.Post(t.Context(), "lobby", author.Face, chat.Text{Text: "@bob the secret"})
	if err != nil {
		t.Fatal(err)
	}
	mentions := "peer/" + named.ID
	if es := h.entries(mentions); len(es) != 1 || !strings.Contains(string(es[0].Frame), "secret") {
		t.Fatalf("need a mention with the text for this test to mean anything; there are %d", len(es))
	}
	if _, err := rooms.Delete(t.Context(), "lobby", e.Seq, author, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"room/lobby", "list/rooms", mentions} {
		for _, e := range h.entries(name) {
			if strings.Contains(string(e.Frame), "secret") {
				t.Errorf("%s still holds %s", name, e.Frame)
			}
		}
	}
}

// TestForgettingARoomBlanksItsMentionsAlone has two peers with mentions in two rooms.
func TestForgettingARoomBlanksItsMentionsAlone(t *testing.T) {
	h := openHub(t)
	ada := peer.Face{ID: "k3v9q2mx7rbt", Name: "ada"}
	inOther := lobby(4, "stays")
	inOther.Room = "builds"
	for _, to := range []peer.Face{ada, bob} {
		for _, m := range []chat.Mention{lobby(1, "secret one"), inOther, lobby(2, "secret two")} {
			if err := h.notify.Mention(t.Context(), to, m); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 { // the second time there is nothing to do
		if err := h.notify.Forget(t.Context(), "lobby"); err != nil {
			t.Fatal(err)
		}
	}
	for _, to := range []peer.Face{ada, bob} {
		es := h.entries("peer/" + to.ID)
		if len(es) != 4 || es[3].Kind != notify.KindMentionChanged || string(es[3].Data) != `{"seq":3}` {
			t.Fatalf("%s has %d entries, want three mentions and that the newest changed", to.Name, len(es))
		}
		for i, want := range []string{"", "stays", ""} {
			var m chat.Mention
			if err := json.Unmarshal(es[i].Data, &m); err != nil || m.Text != want || m.Deleted != (want == "") {
				t.Errorf("mention %d of %s is %+v, %v", i, to.Name, m, err)
			}
		}
	}
}

func TestMentionsOpensWithoutWriting(t *testing.T) {
	h := openHub(t)
	tp, err := h.notify.Mentions(t.Context(), bob.ID)
	if err != nil || tp.Name() != "peer/"+bob.ID || tp.Position().Seq != 0 {
		t.Errorf("opened %v, %v", tp, err)
	}
	if err := h.notify.Mention(t.Context(), peer.Face{ID: "../x"}, lobby(1, "x")); err == nil {
		t.Error("a peer with an impossible id was told")
	}
	if names, err := h.topics.Names(t.Context(), "peer/"); err != nil || len(names) != 0 {
		t.Errorf("there are %v, %v", names, err)
	}
}
