// Package notify holds notification topics and each peer's mentions.
package notify

import (
	"context"
	"log/slog"
	"time"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// Options are the settings of Open.
type Options struct {
	Log *slog.Logger
}

// Notify holds the notification topics of a hub.
type Notify struct{}

// Draft is a notification to be.
type Draft struct {
	Text     string
	Title    string
	Priority int // 1 to 5; 0 = 3
	Tags     []string
}

// Notification is the data of a notification entry, with the entry's seq and time.
type Notification struct {
	ID       string    `json:"id"`
	Topic    string    `json:"topic"`
	Text     string    `json:"text"`
	Title    string    `json:"title,omitempty"`
	Priority int       `json:"priority"`
	Tags     []string  `json:"tags,omitempty"`
	Seq      uint64    `json:"-"`
	Time     time.Time `json:"-"`
}

// TopicInfo is a topic as list/notify shows it.
type TopicInfo struct {
	Topic    string         `json:"topic"`
	Position topic.Position `json:"position"`
	Last     *Last          `json:"last"`
}

// Last is a topic's newest notification.
type Last struct {
	Notification
	Seq  uint64 `json:"seq"`
	Time string `json:"time"`
}

var notYet = fault.New(fault.Unavailable, "this part of the hub is being written")

func Open(ctx context.Context, topics *topic.Topics, o Options) (*Notify, error) { return nil, notYet }
func CheckTopic(name string) error                                               { return notYet }
func (n *Notify) Publish(ctx context.Context, topicName string, d Draft) (Notification, error) {
	return Notification{}, notYet
}
func (n *Notify) Topic(ctx context.Context, name string) (*topic.Topic, error) { return nil, notYet }
func (n *Notify) List(ctx context.Context) []TopicInfo                         { return nil }
func (n *Notify) Mention(ctx context.Context, to peer.Face, m chat.Mention) error {
	return notYet
}

// Mentions opens peer/<peer id>, so that it can be followed.
func (n *Notify) Mentions(ctx context.Context, peerID string) (*topic.Topic, error) {
	return nil, notYet
}
func (n *Notify) Since(ctx context.Context, name, since string, now time.Time) (topic.Start, error) {
	return topic.Start{}, notYet
}
func Decode(e topic.Entry) (Notification, error) { return Notification{}, notYet }
