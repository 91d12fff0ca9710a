// Package presence holds who is here, who is typing, and who has read how far.
package presence

import (
	"context"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// Options are the settings of Open.
type Options struct {
	Peers *peer.Peers
	Grace time.Duration // how long a peer is away before it is offline; 0 = 60 s
}

// State says whether a peer is here.
type State string

const (
	Online  State = "online"
	Away    State = "away"
	Offline State = "offline"
)

// Person is a peer and whether it is here.
type Person struct {
	Peer  peer.Face `json:"peer"`
	State State     `json:"state"`
	Since string    `json:"since"`
}

// Presence knows who is here.
type Presence struct{}

var notYet = fault.New(fault.Unavailable, "this part of the hub is being written")

func Open(ctx context.Context, topics *topic.Topics, o Options) (*Presence, error) {
	return nil, notYet
}
func (p *Presence) Enter(who peer.Face) (leave func())                           { return func() {} }
func (p *Presence) Typing(ctx context.Context, room string, who peer.Face) error { return notYet }

// TypingTopic opens typing/<room>, so that it can be followed.
func (p *Presence) TypingTopic(ctx context.Context, room string) (*topic.Topic, error) {
	return nil, notYet
}

// Mark notes that a peer has read a topic up to seq.
func (p *Presence) Mark(ctx context.Context, peerID, topicName string, seq uint64) error {
	return notYet
}

// Seq returns up to where a peer has read a topic.
func (p *Presence) Seq(ctx context.Context, peerID, topicName string) uint64 { return 0 }

// ReadsTopic opens reads/<peer id>, so that it can be followed.
func (p *Presence) ReadsTopic(ctx context.Context, peerID string) (*topic.Topic, error) {
	return nil, notYet
}
func (p *Presence) People() []Person { return nil }
func (p *Presence) Close()           {}
