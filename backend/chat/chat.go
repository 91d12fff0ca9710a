// Package chat holds rooms and their messages.
package chat

import (
	"context"
	"log/slog"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// Options are the settings of Open.
type Options struct {
	Peers *peer.Peers
	Log   *slog.Logger
	// Mentioned is told of each peer that a message names.
	Mentioned func(ctx context.Context, to peer.Face, m Mention)
	// Read returns up to which seq a peer has read a topic (presence.Presence.Seq); nil = nothing was read.
	Read func(ctx context.Context, peerID, topicName string) uint64
}

// Rooms holds the rooms of a hub.
type Rooms struct{}

// Room is a room as list/rooms shows it.
type Room struct {
	ID       string         `json:"room"`
	Title    string         `json:"title"`
	Messages uint64         `json:"messages"`
	Position topic.Position `json:"position"`
	Last     *Last          `json:"last"`
}

// Last is a room's newest message.
type Last struct {
	Seq     uint64    `json:"seq"`
	Time    string    `json:"time"`
	From    peer.Face `json:"from"`
	Text    string    `json:"text"`
	Deleted bool      `json:"deleted,omitempty"`
}

// Text is what a peer posts.
type Text struct {
	Text     string
	ClientID string
}

// Message is the data of a message entry.
type Message struct {
	From     peer.Face `json:"from"`
	Text     string    `json:"text,omitempty"`
	ClientID string    `json:"client_id,omitempty"`
	Mentions []string  `json:"mentions,omitempty"`
	Edited   string    `json:"edited,omitempty"`
	Deleted  bool      `json:"deleted,omitempty"`
}

// Mention is the data of a mention entry.
type Mention struct {
	Room    string    `json:"room"`
	Title   string    `json:"title"`
	Seq     uint64    `json:"seq"`
	From    peer.Face `json:"from"`
	Text    string    `json:"text,omitempty"`
	Deleted bool      `json:"deleted,omitempty"`
	Again   bool      `json:"-"`
}

// Page is some of a room's messages and the position to follow from.
type Page struct {
	Messages []topic.Entry
	Position topic.Position
	More     bool
}

var notYet = fault.New(fault.Unavailable, "this part of the hub is being written")

func Open(ctx context.Context, topics *topic.Topics, o Options) (*Rooms, error) { return nil, notYet }
func CheckRoom(id string) error                                                 { return notYet }
func (r *Rooms) List(ctx context.Context) []Room                                { return nil }
func (r *Rooms) Get(id string) (Room, bool)                                     { return Room{}, false }
func (r *Rooms) Create(ctx context.Context, id, title string, by peer.Face) (Room, error) {
	return Room{}, notYet
}
func (r *Rooms) Topic(ctx context.Context, id string) (*topic.Topic, error) { return nil, notYet }
func (r *Rooms) Post(ctx context.Context, room string, from peer.Face, text Text) (e topic.Entry, dup bool, err error) {
	return topic.Entry{}, false, notYet
}
func (r *Rooms) Edit(ctx context.Context, room string, seq uint64, by peer.Peer, text string) (topic.Entry, error) {
	return topic.Entry{}, notYet
}
func (r *Rooms) Delete(ctx context.Context, room string, seq uint64, by peer.Peer) (topic.Entry, error) {
	return topic.Entry{}, notYet
}
func (r *Rooms) Page(ctx context.Context, room string, before uint64, limit int) (Page, error) {
	return Page{}, notYet
}
func (r *Rooms) Unread(ctx context.Context, peerID, room string) (unread, mentions int, read uint64, err error) {
	return 0, 0, 0, notYet
}

// Decode returns the data of a message entry, as the classic doors need it.
func Decode(e topic.Entry) (Message, error) { return Message{}, notYet }
