package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// room is a room that was made or is being made.
type room struct {
	id     string
	opened uint64 // seq of the newest entry at Open, or when it was made

	// change is held by whoever edits or deletes, changes the room, or posts a message that mentions somebody. It is a channel
	// because the holder waits for the store, and the wait for it ends with the caller's context.
	change chan struct{}
	gone   bool // the room was deleted, and another may be made of that id; guarded by change

	made   bool   // guarded by Rooms.mu; thereLocked knows better
	making int    // guarded by Rooms.mu; posts under way that would make it
	maker  string // guarded by Rooms.mu; whose count of made rooms it is in

	quiet chan struct{} // guarded by Rooms.mu; there while the room is being deleted; closed with the end of the last post

	log atomic.Pointer[topic.Topic] // where posts write; nil before the first since Open

	mu      sync.Mutex
	meta    meta            // guarded by mu
	turns   map[string]turn // guarded by mu; when peers wrote last, by id, while there is slow mode
	changes uint64          // guarded by mu; entries since Open that are no messages, the one under way included
	shown   Room            // guarded by mu; as list/rooms shows it
}

func newRoom(id string, m meta) *room {
	return &room{id: id, meta: m, change: make(chan struct{}, 1), shown: Room{ID: id, Title: m.Title, Rules: m.Rules}}
}

func (rm *room) about() meta {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	return rm.meta
}

func (rm *room) now() Room {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	return rm.shown
}

// changing counts a change before it is made, or takes it back, so that the count of messages never falls.
func (rm *room) changing(by int) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	rm.changes += uint64(by)
}

func (rm *room) lock(ctx context.Context) error {
	select {
	case rm.change <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (rm *room) unlock() { <-rm.change }

// open opens a room's topic. Its history has no end: people look for old messages.
func (r *Rooms) open(ctx context.Context, id string) (*topic.Topic, error) {
	return r.topics.Open(ctx, "room/"+id, topic.Retention{Durable: true})
}

// Topic opens room/<id> to be followed, whether or not the room was made; this makes none. Errors: CheckRoom's,
// fault.Conflict when too many rooms that nobody made are open already, and those of topic.Topics.Open.
func (r *Rooms) Topic(ctx context.Context, id string) (*topic.Topic, error) {
	if err := CheckRoom(id); err != nil {
		return nil, err
	}
	if err := r.await(id); err != nil {
		return nil, err
	}
	return r.open(ctx, id)
}

// await counts the rooms that are followed before they are made: names come from strangers and topics stay open.
func (r *Rooms) await(id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rm := r.rooms[id]; rm != nil && r.thereLocked(rm) {
		return nil
	}
	if _, ok := r.awaited[id]; !ok && len(r.awaited) >= MaxAwaited {
		return fault.New(fault.Conflict, "there is no room %q, and the hub keeps no more than %d open for a first message; post one first",
			id, MaxAwaited).In("room")
	}
	r.awaited[id] = struct{}{}
	return nil
}

// Create makes a room without a message. An empty title means the id. Errors: CheckRoom's, fault.Conflict when there is
// such a room already or the hub has as many as it keeps, fault.RateLimited when by made MaxMadePerDay today, fault.TooLong and
// fault.BadRequest for the title, Muted, or the store's.
func (r *Rooms) Create(ctx context.Context, id, title string, by peer.Face) (Room, error) {
	if err := CheckRoom(id); err != nil {
		return Room{}, err
	}
	title, err := checkTitle(id, title)
	if err != nil {
		return Room{}, err
	}
	if err := checkMuted(r.peers.Now(peer.Peer{Face: by})); err != nil {
		return Room{}, err
	}
	m := meta{Title: title, Created: time.Now().UTC(), By: by}
	rm, err := r.claimNew(id, m, by)
	if err != nil {
		return Room{}, err
	}
	ctx = context.WithoutCancel(ctx) // what follows happens wholly or, when the store refuses, not at all
	t, err := r.open(ctx, id)
	if err == nil {
		err = r.keep(ctx, id, m)
	}
	r.settle(rm, err == nil)
	if err != nil {
		return Room{}, fmt.Errorf("make room %s: %w", id, err)
	}
	return r.refresh(ctx, rm, t), nil
}

// keep stores what is known of a room.
func (r *Rooms) keep(ctx context.Context, id string, m meta) error {
	value, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode room %s: %w", id, err)
	}
	return r.table.Put(ctx, id, value)
}

func checkTitle(id, title string) (string, error) {
	title = strings.TrimSpace(title)
	switch {
	case title == "":
		return id, nil
	case !utf8.ValidString(title):
		return "", fault.New(fault.BadRequest, "a title must be text in UTF-8").In("title")
	case utf8.RuneCountInString(title) > MaxTitle:
		return "", fault.New(fault.TooLong, "a title has at most %d characters", MaxTitle).In("title")
	case strings.ContainsFunc(title, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Zl, unicode.Zp) }):
		return "", fault.New(fault.BadRequest, "a title is one line without control characters").In("title")
	}
	return title, nil
}

// claim returns the room of that id for posting, and a room to be if there is none. settle must follow.
func (r *Rooms) claim(id string, by peer.Face) (*room, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rm := r.rooms[id]
	if rm == nil {
		var err error
		if rm, err = r.newLocked(id, meta{Title: id}, by); err != nil {
			return nil, err
		}
	}
	if rm.quiet != nil {
		return nil, goingAway(id)
	}
	rm.making++
	return rm, nil
}

// claimNew returns a room to be, and fails when there is one of that id or somebody is making it. settle must follow.
func (r *Rooms) claimNew(id string, m meta, by peer.Face) (*room, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rooms[id] != nil {
		return nil, fault.New(fault.Conflict, "there is a room %q already", id).In("room")
	}
	rm, err := r.newLocked(id, m, by)
	if err != nil {
		return nil, err
	}
	rm.making++
	return rm, nil
}

func (r *Rooms) newLocked(id string, m meta, by peer.Face) (*room, error) {
	if len(r.rooms) >= r.maxRooms {
		return nil, fault.New(fault.Conflict, "this hub has %d rooms, which is all it keeps; use one that is there", r.maxRooms).In("room")
	}
	now := time.Now().UTC()
	if day := now.Format(time.DateOnly); day != r.day {
		r.day = day
		clear(r.made)
	}
	if r.made[by.ID] >= MaxMadePerDay {
		tomorrow := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
		return nil, fault.New(fault.RateLimited, "one may make %d rooms a day; use one that is there, or try again tomorrow (UTC)",
			MaxMadePerDay).In("room").After(tomorrow.Sub(now))
	}
	r.made[by.ID]++
	rm := newRoom(id, m)
	rm.maker = by.ID
	if t, err := r.topics.Lookup("room/" + id); err == nil { // one of that id was deleted
		rm.opened = t.Position().Seq
	}
	r.rooms[id] = rm
	return rm, nil
}

// settle ends a claim: the room was made, or the store refused and it goes again unless another post makes it.
func (r *Rooms) settle(rm *room, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rm.making--
	if rm.quiet != nil && rm.making == 0 {
		close(rm.quiet)
	}
	switch {
	case r.thereLocked(rm):
	case ok:
		r.madeLocked(rm)
	case rm.making == 0:
		delete(r.rooms, rm.id)
		r.made[rm.maker] = max(0, r.made[rm.maker]-1)
	}
}

// thereLocked reports whether rm was made. Followers of its topic see its first message before the claim of its writer
// ends, and may ask for the room at once.
func (r *Rooms) thereLocked(rm *room) bool {
	if t := rm.log.Load(); !rm.made && t != nil && t.Position().Seq > rm.opened {
		r.madeLocked(rm)
	}
	return rm.made
}

func (r *Rooms) madeLocked(rm *room) {
	rm.made = true
	delete(r.awaited, rm.id)
}
