package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

const (
	MaxText  = 4096 // bytes of a notification's text in UTF-8
	MaxTitle = 250  // characters of its title
	MaxTags  = 32   // tags of a notification
	MaxTag   = 64   // characters of a tag

	DefaultPriority = 3
	DefaultText     = "triggered" // of a notification without text, as ntfy has it
)

// Draft is a notification to be.
type Draft struct {
	Text     string   // trimmed; "" = DefaultText
	Title    string   // trimmed; optional
	Priority int      // 1 to 5; 0 = DefaultPriority
	Tags     []string // trimmed; empty ones are dropped
}

// Notification is the data of an entry of KindNotification, with the entry's seq and time.
type Notification struct {
	ID       string   `json:"id"`
	Topic    string   `json:"topic"` // its name, without notify/
	Text     string   `json:"text"`
	Title    string   `json:"title,omitempty"`
	Priority int      `json:"priority"` // 1 to 5
	Tags     []string `json:"tags,omitempty"`

	Seq  uint64    `json:"-"`
	Time time.Time `json:"-"`
}

// Decode returns the notification of an entry of KindNotification.
func Decode(e topic.Entry) (Notification, error) {
	var n Notification
	if err := json.Unmarshal(e.Data, &n); err != nil {
		return Notification{}, fmt.Errorf("decode notification %d: %w", e.Seq, err)
	}
	n.Seq, n.Time = e.Seq, e.Time
	return n, nil
}

// Publish appends a notification, making the topic if it is the first. A notification whose append began is published even
// if ctx ends. Errors: CheckTopic's, fault.TooLong and fault.BadRequest for the draft, fault.RateLimited when the hub has
// MaxTopics, or the store's.
func (n *Notify) Publish(ctx context.Context, topicName string, d Draft) (Notification, error) {
	if err := CheckTopic(topicName); err != nil {
		return Notification{}, err
	}
	note, err := d.check()
	if err != nil {
		return Notification{}, err
	}
	u, err := n.use(topicName)
	if err != nil {
		return Notification{}, err
	}
	ctx = context.WithoutCancel(ctx)
	t, err := n.open(ctx, topicName)
	if err != nil {
		return Notification{}, fmt.Errorf("publish to %s: %w", topicName, err)
	}
	note.ID, note.Topic = n.ids.next(), topicName
	data, err := json.Marshal(note)
	if err != nil {
		return Notification{}, fmt.Errorf("encode a notification: %w", err)
	}
	e, _, err := t.Append(ctx, topic.Draft{Kind: KindNotification, Data: data})
	if err != nil {
		return Notification{}, fmt.Errorf("publish to %s: %w", topicName, err)
	}
	n.refresh(ctx, u, t)
	note.Seq, note.Time = e.Seq, e.Time
	return note, nil
}

// check returns the notification that d is to be.
func (d Draft) check() (Notification, error) {
	note := Notification{Text: strings.TrimSpace(d.Text), Title: strings.TrimSpace(d.Title), Priority: d.Priority}
	switch {
	case !utf8.ValidString(d.Text):
		return note, fault.New(fault.BadRequest, "text must be UTF-8").In("text")
	case len(note.Text) > MaxText:
		return note, fault.New(fault.TooLong, "text is %d bytes; the limit is %d", len(note.Text), MaxText).In("text")
	case !utf8.ValidString(d.Title):
		return note, fault.New(fault.BadRequest, "title must be UTF-8").In("title")
	case utf8.RuneCountInString(note.Title) > MaxTitle:
		return note, fault.New(fault.TooLong, "title has more than %d characters", MaxTitle).In("title")
	case d.Priority < 0 || d.Priority > 5:
		return note, fault.New(fault.BadRequest, "priority is %d; it may be 1 (min) to 5 (max)", d.Priority).In("priority")
	}
	if note.Text == "" {
		note.Text = DefaultText
	}
	if note.Priority == 0 {
		note.Priority = DefaultPriority
	}
	var err error
	note.Tags, err = checkTags(d.Tags)
	return note, err
}

func checkTags(tags []string) ([]string, error) {
	var kept []string
	for _, tag := range tags {
		tag = strings.TrimSpace(tag)
		switch {
		case tag == "":
			continue
		case !utf8.ValidString(tag):
			return nil, fault.New(fault.BadRequest, "tags must be UTF-8").In("tags")
		case utf8.RuneCountInString(tag) > MaxTag:
			return nil, fault.New(fault.TooLong, "a tag has at most %d characters", MaxTag).In("tags")
		case len(kept) == MaxTags:
			return nil, fault.New(fault.TooLong, "a notification has at most %d tags", MaxTags).In("tags")
		}
		kept = append(kept, tag)
	}
	return kept, nil
}
