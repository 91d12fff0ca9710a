package chat

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

const (
	DefaultPage = 50  // messages of a page when no limit is given
	MaxPage     = 200 // messages of a page
	UnreadCap   = 100 // an unread count that reaches it means "or more"
	unreadScan  = 512 // messages looked at for an unread count: own and deleted ones do not count
)

// Page is some of a room's messages, oldest first, and the position to follow the room from.
type Page struct {
	Messages []topic.Entry  // of KindMessage, as they are after their changes, and KindChanged; shared, never modify
	Position topic.Position // following from here neither misses nor doubles a message
	More     bool           // there are older ones
}

// Page returns the newest limit messages, and what was changed about the room between them, with a seq below before; before 0 means the newest, limit 0 means DefaultPage.
// Errors: fault.NotFound, fault.BadRequest for the limit, or the store's.
func (r *Rooms) Page(ctx context.Context, roomID string, before uint64, limit int) (Page, error) {
	if limit < 0 || limit > MaxPage {
		return Page{}, fault.New(fault.BadRequest, "limit is %d; it may be 1 to %d", limit, MaxPage).In("limit")
	}
	if limit == 0 {
		limit = DefaultPage
	}
	_, t, err := r.find(ctx, roomID)
	if err != nil {
		return Page{}, err
	}
	position := t.Position() // first: what comes after it is followed
	if before == 0 || before > position.Seq {
		before = position.Seq + 1
	}
	messages, err := t.Before(ctx, before, limit+1, KindMessage, KindChanged)
	if err != nil {
		return Page{}, fmt.Errorf("read room %s: %w", roomID, err)
	}
	more := len(messages) > limit
	if more {
		messages = messages[1:]
	}
	return Page{Messages: messages, Position: position, More: more}, nil
}

// Unread returns how many messages of a room the peer has not read, its own and deleted ones not counted, at most
// UnreadCap; how many of those mention it; and up to which seq it has read. What was said before the peer joined counts
// as read. Errors: fault.NotFound, or the store's.
func (r *Rooms) Unread(ctx context.Context, peerID, roomID string) (unread, mentions int, read uint64, err error) {
	_, t, err := r.find(ctx, roomID)
	if err != nil {
		return 0, 0, 0, err
	}
	read = r.read(ctx, peerID, t.Name())
	joined := r.peers.Joined(peerID).Truncate(time.Millisecond) // as entries have it
	before := t.Position().Seq + 1
	for scanned := 0; scanned < unreadScan && before > read+1; {
		page, err := t.Before(ctx, before, pageEntries, KindMessage)
		if err != nil {
			return 0, 0, 0, fmt.Errorf("count what is unread in room %s: %w", roomID, err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range slices.Backward(page) {
			if e.Seq > read && e.Time.Before(joined) {
				read = e.Seq
			}
			if e.Seq <= read || unread == UnreadCap {
				return unread, mentions, read, nil
			}
			m, err := Decode(e)
			if err != nil || m.Deleted || m.From.ID == peerID {
				continue
			}
			unread++
			if slices.Contains(m.Mentions, peerID) {
				mentions++
			}
		}
		scanned += len(page)
		before = page[0].Seq
	}
	return unread, mentions, read, nil
}

// pageEntries is how many messages are read at once: long reads hold back the store's free pages.
const pageEntries = 64
