package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// goneShown is how many deleted rooms list/rooms shows beside those that are there, for readers that are behind.
const goneShown = 200

// Gone is the data of an entry of KindGone: the room and what was said in it are deleted.
type Gone struct {
	Room   string    `json:"room"`
	By     peer.Face `json:"by"`
	Reason string    `json:"reason,omitempty"`
}

// Remove deletes a room and everything that was said in it, for good. Its first message makes it again, as a new one, and
// whoever follows it sees that. Errors: fault.NotFound, fault.Conflict for the lobby and while somebody else deletes it,
// peer.CheckReason's, or the store's.
func (r *Rooms) Remove(ctx context.Context, id string, by peer.Face, reason string) error {
	reason, err := peer.CheckReason(reason)
	if err != nil {
		return err
	}
	if id == Lobby {
		return fault.New(fault.Conflict, "the lobby is where everybody comes in and cannot be deleted; clear it instead").In("room")
	}
	data, err := json.Marshal(Gone{Room: id, By: by, Reason: reason})
	if err != nil {
		return fmt.Errorf("encode a deletion: %w", err)
	}
	rm, err := r.silence(ctx, id)
	if err != nil {
		return err
	}
	if err := r.remove(ctx, rm, topic.Draft{Kind: KindGone, Data: data, Clears: true}); err != nil {
		return err
	}
	r.record(ctx, peer.Act{Act: ActRoomDeleted, By: by, Room: id, Reason: reason})
	return nil
}

// silence closes a room to posts and waits for those under way. remove must follow.
func (r *Rooms) silence(ctx context.Context, id string) (*room, error) {
	r.mu.Lock()
	rm := r.rooms[id]
	if rm == nil || !r.thereLocked(rm) {
		r.mu.Unlock()
		return nil, noRoom(id)
	}
	if rm.quiet != nil {
		r.mu.Unlock()
		return nil, goingAway(id)
	}
	quiet := make(chan struct{})
	rm.quiet = quiet
	if rm.making == 0 {
		close(quiet)
	}
	r.mu.Unlock()
	select {
	case <-quiet:
		return rm, nil
	case <-ctx.Done():
		r.unsilence(rm)
		return nil, ctx.Err()
	}
}

func goingAway(id string) error {
	return fault.New(fault.Conflict, "the room %q is being deleted; try again when it is gone", id).In("room")
}

func (r *Rooms) unsilence(rm *room) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rm.quiet = nil
}

// remove takes a room that is silent out of the store, the list and memory, or leaves it as it was. What the table has of
// it goes first: a title may say as much as a message.
func (r *Rooms) remove(ctx context.Context, rm *room, d topic.Draft) error {
	defer r.unsilence(rm)
	if err := rm.lock(ctx); err != nil {
		return err
	}
	defer rm.unlock()
	ctx = context.WithoutCancel(ctx)
	t, err := r.open(ctx, rm.id)
	if err != nil {
		return err
	}
	if err := r.forget(ctx, rm.id); err != nil {
		return fmt.Errorf("forget the mentions in room %s: %w", rm.id, err)
	}
	if err := r.table.Delete(ctx, rm.id); err != nil {
		return fmt.Errorf("delete room %s: %w", rm.id, err)
	}
	if err := r.tellRoom(ctx, rm, t, d); err != nil {
		r.restore(ctx, rm, rm.about())
		return err
	}
	rm.gone = true
	r.mu.Lock()
	delete(r.rooms, rm.id)
	r.mu.Unlock()
	return r.unlist(ctx, rm.id, d.Data)
}

// unlist shows in list/rooms that a room is gone. Of what the list cannot hold, it drops what was shown longest ago: before
// that would be a room, all of them are shown again.
func (r *Rooms) unlist(ctx context.Context, id string, gone []byte) error {
	if _, _, err := r.list.Append(ctx, topic.Draft{Kind: KindGone, Key: id, Data: gone}); err != nil {
		return fmt.Errorf("show that room %s is gone: %w", id, err)
	}
	r.mu.Lock()
	r.gone++
	var again []*room
	if r.gone >= goneShown {
		r.gone = 0
		for _, rm := range r.rooms {
			again = append(again, rm)
		}
	}
	r.mu.Unlock()
	for _, rm := range again {
		if err := r.showAgain(ctx, rm); err != nil {
			return err
		}
	}
	return nil
}

// showAgain shows a room as it was shown last.
func (r *Rooms) showAgain(ctx context.Context, rm *room) error {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if rm.shown.Position.Epoch == "" { // not shown yet
		return nil
	}
	return r.show(ctx, rm.shown)
}

// deleted reports whether the history of a room ends with its deletion.
func deleted(ctx context.Context, t *topic.Topic) (bool, error) {
	newest, err := t.Before(ctx, 0, 1)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(newest, func(e topic.Entry) bool { return e.Kind == KindGone }), nil
}
