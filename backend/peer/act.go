package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

const (
	MaxReason = 200    // characters of why somebody moderated
	KeepActs  = 10_000 // newest acts that are kept
)

// The topic of acts, and the kind of its entries, whose data is an Act.
const (
	ActsTopic = "acts/hub"
	KindAct   = "act"
)

// The acts on people.
const (
	ActRemoved        = "removed"
	ActBanned         = "banned"
	ActUnbanned       = "unbanned"
	ActMuted          = "muted"
	ActUnmuted        = "unmuted"
	ActAppointed      = "appointed"  // may moderate
	ActDismissed      = "dismissed"  // may moderate no more
	ActKept           = "kept"       // a guest became a member
	ActMadeGuest      = "made_guest" // a member became a guest
	ActGatheringEnded = "gathering_ended"
)

// Act is one act of moderation: what whoever moderates did, to whom or what, and why.
type Act struct {
	Act    string `json:"act"` // a word, such as ActMuted, or what the moderator of a room did
	By     Face   `json:"by"`
	Peer   *Face  `json:"peer,omitempty"`   // whom it was done to
	Room   string `json:"room,omitempty"`   // where
	Seq    uint64 `json:"seq,omitempty"`    // of the message in Room
	Reason string `json:"reason,omitempty"` // at most MaxReason characters, in one line
}

// CheckReason returns a reason as it is kept: in one line, trimmed. Error: fault.TooLong.
func CheckReason(reason string) (string, error) {
	reason = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(reason, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if utf8.RuneCountInString(reason) > MaxReason {
		return "", fault.New(fault.TooLong, "a reason has at most %d characters", MaxReason).In("reason")
	}
	return reason, nil
}

// Record appends an act to ActsTopic. The peers record acts on people themselves; acts on messages, rooms and the door are
// recorded by who lets them be done. Errors: CheckReason's, the store's.
func (p *Peers) Record(ctx context.Context, a Act) error {
	reason, err := CheckReason(a.Reason)
	if err != nil {
		return err
	}
	a.Reason = reason
	data, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode an act: %w", err)
	}
	// What was done is recorded even if who did it has gone.
	if _, _, err := p.acts.Append(context.WithoutCancel(ctx), topic.Draft{Kind: KindAct, Data: data}); err != nil {
		return fmt.Errorf("record that %s %s: %w", a.By.ID, a.Act, err)
	}
	return nil
}

// recordOn records an act on one peer.
func (p *Peers) recordOn(ctx context.Context, m *member, act string, by Peer, reason string) error {
	face := m.face()
	return p.Record(ctx, Act{Act: act, By: by.Face, Peer: &face, Reason: reason})
}

// openActs is for Open.
func (p *Peers) openActs(ctx context.Context, topics *topic.Topics) (err error) {
	if p.acts, err = topics.Open(ctx, ActsTopic, topic.Retention{Durable: true, Entries: KeepActs}); err != nil {
		return fmt.Errorf("open the acts: %w", err)
	}
	return nil
}
