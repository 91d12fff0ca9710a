// Package chat holds the rooms of a hub and the messages in them.
//
// A room is a durable topic, room/<id>, of messages and their changes. The topic list/rooms holds each room's latest
// state for whoever lists them.
//
// # Guarantees
//
//  1. Posting with a client id again (same author and room, within topic.ClientIDWindow) posts once, tells nobody a second
//     time and returns the first entry.
//  2. An edit or a deletion is one entry that says so and a rewrite of the message in the same commit: whoever reads
//     history sees messages as they are now, and whoever follows is told of the change. Applying it twice is harmless.
//  3. No text of a deleted or superseded version stays readable: not in the message, not in the entries of its edits, not
//     in list/rooms, nor in the mentions that Options.Mentioned was told of. Of a room that was cleared or deleted, nothing
//     that was said in it.
//  4. Changes of one room happen one after another. Posting waits for them only when the message mentions somebody, and
//     rooms do not wait for each other.
//  5. When Post, Edit or Delete returns, list/rooms shows the room as of that entry or a later one.
//  6. A room is made by its first message or by Create; opening its topic makes none. It is there for whoever has seen that
//     message. The lobby is always there. A room that was deleted can be made again, and its numbers go on.
//  7. Who is muted writes nowhere. In a room that is read only, those who moderate write; in one with slow mode, others write
//     once in that time; in one that is archived, nobody. Authors and moderators delete messages everywhere.
//  8. Each change of a room is an entry in it, and each act of moderation one of peer.ActsTopic, with who did it and why.
//     When Change, Clear or Remove returns, it holds for every message that is posted from then on.
//
// # Caveats
//
// Room.Messages counts since Open, to be compared with an earlier count of the same process. How many rooms a peer made
// today, and when it wrote last in a room with slow mode, is kept in memory: a restart forgets it. A message that was being
// posted when its room was closed to it may still come in, behind the entry that says so.
package chat

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

const (
	Lobby = "lobby" // the room that every hub has

	MaxRooms      = 200  // rooms of a hub, if Options do not say otherwise
	MaxMadePerDay = 10   // rooms that one peer, or all scripts together, may make in a day (UTC)
	MaxAwaited    = 1024 // rooms that nobody has made and somebody has opened; opened topics stay open
	MaxRoomID     = 64   // characters of a room's id
	MaxTitle      = 64   // characters of a room's title
)

// The kinds of entries in room/<id>, and of those in list/rooms.
const (
	KindMessage = "message"         // data: Message
	KindEdited  = "message.edited"  // data: Change
	KindDeleted = "message.deleted" // data: Change
	KindChanged = "room.changed"    // data: Changed
	KindGone    = "room.deleted"    // data: Gone; in both
	KindRoom    = "room"            // data: Room
)

// Options are the settings of Open.
type Options struct {
	Peers *peer.Peers  // who can be mentioned; required
	Log   *slog.Logger // nil = nothing is logged

	// Mentioned is told of each peer that a message names, and again when the message is edited or deleted. It is called
	// while changes of that room wait, so that the newest state is told last; it must not call Rooms. nil = nobody is told.
	Mentioned func(ctx context.Context, to peer.Face, m Mention)
	// Forget takes the text out of all mentions in a room, which is about to be cleared. nil = there are none.
	Forget func(ctx context.Context, roomID string) error
	// Read returns up to which seq a peer has read a topic, from memory; nil = nothing was read.
	Read func(ctx context.Context, peerID, topicName string) uint64

	MaxText  int // bytes of a message's text in UTF-8; 0 = the constant MaxText
	MaxRooms int // 0 = the constant MaxRooms; never more than topic.MaxOpen
}

// Rooms holds the rooms of a hub. It has no goroutine and needs no Close: the topics close theirs.
type Rooms struct {
	topics *topic.Topics
	peers  *peer.Peers
	log    *slog.Logger
	tell   func(ctx context.Context, to peer.Face, m Mention)
	forget func(ctx context.Context, roomID string) error
	read   func(ctx context.Context, peerID, topicName string) uint64
	list   *topic.Topic // list/rooms; set once by Open
	table  topic.Table  // meta by room id, of the rooms that Create made and those that were changed

	maxText, maxRooms int // set once by Open

	mu      sync.Mutex
	rooms   map[string]*room    // guarded by mu; made or being made
	awaited map[string]struct{} // guarded by mu; opened, not made
	day     string              // guarded by mu; the UTC date that made counts for
	made    map[string]int      // guarded by mu; rooms made that day, by peer id
	gone    int                 // guarded by mu; rooms deleted since list/rooms was last shown whole
}

// Room is a room as list/rooms shows it.
type Room struct {
	ID       string         `json:"room"`     // 1 to 64 of a-z 0-9 - _
	Title    string         `json:"title"`    // the id unless Create or Change gave another
	Messages uint64         `json:"messages"` // posted since Open
	Position topic.Position `json:"position"` // of the newest entry, changes included
	Last     *Last          `json:"last"`     // the newest message, nil when there is none
	Rules
}

// Last is a room's newest message in short.
type Last struct {
	Seq     uint64    `json:"seq"`
	Time    string    `json:"time"` // topic.WireTime
	From    peer.Face `json:"from"`
	Text    string    `json:"text"` // the first ExcerptRunes characters
	Deleted bool      `json:"deleted,omitempty"`
}

// meta is what the table keeps of a room. One that was made by its first message needs none before it is changed.
type meta struct {
	Title   string    `json:"title"`
	Created time.Time `json:"created,omitzero"` // by Create
	By      peer.Face `json:"by,omitzero"`      // who called Create
	Rules
}

// Open opens the rooms that topics keeps, and the lobby, and fills list/rooms.
func Open(ctx context.Context, topics *topic.Topics, o Options) (*Rooms, error) {
	r := &Rooms{
		topics: topics, peers: o.Peers, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)),
		tell: o.Mentioned, forget: o.Forget, read: o.Read,
		maxText: cmp.Or(o.MaxText, MaxText), maxRooms: min(cmp.Or(o.MaxRooms, MaxRooms), topic.MaxOpen),
		table: topics.Table("rooms"),
		rooms: make(map[string]*room), awaited: make(map[string]struct{}), made: make(map[string]int),
	}
	if r.tell == nil {
		r.tell = func(context.Context, peer.Face, Mention) {}
	}
	if r.forget == nil {
		r.forget = func(context.Context, string) error { return nil }
	}
	if r.read == nil {
		r.read = func(context.Context, string, string) uint64 { return 0 }
	}
	known, err := r.stored(ctx)
	if err != nil {
		return nil, err
	}
	keep := topic.Retention{State: true, Entries: max(r.maxRooms, len(known)) + goneShown}
	if r.list, err = topics.Open(ctx, "list/rooms", keep); err != nil {
		return nil, err
	}
	for id, m := range known {
		if err := r.load(ctx, id, m); err != nil {
			return nil, fmt.Errorf("open room %s: %w", id, err)
		}
	}
	return r, nil
}

// stored returns what is known of all rooms that were ever made, by id; nil of those that the table does not have.
func (r *Rooms) stored(ctx context.Context) (map[string]*meta, error) {
	known := map[string]*meta{Lobby: {Title: "Lobby"}}
	names, err := r.topics.Names(ctx, "room/")
	if err != nil {
		return nil, fmt.Errorf("list the rooms: %w", err)
	}
	for _, name := range names {
		id := strings.TrimPrefix(name, "room/")
		known[id] = known[id]
	}
	err = r.table.Each(ctx, func(id string, value []byte) bool {
		m := &meta{}
		if err := json.Unmarshal(value, m); err != nil {
			r.log.Error("what is stored of a room cannot be read; its id is its title", "room", id, "err", err)
		}
		m.Title = cmp.Or(m.Title, id)
		known[id] = m
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("list the rooms: %w", err)
	}
	return known, nil
}

// load is for Open. A room whose history ends with its deletion is not there, unless it was made again by Create.
func (r *Rooms) load(ctx context.Context, id string, m *meta) error {
	t, err := r.open(ctx, id)
	if err != nil {
		return err
	}
	if m == nil {
		if gone, err := deleted(ctx, t); err != nil || gone {
			return err
		}
		m = &meta{Title: id}
	}
	rm := newRoom(id, *m)
	rm.made = true
	rm.opened = t.Position().Seq
	r.rooms[id] = rm
	r.refresh(ctx, rm, t)
	return nil
}

// CheckRoom reports with a fault whether id may name a room.
func CheckRoom(id string) error {
	good := len(id) >= 1 && len(id) <= MaxRoomID && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
	if !good {
		return fault.New(fault.BadRequest, "a room's name is 1 to %d of a-z, 0-9, - and _; %.80q is not", MaxRoomID, id).In("room")
	}
	return nil
}

// List returns the rooms, the lobby first and the others by id.
func (r *Rooms) List(context.Context) []Room {
	r.mu.Lock()
	made := make([]*room, 0, len(r.rooms))
	for _, rm := range r.rooms {
		if r.thereLocked(rm) {
			made = append(made, rm)
		}
	}
	r.mu.Unlock()
	list := make([]Room, len(made))
	for i, rm := range made {
		list[i] = rm.now()
	}
	slices.SortFunc(list, func(a, b Room) int { return strings.Compare(place(a.ID), place(b.ID)) })
	return list
}

// place is what rooms are sorted by.
func place(id string) string {
	if id == Lobby {
		return ""
	}
	return id
}

// Get returns the room of that id, if it was made.
func (r *Rooms) Get(id string) (Room, bool) {
	rm := r.lookup(id)
	if rm == nil {
		return Room{}, false
	}
	return rm.now(), true
}

func (r *Rooms) lookup(id string) *room {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rm := r.rooms[id]; rm != nil && r.thereLocked(rm) {
		return rm
	}
	return nil
}

// find returns a room that was made, and its topic.
func (r *Rooms) find(ctx context.Context, id string) (*room, *topic.Topic, error) {
	rm := r.lookup(id)
	if rm == nil {
		return nil, nil, noRoom(id)
	}
	t, err := r.open(ctx, id)
	return rm, t, err
}

func noRoom(id string) error {
	return fault.New(fault.NotFound, "there is no room %.80q", id).In("room")
}
