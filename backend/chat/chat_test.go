package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// engine is the memory ring with a hand in its appends: intercept can delay and refuse them, published is called when
// readers see the entry and its writer has no answer yet. Both are set before they are used.
type engine struct {
	*topic.Ring
	intercept func(name string, d topic.Draft) error
	published func(name string)
}

func (e *engine) Open(ctx context.Context, name string, r topic.Retention, committed func(topic.Commit)) (topic.Log, error) {
	l, err := e.Ring.Open(ctx, name, r, committed)
	return &log{l, e, name}, err
}

type log struct {
	topic.Log
	engine *engine
	name   string
}

func (l *log) Append(ctx context.Context, d topic.Draft) (topic.Record, bool, error) {
	if l.engine.intercept != nil {
		if err := l.engine.intercept(l.name, d); err != nil {
			return topic.Record{}, false, err
		}
	}
	r, dup, err := l.Log.Append(ctx, d)
	if err == nil && l.engine.published != nil {
		l.engine.published(l.name)
	}
	return r, dup, err
}

// hub is what chat needs around it, kept in disk across restarts.
type hub struct {
	t      testing.TB
	disk   *engine
	topics *topic.Topics
	peers  *peer.Peers
	rooms  *chat.Rooms
	read   map[string]uint64 // by peer id + " " + topic

	mu   sync.Mutex
	told []told // guarded by mu

	forget func(room string) error // nil = nothing happens
}

type told struct {
	to peer.Face
	m  chat.Mention
}

func openHub(t testing.TB) *hub { return reopen(t, &engine{Ring: topic.NewRing()}) }

// reopen starts a hub on what an earlier one kept.
func reopen(t testing.TB, disk *engine) *hub {
	t.Helper()
	h := &hub{t: t, disk: disk, topics: topic.New(disk), read: make(map[string]uint64)}
	var err error
	if h.peers, err = peer.Open(t.Context(), h.topics, peer.Options{OwnerName: "mallory"}); err != nil {
		t.Fatal(err)
	}
	h.rooms, err = chat.Open(t.Context(), h.topics, chat.Options{
		Peers: h.peers,
		Mentioned: func(_ context.Context, to peer.Face, m chat.Mention) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.told = append(h.told, told{to, m})
		},
		Forget: func(_ context.Context, room string) error {
			if h.forget == nil {
				return nil
			}
			return h.forget(room)
		},
		Read: func(_ context.Context, id, name string) uint64 { return h.read[id+" "+name] },
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hub) join(name string) peer.Peer {
	h.t.Helper()
	p, _, err := h.peers.Join(h.t.Context(), name)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *hub) owner() peer.Peer {
	h.t.Helper()
	p, _, err := h.peers.RedeemOwnerLink(h.t.Context(), h.peers.MintOwnerLink(false))
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *hub) post(room string, from peer.Face, text string) topic.Entry {
	h.t.Helper()
	e, dup, err := h.rooms.Post(h.t.Context(), room, from, chat.Text{Text: text})
	if err != nil || dup {
		h.t.Fatalf("posting %.40q to %s: dup %v, %v", text, room, dup, err)
	}
	return e
}

// entries returns all entries of a topic as they are now.
func (h *hub) entries(name string, kinds ...string) []topic.Entry {
	h.t.Helper()
	t, err := h.topics.Lookup(name)
	if err != nil {
		h.t.Fatal(err)
	}
	entries, err := t.Before(h.t.Context(), 0, 10_000, kinds...)
	if err != nil {
		h.t.Fatal(err)
	}
	return entries
}

func (h *hub) message(room string, seq uint64) chat.Message {
	h.t.Helper()
	for _, e := range h.entries("room/"+room, chat.KindMessage) {
		if e.Seq == seq {
			m, err := chat.Decode(e)
			if err != nil {
				h.t.Fatal(err)
			}
			return m
		}
	}
	h.t.Fatalf("no message %d in %s", seq, room)
	return chat.Message{}
}

// listed returns what list/rooms shows of a room to somebody who reads it now.
func (h *hub) listed(room string) chat.Room {
	h.t.Helper()
	for _, e := range h.entries("list/rooms") {
		if e.Key == room {
			var shown chat.Room
			if err := json.Unmarshal(e.Data, &shown); err != nil {
				h.t.Fatal(err)
			}
			return shown
		}
	}
	h.t.Fatalf("list/rooms does not show %s", room)
	return chat.Room{}
}

func wantFault(t testing.TB, what string, err error, code fault.Code, says string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code || !strings.Contains(f.Message, says) {
		t.Errorf("%s: got %v; want %s, saying %q", what, err, code, says)
	}
}

// golden returns the data member of a golden file.
func golden(t testing.TB, shape string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "server", "testdata", "wire", shape+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal(raw, &envelope); err != nil {
		t.Fatalf("golden file %s: %v", shape, err)
	}
	return string(envelope.Data)
}

func wantGolden(t testing.TB, shape string, data []byte, same ...string) {
	t.Helper()
	if got, want := strings.NewReplacer(same...).Replace(string(data)), golden(t, shape); got != want {
		t.Errorf("%s is\n%s, want\n%s", shape, got, want)
	}
}

// TestDataIsAsInTheGoldenFiles plays the story that the golden files tell.
func TestDataIsAsInTheGoldenFiles(t *testing.T) {
	h := openHub(t)
	ada := peer.Peer{Face: peer.Face{ID: "k3v9q2mx7rbt", Name: "ada", Tag: "K3QX", Hue: 176}, Role: peer.Member}
	bob := h.join("bob")
	for range 131 {
		h.post("lobby", ada.Face, "earlier")
	}
	first, _, err := h.rooms.Post(t.Context(), "lobby", ada.Face, chat.Text{Text: "hi", ClientID: "01J"})
	if err != nil {
		t.Fatal(err)
	}
	wantGolden(t, "message", first.Data)
	wantGolden(t, "message_mention", h.post("lobby", ada.Face, "@bob look").Data, bob.ID, "b2c4d6e7f2g3")
	wantGolden(t, "message_script", h.post("lobby", peer.Caller(""), "build is green").Data)
	data, err := json.Marshal(h.told[0].m)
	if err != nil {
		t.Fatal(err)
	}
	wantGolden(t, "mention", data)

	edited, err := h.rooms.Edit(t.Context(), "lobby", first.Seq, ada, "hello")
	if err != nil {
		t.Fatal(err)
	}
	wantGolden(t, "message_edited", edited.Data)
	messages := h.entries("room/lobby", chat.KindMessage)
	wantGolden(t, "message_after_edit", messages[131].Data, h.message("lobby", 132).Edited, "2026-11-22T08:01:00.000Z")

	deleted, err := h.rooms.Delete(t.Context(), "lobby", first.Seq, ada, "")
	if err != nil {
		t.Fatal(err)
	}
	wantGolden(t, "message_deleted", deleted.Data)
	wantGolden(t, "message_after_delete", h.entries("room/lobby", chat.KindMessage)[131].Data)
	wantGolden(t, "message_edited_superseded", h.entries("room/lobby", chat.KindEdited)[0].Data)
}

func TestRoomsAreListedAsInTheGoldenFiles(t *testing.T) {
	h := openHub(t)
	epoch := h.listed("lobby").Position.Epoch
	wantGolden(t, "room_empty", h.entries("list/rooms")[0].Data, epoch, "q3")
	ada := peer.Face{ID: "k3v9q2mx7rbt", Name: "ada", Tag: "K3QX", Hue: 176}
	for range 91 {
		h.post("lobby", ada, "earlier")
	}
	h = reopen(t, h.disk) // messages count since the hub started
	for range 40 {
		h.post("lobby", ada, "earlier")
	}
	e := h.post("lobby", ada, "hi")
	wantGolden(t, "room", h.entries("list/rooms")[0].Data, epoch, "q3", e.Time.Format(topic.WireTime), "2026-11-22T08:00:00.123Z")
}
