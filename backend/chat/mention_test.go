package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearth/backend/chat"
	"hearth/backend/peer"
)

func TestMentionsNamePeers(t *testing.T) {
	h := openHub(t)
	author := h.join("author")
	ids := make(map[string]string) // by id, the name in the table
	for _, name := range []string{"ada", "Ada Lovelace", "bob", "小明", "Éva", "anna", "Anna", "o'neil", "mr. x"} {
		ids[h.join(name).ID] = name
	}
	for _, c := range []struct {
		text string
		want []string
	}{
		{"@bob look", []string{"bob"}},
		{"look, @bob", []string{"bob"}},
		{"(@bob)", []string{"bob"}},
		{"@BOB!", []string{"bob"}},
		{"@ada", []string{"ada"}},
		{"@ada lovelace, hi", []string{"Ada Lovelace"}}, // the longest name counts
		{"@ada loves it", []string{"ada"}},
		{"@ada and @bob and @ada again", []string{"ada", "bob"}},
		{"@bobby", nil},                            // a longer word
		{"@bob2", nil},                             //
		{"mail bob@ada.example", nil},              // an address
		{"bob", nil},                               //
		{"@ bob", nil},                             //
		{"@@bob", []string{"bob"}},                 //
		{"@小明你好", []string{"小明"}},                  // Chinese has no spaces between words
		{"你好@小明", []string{"小明"}},                  //
		{"@bob你好", []string{"bob"}},                //
		{"@e\u0301va", []string{"Éva"}},            // typed as two characters
		{"@anna", []string{"anna", "Anna"}},        // all who bear the name
		{"@o'neil's", []string{"o'neil"}},          //
		{"ask @mr. x.", []string{"mr. x"}},         //
		{"@author is me", nil},                     // oneself
		{"@nobody and then @bob", []string{"bob"}}, //
		{"line one\n@bob\nline three", []string{"bob"}},
		{"@", nil},
	} {
		e := h.post("lobby", author.Face, c.text)
		var got []string
		for _, id := range h.message("lobby", e.Seq).Mentions {
			got = append(got, ids[id])
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%q mentions %q, want %q", c.text, got, c.want)
		}
	}
}

func TestWhoIsMentionedIsTold(t *testing.T) {
	h := openHub(t)
	ada, bob, eve := h.join("ada"), h.join("bob"), h.join("eve")
	if _, err := h.rooms.Create(t.Context(), "builds", "Nightly", ada.Face); err != nil {
		t.Fatal(err)
	}
	long := "@bob " + strings.Repeat("x", 200)
	e := h.post("builds", ada.Face, long)
	edit := func(text string) {
		t.Helper()
		if _, err := h.rooms.Edit(t.Context(), "builds", e.Seq, ada, text); err != nil {
			t.Fatal(err)
		}
	}
	edit("@bob and @eve")
	edit("@eve alone")
	edit("@eve still")
	if _, err := h.rooms.Delete(t.Context(), "builds", e.Seq, ada, ""); err != nil {
		t.Fatal(err)
	}
	mention := func(text string, again bool) chat.Mention {
		return chat.Mention{Room: "builds", Title: "Nightly", Seq: e.Seq, From: ada.Face, Text: text, Deleted: text == "", Again: again}
	}
	want := []told{
		{bob.Face, mention(long[:chat.ExcerptRunes], false)},
		{bob.Face, mention("@bob and @eve", true)}, {eve.Face, mention("@bob and @eve", false)},
		{eve.Face, mention("@eve alone", true)}, {bob.Face, mention("", true)},
		{eve.Face, mention("@eve still", true)},
		{eve.Face, mention("", true)},
	}
	if !slices.Equal(h.told, want) {
		t.Errorf("told\n%+v, want\n%+v", h.told, want)
	}
}

func TestMentionsOfOneMessageAreBounded(t *testing.T) {
	h := openHub(t)
	ada := h.join("ada")
	var all []string
	for n := range chat.MaxMentions + 5 {
		name := fmt.Sprintf("peer-%c%c", 'a'+n/26, 'a'+n%26)
		h.join(name)
		all = append(all, "@"+name)
	}
	e := h.post("lobby", ada.Face, strings.Join(all, " "))
	if got := len(h.message("lobby", e.Seq).Mentions); got != chat.MaxMentions || len(h.told) != got {
		t.Errorf("%d mentions, %d told; want %d", got, len(h.told), chat.MaxMentions)
	}
}

func BenchmarkPostOfNothingButAtSigns(b *testing.B) {
	h := openHub(b)
	ada := h.join("ada")
	text := strings.Repeat("@x ", chat.MaxText/3)
	for b.Loop() {
		h.post("lobby", ada.Face, text)
	}
}

func BenchmarkPost(b *testing.B) {
	h := openHub(b)
	ada := peer.Face{ID: "k3v9q2mx7rbt", Name: "ada", Tag: "K3QX", Hue: 176}
	b.ReportAllocs()
	for b.Loop() {
		h.post("lobby", ada, "hello, how are you doing today?")
	}
}
