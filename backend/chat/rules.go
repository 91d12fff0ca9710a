package chat

import (
	"math"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// MaxSlow is the longest slow mode, in seconds.
const MaxSlow = 3600

// Why somebody may not write, as codes that a page has its own sentences for.
const (
	Muted        fault.Code = "muted"
	RoomReadOnly fault.Code = "room_read_only"
	RoomArchived fault.Code = "room_archived"
)

// Rules say who may write in a room, and how often.
type Rules struct {
	ReadOnly bool `json:"read_only,omitempty"` // those who moderate alone write
	Slow     int  `json:"slow,omitempty"`      // seconds between two messages of a peer, 1 to MaxSlow; 0 = no slow mode
	Archived bool `json:"archived,omitempty"`  // nobody writes
}

// turnsKept is how many peers' last turns a room remembers before it looks for those that have passed.
const turnsKept = 256

// turn is when a peer wrote last in a room with slow mode. All scripts together are one.
type turn struct {
	at       time.Time
	clientID string
}

// MayWrite reports with a fault whether who may write in a room, as who is now: Muted, RoomReadOnly, RoomArchived. A room
// that was not made yet has no rules.
func (r *Rooms) MayWrite(roomID string, who peer.Peer) error {
	who = r.peers.Now(who)
	if err := checkMuted(who); err != nil {
		return err
	}
	if rm := r.lookup(roomID); rm != nil {
		return rm.about().check(roomID, who)
	}
	return nil
}

func checkMuted(who peer.Peer) error {
	if who.Muted {
		return fault.New(Muted, "you were muted: you can read here, and those who moderate can let you write again")
	}
	return nil
}

func (l Rules) check(roomID string, who peer.Peer) error {
	switch {
	case l.Archived:
		return fault.New(RoomArchived, "the room %q is archived; it can be read, and nobody writes in it any more", roomID).In("room")
	case l.ReadOnly && !who.Moderates():
		return fault.New(RoomReadOnly, "the room %q is read only; those who moderate write in it", roomID).In("room")
	}
	return nil
}

// takeTurn lets who write one message now, or says why not. A client id that comes again takes no second turn: its message
// may have been stored, and its sender not have heard of it. giveBack is for a message that was not.
func (rm *room) takeTurn(who peer.Peer, clientID string, now time.Time) (giveBack func(), err error) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if err := rm.meta.check(rm.id, who); err != nil {
		return nil, err
	}
	if rm.meta.Slow == 0 || who.Moderates() {
		return func() {}, nil
	}
	last, wrote := rm.turns[who.ID]
	wait := rm.pause() - now.Sub(last.at)
	switch {
	case !wrote || wait <= 0:
	case clientID != "" && clientID == last.clientID:
		return func() {}, nil
	default:
		return nil, fault.New(fault.RateLimited, "this room is in slow mode, one message in %d s; try again in %d s",
			rm.meta.Slow, int(math.Ceil(wait.Seconds()))).In("room").After(wait)
	}
	rm.forgetTurnsLocked(now)
	taken := turn{now, clientID}
	rm.turns[who.ID] = taken
	return func() { rm.giveBack(who.ID, taken, last) }, nil
}

func (rm *room) pause() time.Duration { return time.Duration(rm.meta.Slow) * time.Second }

// giveBack undoes a turn, unless its peer took another since.
func (rm *room) giveBack(id string, taken, before turn) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if rm.turns[id] == taken {
		rm.turns[id] = before
	}
}

// forgetTurnsLocked makes room for one more turn.
func (rm *room) forgetTurnsLocked(now time.Time) {
	if rm.turns == nil {
		rm.turns = make(map[string]turn)
	}
	if len(rm.turns) < turnsKept {
		return
	}
	for id, t := range rm.turns {
		if now.Sub(t.at) >= rm.pause() {
			delete(rm.turns, id)
		}
	}
}
