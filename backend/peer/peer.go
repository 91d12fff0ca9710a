// Package peer holds who takes part: peers, their sessions, and what each role may do.
package peer

import (
	"context"
	"log/slog"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

// Role says what a peer is to the hub; May says what it may do.
type Role string

const (
	Owner   Role = "owner"
	Member  Role = "member"
	Guest   Role = "guest"
	Script  Role = "script"
	Visitor Role = "visitor"
)

// Face is how a peer is shown everywhere.
type Face struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Tag    string `json:"tag"`
	Hue    int    `json:"hue"`
	Script bool   `json:"script,omitempty"`
}

// Peer is a face with a role.
type Peer struct {
	Face
	Role   Role `json:"role"`
	Window bool `json:"window"` // its session is the desktop window's
}

// Verb is what a peer wants to do with a topic.
type Verb string

const (
	Follow  Verb = "follow"
	Post    Verb = "post"
	Publish Verb = "publish"
)

// Options are the settings of Open.
type Options struct {
	OwnerName string
	Log       *slog.Logger
}

// Peers holds the peers and sessions of a hub.
type Peers struct{}

var notYet = fault.New(fault.Unavailable, "this part of the hub is being written")

func Open(ctx context.Context, topics *topic.Topics, o Options) (*Peers, error) { return nil, notYet }
func (p *Peers) HubID() string                                                  { return "" }
func (p *Peers) Join(ctx context.Context, name string) (Peer, string, error) {
	return Peer{}, "", notYet
}
func (p *Peers) MintOwnerLink(window bool) string { return "" }
func (p *Peers) RedeemOwnerLink(ctx context.Context, token string) (Peer, string, error) {
	return Peer{}, "", notYet
}
func (p *Peers) BySession(session string) (Peer, bool) { return Peer{}, false }
func (p *Peers) Lookup(id string) (Face, bool)         { return Face{}, false }
func (p *Peers) Named(name string) []Face              { return nil }
func (p *Peers) All() []Face                           { return nil }
func (p *Peers) Rename(ctx context.Context, id, name string) (Peer, error) {
	return Peer{}, notYet
}
func (p *Peers) SignOut(ctx context.Context, session string) error { return notYet }
func (p *Peers) OwnerID() string                                   { return "" }
func CheckName(name string) (string, error)                        { return "", notYet }
func Caller(name string) Face                                      { return Face{} }
func May(p Peer, verb Verb, topicName string) bool                 { return false }
