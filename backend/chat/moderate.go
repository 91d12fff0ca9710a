package chat

import (
	"context"
	"encoding/json"
	"fmt"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// The acts of moderation on rooms and messages, as peer.Act has them.
const (
	ActMessageDeleted  = "message_deleted" // somebody else's
	ActRoomTitled      = "room_titled"
	ActRoomReadOnly    = "room_read_only"
	ActRoomWritable    = "room_writable"
	ActRoomSlow        = "room_slow"
	ActRoomFast        = "room_fast"
	ActRoomArchived    = "room_archived"
	ActRoomBroughtBack = "room_brought_back"
	ActRoomCleared     = "room_cleared"
	ActRoomDeleted     = "room_deleted"
)

// Changes is what is to become of a room; what is nil stays.
type Changes struct {
	Title    *string // as Create takes it
	ReadOnly *bool
	Slow     *int // seconds, at most MaxSlow; 0 ends it
	Archived *bool
}

// Changed is the data of an entry of KindChanged: who changed what about the room it stands in. What stayed is absent.
type Changed struct {
	By       peer.Face `json:"by"`
	Reason   string    `json:"reason,omitempty"`
	Title    *string   `json:"title,omitempty"`
	ReadOnly *bool     `json:"read_only,omitempty"`
	Slow     *int      `json:"slow,omitempty"`
	Archived *bool     `json:"archived,omitempty"`
	Cleared  bool      `json:"cleared,omitempty"` // everything before this entry is gone
}

// Change gives a room another title or other rules. Who may is the caller's to know. What is as it should be already is no
// change. Errors: fault.NotFound, fault.Conflict for archiving the lobby, those of the title, fault.BadRequest for slow,
// peer.CheckReason's, or the store's.
func (r *Rooms) Change(ctx context.Context, id string, by peer.Face, c Changes, reason string) (Room, error) {
	said := Changed{By: by}
	var err error
	if said.Reason, err = peer.CheckReason(reason); err != nil {
		return Room{}, err
	}
	if err := c.check(id); err != nil {
		return Room{}, err
	}
	rm, t, err := r.hold(ctx, id)
	if err != nil {
		return Room{}, err
	}
	defer rm.unlock()
	before := rm.about()
	after, acts := c.apply(before, &said)
	if len(acts) == 0 {
		return rm.now(), nil
	}
	ctx = context.WithoutCancel(ctx)
	if err := r.alter(ctx, rm, after); err != nil {
		return Room{}, err
	}
	if err := r.say(ctx, rm, t, said); err != nil {
		r.restore(ctx, rm, before)
		return Room{}, err
	}
	for _, act := range acts {
		r.record(ctx, peer.Act{Act: act, By: by, Room: id, Reason: said.Reason})
	}
	return r.refresh(ctx, rm, t), nil
}

// check returns a fault for what a room cannot be, and trims the title.
func (c *Changes) check(id string) error {
	if c.Title != nil {
		title, err := checkTitle(id, *c.Title)
		if err != nil {
			return err
		}
		c.Title = &title
	}
	if c.Slow != nil && (*c.Slow < 0 || *c.Slow > MaxSlow) {
		return fault.New(fault.BadRequest, "slow is %d; it may be 0 to %d seconds", *c.Slow, MaxSlow).In("slow")
	}
	if c.Archived != nil && *c.Archived && id == Lobby {
		return fault.New(fault.Conflict, "the lobby is where everybody comes in; make it read only instead of archiving it").In("archived")
	}
	return nil
}

// apply returns what a room is after c, puts what that changes into said, and names the acts.
func (c Changes) apply(m meta, said *Changed) (_ meta, acts []string) {
	if c.Title != nil && *c.Title != m.Title {
		m.Title, said.Title = *c.Title, c.Title
		acts = append(acts, ActRoomTitled)
	}
	if c.ReadOnly != nil && *c.ReadOnly != m.ReadOnly {
		m.ReadOnly, said.ReadOnly = *c.ReadOnly, c.ReadOnly
		acts = append(acts, either(m.ReadOnly, ActRoomReadOnly, ActRoomWritable))
	}
	if c.Slow != nil && *c.Slow != m.Slow {
		m.Slow, said.Slow = *c.Slow, c.Slow
		acts = append(acts, either(m.Slow > 0, ActRoomSlow, ActRoomFast))
	}
	if c.Archived != nil && *c.Archived != m.Archived {
		m.Archived, said.Archived = *c.Archived, c.Archived
		acts = append(acts, either(m.Archived, ActRoomArchived, ActRoomBroughtBack))
	}
	return m, acts
}

func either(is bool, act, otherwise string) string {
	if is {
		return act
	}
	return otherwise
}

// Clear deletes everything that was said in a room, for good. Errors: fault.NotFound, peer.CheckReason's, or the store's.
func (r *Rooms) Clear(ctx context.Context, id string, by peer.Face, reason string) (Room, error) {
	reason, err := peer.CheckReason(reason)
	if err != nil {
		return Room{}, err
	}
	rm, t, err := r.hold(ctx, id)
	if err != nil {
		return Room{}, err
	}
	defer rm.unlock()
	ctx = context.WithoutCancel(ctx)
	// The mentions first: should the hub stop in between, the room is still there to be cleared again.
	if err := r.forget(ctx, id); err != nil {
		return Room{}, fmt.Errorf("forget the mentions in room %s: %w", id, err)
	}
	if err := r.say(ctx, rm, t, Changed{By: by, Reason: reason, Cleared: true}); err != nil {
		return Room{}, err
	}
	r.record(ctx, peer.Act{Act: ActRoomCleared, By: by, Room: id, Reason: reason})
	return r.refresh(ctx, rm, t), nil
}

// hold returns a room that nobody else changes until unlock.
func (r *Rooms) hold(ctx context.Context, id string) (*room, *topic.Topic, error) {
	rm, t, err := r.find(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := rm.lock(ctx); err != nil {
		return nil, nil, err
	}
	if rm.gone {
		rm.unlock()
		return nil, nil, noRoom(id)
	}
	return rm, t, nil
}

// alter stores what a room is from now on; posts go by it at once.
func (r *Rooms) alter(ctx context.Context, rm *room, m meta) error {
	if err := r.keep(ctx, rm.id, m); err != nil {
		return fmt.Errorf("change room %s: %w", rm.id, err)
	}
	rm.mu.Lock()
	defer rm.mu.Unlock()
	rm.meta = m
	if m.Slow == 0 {
		rm.turns = nil
	}
	return nil
}

// restore takes back a change that could not be told of.
func (r *Rooms) restore(ctx context.Context, rm *room, m meta) {
	if err := r.alter(ctx, rm, m); err != nil {
		r.log.Error("a room is not as its history says", "room", rm.id, "err", err)
	}
}

// say appends the entry of a change of the room.
func (r *Rooms) say(ctx context.Context, rm *room, t *topic.Topic, c Changed) error {
	data, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode a change: %w", err)
	}
	return r.tellRoom(ctx, rm, t, topic.Draft{Kind: KindChanged, Data: data, Clears: c.Cleared})
}

// tellRoom appends an entry that is no message.
func (r *Rooms) tellRoom(ctx context.Context, rm *room, t *topic.Topic, d topic.Draft) error {
	rm.changing(+1)
	if _, _, err := t.Append(ctx, d); err != nil {
		rm.changing(-1)
		r.refresh(ctx, rm, t) // a post may have been shown meanwhile, with one message less
		return fmt.Errorf("change room %s: %w", rm.id, err)
	}
	return nil
}

// record notes an act that was done. Should that fail, the room still has an entry of it.
func (r *Rooms) record(ctx context.Context, a peer.Act) {
	if err := r.peers.Record(ctx, a); err != nil {
		r.log.Error("an act of moderation is not among the acts", "act", a.Act, "room", a.Room, "peer", a.By.ID, "err", err)
	}
}
