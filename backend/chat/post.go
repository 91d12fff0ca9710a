package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

const (
	MaxText     = 16 << 10 // bytes of a message's text in UTF-8, if Options do not say otherwise
	MaxClientID = 64       // bytes of a client id
)

// Text is what somebody posts.
type Text struct {
	Text     string // not blank, at most Options.MaxText bytes
	ClientID string // optional; repeating it posts nothing again
}

// Message is the data of an entry of KindMessage, as it is after its changes.
type Message struct {
	From     peer.Face `json:"from"`
	Text     string    `json:"text,omitempty"` // "" when it was deleted
	ClientID string    `json:"client_id,omitempty"`
	Mentions []string  `json:"mentions,omitempty"` // ids of the peers that text names, the author not among them
	Edited   string    `json:"edited,omitempty"`   // topic.WireTime of the newest edit
	Deleted  bool      `json:"deleted,omitempty"`

	By     *peer.Face `json:"by,omitempty"` // who deleted it, if not its author
	Reason string     `json:"reason,omitempty"`
}

// Decode returns the message of an entry of KindMessage.
func Decode(e topic.Entry) (Message, error) {
	var m Message
	if err := json.Unmarshal(e.Data, &m); err != nil {
		return Message{}, fmt.Errorf("decode message %d: %w", e.Seq, err)
	}
	return m, nil
}

// Post appends a message, making the room if it is the first. dup says that the client id was posted before and e is that
// message, as it is now. A message whose append began is appended even if ctx ends. Errors: CheckRoom's, fault.BadRequest
// and fault.TooLong for the text and the client id, Create's limits, MayWrite's, fault.RateLimited when it is not from's turn
// in a room with slow mode, fault.Conflict while the room is being deleted, or the store's.
func (r *Rooms) Post(ctx context.Context, roomID string, from peer.Face, text Text) (e topic.Entry, dup bool, err error) {
	if err := r.check(roomID, text); err != nil {
		return topic.Entry{}, false, err
	}
	who := r.peers.Now(peer.Peer{Face: from})
	if err := checkMuted(who); err != nil {
		return topic.Entry{}, false, err
	}
	m := Message{From: from, Text: text.Text, ClientID: text.ClientID, Mentions: r.named(text.Text, from.ID)}
	data, err := json.Marshal(m)
	if err != nil {
		return topic.Entry{}, false, fmt.Errorf("encode a message: %w", err)
	}
	rm, err := r.claim(roomID, from)
	if err != nil {
		return topic.Entry{}, false, err
	}
	e, dup, err = r.post(ctx, rm, who, m, topic.Draft{Kind: KindMessage, Data: data, ClientID: clientID(from, text.ClientID)})
	if err != nil {
		return topic.Entry{}, false, fmt.Errorf("post to room %s: %w", roomID, err)
	}
	return e, dup, nil
}

// post ends the claim on rm. Only a message that mentions somebody waits for changes of the room, so that whom it names
// hears of it before its edits.
func (r *Rooms) post(ctx context.Context, rm *room, who peer.Peer, m Message, d topic.Draft) (topic.Entry, bool, error) {
	made := false
	defer func() { r.settle(rm, made) }()
	giveBack, err := rm.takeTurn(who, m.ClientID, time.Now())
	if err != nil {
		return topic.Entry{}, false, err
	}
	defer func() {
		if !made {
			giveBack()
		}
	}()
	if len(m.Mentions) > 0 {
		if err := rm.lock(ctx); err != nil {
			return topic.Entry{}, false, err
		}
		defer rm.unlock()
	}
	ctx = context.WithoutCancel(ctx)
	t, err := r.open(ctx, rm.id)
	if err != nil {
		return topic.Entry{}, false, err
	}
	rm.log.Store(t)
	e, dup, err := t.Append(ctx, d)
	if err != nil {
		return topic.Entry{}, false, err
	}
	made = true
	if !dup {
		r.refresh(ctx, rm, t)
		r.mention(ctx, rm, e.Seq, m, nil)
	}
	return e, dup, nil
}

func (r *Rooms) check(roomID string, text Text) error {
	if err := CheckRoom(roomID); err != nil {
		return err
	}
	if len(text.ClientID) > MaxClientID || !utf8.ValidString(text.ClientID) {
		return fault.New(fault.BadRequest, "a client id is text of at most %d bytes", MaxClientID).In("client_id")
	}
	return r.checkText(text.Text)
}

func (r *Rooms) checkText(text string) error {
	switch {
	case len(text) > r.maxText:
		return fault.New(fault.TooLong, "text is %s bytes; the limit is %s", grouped(len(text)), grouped(r.maxText)).In("text")
	case !utf8.ValidString(text):
		return fault.New(fault.BadRequest, "text must be UTF-8").In("text")
	case strings.TrimSpace(text) == "":
		return fault.New(fault.BadRequest, "text is empty; write something").In("text")
	}
	return nil
}

// clientID keeps authors from meeting each other's client ids; scripts, which have no id, are told apart by name.
func clientID(from peer.Face, id string) string {
	switch {
	case id == "":
		return ""
	case from.ID == "":
		return "script/" + from.Name + "/" + id
	}
	return from.ID + "/" + id
}

// grouped writes n with a comma before every three digits.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
