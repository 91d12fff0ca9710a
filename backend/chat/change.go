package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// EditWindow is how long after posting its author may edit a message.
const EditWindow = 3 * time.Hour

// Change is the data of an entry of KindEdited or KindDeleted. An edit that a later change has superseded keeps no text.
type Change struct {
	Seq      uint64    `json:"seq"` // of the message that changed
	Text     string    `json:"text,omitempty"`
	Mentions []string  `json:"mentions,omitempty"`
	By       peer.Face `json:"by"`
	Reason   string    `json:"reason,omitempty"` // why somebody who moderates deleted it
}

// Edit gives a message another text and returns the entry that says so. Its author alone may, for EditWindow after
// posting. Errors: fault.NotFound, fault.Forbidden, fault.Conflict when it was deleted, those of the text, MayWrite's, or the
// store's.
func (r *Rooms) Edit(ctx context.Context, roomID string, seq uint64, by peer.Peer, text string) (topic.Entry, error) {
	if err := r.checkText(text); err != nil {
		return topic.Entry{}, err
	}
	if err := r.MayWrite(roomID, by); err != nil {
		return topic.Entry{}, err
	}
	return r.change(ctx, roomID, seq, func(c *changing) (topic.Draft, error) {
		if err := mayEdit(c.entry, c.before, by); err != nil {
			return topic.Draft{}, err
		}
		c.after = c.before
		c.after.Text, c.after.Mentions = text, r.named(text, c.before.From.ID)
		c.after.Edited = time.Now().UTC().Format(topic.WireTime)
		return c.draft(KindEdited, Change{Seq: seq, Text: text, Mentions: c.after.Mentions, By: by.Face})
	})
}

func mayEdit(e topic.Entry, m Message, by peer.Peer) error {
	switch {
	case by.ID == "" || by.ID != m.From.ID:
		return fault.New(fault.Forbidden, "only its author may edit a message")
	case m.Deleted:
		return fault.New(fault.Conflict, "message %d was deleted; it cannot be edited", e.Seq)
	case time.Since(e.Time) > EditWindow:
		return fault.New(fault.Forbidden, "a message can be edited for %d hours; delete it and post it again", EditWindow/time.Hour)
	}
	return nil
}

// Delete takes a message's text away and returns the entry that says so; of one that was deleted already, the entry of
// that time. Its author may, and who moderates, which is recorded with the reason. Errors: fault.NotFound, fault.Forbidden,
// peer.CheckReason's, or the store's.
func (r *Rooms) Delete(ctx context.Context, roomID string, seq uint64, by peer.Peer, reason string) (topic.Entry, error) {
	reason, err := peer.CheckReason(reason)
	if err != nil {
		return topic.Entry{}, err
	}
	var of *peer.Face // whose message somebody else deleted
	e, err := r.change(ctx, roomID, seq, func(c *changing) (topic.Draft, error) {
		own := by.ID != "" && by.ID == c.before.From.ID
		if !own && !r.peers.Now(by).Moderates() {
			return topic.Draft{}, fault.New(fault.Forbidden, "only its author and those who moderate may delete a message")
		}
		if c.before.Deleted {
			return topic.Draft{}, errDone
		}
		c.after = Message{From: c.before.From, Deleted: true}
		if own {
			return c.draft(KindDeleted, Change{Seq: seq, By: by.Face})
		}
		of = &c.before.From
		c.after.By, c.after.Reason = &by.Face, reason
		return c.draft(KindDeleted, Change{Seq: seq, By: by.Face, Reason: reason})
	})
	if err == nil && of != nil {
		r.record(ctx, peer.Act{Act: ActMessageDeleted, By: by.Face, Peer: of, Room: roomID, Seq: seq, Reason: reason})
	}
	return e, err
}

// errDone says that a change was made before.
var errDone = errors.New("chat: changed already")

// changing is a change of a message under way.
type changing struct {
	entry  topic.Entry // the message's, before
	before Message
	after  Message
	former *Change // the edit that this change supersedes, if there is one
}

// draft returns the entry of the change, which rewrites the message and takes the text out of the edit before it.
func (c *changing) draft(kind string, change Change) (topic.Draft, error) {
	data, err := json.Marshal(change)
	if err != nil {
		return topic.Draft{}, fmt.Errorf("encode a change: %w", err)
	}
	after, err := json.Marshal(c.after)
	if err != nil {
		return topic.Draft{}, fmt.Errorf("encode a message: %w", err)
	}
	d := topic.Draft{Kind: kind, Data: data, Rewrites: []topic.Rewrite{{Seq: c.entry.Seq, Data: after}}}
	if c.former == nil {
		return d, nil
	}
	bare, err := json.Marshal(Change{Seq: c.former.Seq, By: c.former.By})
	if err != nil {
		return topic.Draft{}, fmt.Errorf("encode a change: %w", err)
	}
	d.Rewrites = append(d.Rewrites, topic.Rewrite{Seq: c.entry.Changed, Data: bare})
	return d, nil
}

// change makes one change of a message, alone in its room. A change whose append began is made even if ctx ends.
func (r *Rooms) change(ctx context.Context, roomID string, seq uint64, draft func(*changing) (topic.Draft, error)) (topic.Entry, error) {
	rm, t, err := r.find(ctx, roomID)
	if err != nil {
		return topic.Entry{}, err
	}
	if err := rm.lock(ctx); err != nil {
		return topic.Entry{}, err
	}
	defer rm.unlock()
	if rm.gone {
		return topic.Entry{}, noRoom(roomID)
	}
	c, err := begin(ctx, t, roomID, seq)
	if err != nil {
		return topic.Entry{}, err
	}
	d, err := draft(c)
	if errors.Is(err, errDone) {
		return t.At(ctx, c.entry.Changed)
	}
	if err != nil {
		return topic.Entry{}, err
	}
	ctx = context.WithoutCancel(ctx)
	rm.changing(+1)
	e, _, err := t.Append(ctx, d)
	if err != nil {
		rm.changing(-1)
		r.refresh(ctx, rm, t) // a post may have been shown meanwhile, with one message less
		return topic.Entry{}, fmt.Errorf("change message %d of room %s: %w", seq, roomID, err)
	}
	r.refresh(ctx, rm, t)
	r.mention(ctx, rm, seq, c.after, c.before.Mentions)
	return e, nil
}

// begin reads a message and the edit that made it what it is.
func begin(ctx context.Context, t *topic.Topic, roomID string, seq uint64) (*changing, error) {
	e, err := t.At(ctx, seq)
	if errors.Is(err, topic.ErrNoEntry) || err == nil && e.Kind != KindMessage {
		return nil, fault.New(fault.NotFound, "there is no message %d in room %q", seq, roomID).In("seq")
	}
	if err != nil {
		return nil, fmt.Errorf("read message %d of room %s: %w", seq, roomID, err)
	}
	c := &changing{entry: e}
	if c.before, err = Decode(e); err != nil {
		return nil, err
	}
	if e.Changed == 0 || c.before.Deleted {
		return c, nil
	}
	edit, err := t.At(ctx, e.Changed)
	if err != nil {
		return nil, fmt.Errorf("read the edit of message %d of room %s: %w", seq, roomID, err)
	}
	c.former = &Change{}
	if err := json.Unmarshal(edit.Data, c.former); err != nil {
		return nil, fmt.Errorf("decode the edit of message %d of room %s: %w", seq, roomID, err)
	}
	return c, nil
}
