package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"hearth/backend/topic"
)

// ExcerptRunes is how many characters of a message lists and mentions show.
const ExcerptRunes = 140

// refresh brings list/rooms up to the room's newest entry and returns what it shows then. Whatever was committed together
// is taken at once, and whoever comes after that finds nothing left to do: many posters pay for one update of the list.
// The lock is held while list/rooms is written, which is in memory, so that states come in order.
func (r *Rooms) refresh(ctx context.Context, rm *room, t *topic.Topic) Room {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	now := t.Position()
	next := Room{ID: rm.id, Title: rm.meta.Title, Messages: now.Seq - rm.opened, Position: now, Rules: rm.meta.Rules}
	next.Messages -= min(next.Messages, rm.changes)
	if now == rm.shown.Position && next.Messages <= rm.shown.Messages { // it is more after a change that the store refused
		return rm.shown
	}
	newest, err := t.Before(ctx, now.Seq+1, 1, KindMessage)
	if err == nil {
		if len(newest) > 0 {
			next.Last = short(newest[0])
		}
		err = r.show(ctx, next)
	}
	if err != nil { // the next entry tries again
		r.log.Error("the list of rooms falls behind", "room", rm.id, "err", err)
		return rm.shown
	}
	rm.shown = next
	return next
}

// show puts a room's state into list/rooms.
func (r *Rooms) show(ctx context.Context, state Room) error {
	data, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode the state of room %s: %w", state.ID, err)
	}
	if _, _, err := r.list.Append(ctx, topic.Draft{Kind: KindRoom, Key: state.ID, Data: data}); err != nil {
		return fmt.Errorf("show room %s: %w", state.ID, err)
	}
	return nil
}

// short returns a message entry as lists show it. What cannot be decoded shows no text.
func short(e topic.Entry) *Last {
	m, _ := Decode(e)
	return &Last{Seq: e.Seq, Time: e.Time.Format(topic.WireTime), From: m.From, Text: excerpt(m.Text), Deleted: m.Deleted}
}

// excerpt returns the first ExcerptRunes characters of text.
func excerpt(text string) string {
	end := 0
	for range ExcerptRunes {
		if end == len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	return text[:end]
}
