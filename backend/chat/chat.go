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
//     in list/rooms, nor in the mentions that Options.Mentioned was told of.
//  4. Changes of one room happen one after another. Posting waits for them only when the message mentions somebody, and
//     rooms do not wait for each other.
//  5. When Post, Edit or Delete returns, list/rooms shows the room as of that entry or a later one.
//  6. A room is made by its first message or by Create; opening its topic makes none. It is there for whoever has seen that
//     message. The lobby is always there.
//
// # Caveats
//
// Room.Messages counts since Open, to be compared with an earlier count of the same process. How many rooms a peer made
// today is kept in memory: a restart forgets it.
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

	MaxRooms      = 200  // rooms of a hub
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
	KindRoom    = "room"            // data: Room
)

// Options are the settings of Open.
type Options struct {
	Peers *peer.Peers  // who can be mentioned; required
	Log   *slog.Logger // nil = nothing is logged

	// Mentioned is told of each peer that a message names, and again when the message is edited or deleted. It is called
	// while changes of that room wait, so that the newest state is told last; it must not call Rooms. nil = nobody is told.
	Mentioned func(ctx context.Context, to peer.Face, m Mention)
	// Read returns up to which seq a peer has read a topic, from memory; nil = nothing was read.
	Read func(ctx context.Context, peerID, topicName string) uint64
}

// Rooms holds the rooms of a hub. It has no goroutine and needs no Close: the topics close theirs.
type Rooms struct {
	topics *topic.Topics
	peers  *peer.Peers
	log    *slog.Logger
	tell   func(ctx context.Context, to peer.Face, m Mention)
	read   func(ctx context.Context, peerID, topicName string) uint64
	list   *topic.Topic // list/rooms; set once by Open
	table  topic.Table  // meta by room id, of the rooms that Create made

	mu      sync.Mutex
	rooms   map[string]*room    // guarded by mu; made or being made
	awaited map[string]struct{} // guarded by mu; opened, not made
	day     string              // guarded by mu; the UTC date that made counts for
	made    map[string]int      // guarded by mu; rooms made that day, by peer id
}

// Room is a room as list/rooms shows it.
type Room struct {
	ID       string         `json:"room"`     // 1 to 64 of a-z 0-9 - _
	Title    string         `json:"title"`    // the id unless Create gave another
	Messages uint64         `json:"messages"` // posted since Open
	Position topic.Position `json:"position"` // of the newest entry, changes included
	Last     *Last          `json:"last"`     // the newest message, nil when there is none
}

// Last is a room's newest message in short.
type Last struct {
	Seq     uint64    `json:"seq"`
	Time    string    `json:"time"` // topic.WireTime
	From    peer.Face `json:"from"`
	Text    string    `json:"text"` // the first ExcerptRunes characters
	Deleted bool      `json:"deleted,omitempty"`
}

// meta is what the table keeps of a room that Create made. A room made by its first message needs none.
type meta struct {
	Title   string    `json:"title"`
	Created time.Time `json:"created"`
	By      peer.Face `json:"by"`
}

// Open opens the rooms that topics keeps, and the lobby, and fills list/rooms.
func Open(ctx context.Context, topics *topic.Topics, o Options) (*Rooms, error) {
	r := &Rooms{
		topics: topics, peers: o.Peers, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)), tell: o.Mentioned, read: o.Read,
		table: topics.Table("rooms"),
		rooms: make(map[string]*room), awaited: make(map[string]struct{}), made: make(map[string]int),
	}
	if r.tell == nil {
		r.tell = func(context.Context, peer.Face, Mention) {}
	}
	if r.read == nil {
		r.read = func(context.Context, string, string) uint64 { return 0 }
	}
	titles, err := r.stored(ctx)
	if err != nil {
		return nil, err
	}
	keep := topic.Retention{State: true, Entries: max(MaxRooms, len(titles))}
	if r.list, err = topics.Open(ctx, "list/rooms", keep); err != nil {
		return nil, err
	}
	for id, title := range titles {
		if err := r.load(ctx, id, title); err != nil {
			return nil, fmt.Errorf("open room %s: %w", id, err)
		}
	}
	return r, nil
}

// stored returns the titles of all rooms that were ever made, by id.
func (r *Rooms) stored(ctx context.Context) (map[string]string, error) {
	titles := map[string]string{Lobby: "Lobby"}
	names, err := r.topics.Names(ctx, "room/")
	if err != nil {
		return nil, fmt.Errorf("list the rooms: %w", err)
	}
	for _, name := range names {
		id := strings.TrimPrefix(name, "room/")
		titles[id] = cmp.Or(titles[id], id)
	}
	err = r.table.Each(ctx, func(id string, value []byte) bool {
		var m meta
		if err := json.Unmarshal(value, &m); err != nil {
			r.log.Error("what is stored of a room cannot be read; its id is its title", "room", id, "err", err)
		}
		titles[id] = cmp.Or(m.Title, id)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("list the rooms: %w", err)
	}
	return titles, nil
}

// load is for Open.
func (r *Rooms) load(ctx context.Context, id, title string) error {
	t, err := r.open(ctx, id)
	if err != nil {
		return err
	}
	rm := newRoom(id, title)
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
		return nil, nil, fault.New(fault.NotFound, "there is no room %.80q", id).In("room")
	}
	t, err := r.open(ctx, id)
	return rm, t, err
}
