package backend

import (
	"context"
	"encoding/json"
	"fmt"

	"hearth/backend/notify"
	"hearth/backend/topic"
)

// urgent is the lowest priority that is worth a native notification.
const urgent = 4

// The alerts of the hub itself are entries of a topic in memory, which needs no store.
const (
	alertTopic = "alert/hub"
	kindAlert  = "alert" // data: Alert
	alertsKept = 16
)

// Alert is something that the person at this computer should see at once.
type Alert struct {
	Title    string
	Body     string
	Priority int    // 1 to 5; a mention has 4
	Link     string // fragment of the page that shows it, like #/room/lobby
}

// Alerts calls tell for each notification of priority 4 or 5 and each mention of the owner, from now until ctx ends, and
// for what the hub itself had to say since it was opened. It is one more reader of the hub: tell may take its time.
func (h *Hub) Alerts(ctx context.Context, tell func(Alert)) error {
	begin := func(sub *topic.Subscription) error {
		if _, err := sub.Follow(alertTopic, topic.Start{After: &topic.Position{}}); err != nil {
			return fmt.Errorf("follow %s: %w", alertTopic, err)
		}
		if err := h.followNews(ctx, sub); err != nil { // what the hub itself has to say is the more important
			h.log.Error("notifications alert nobody", "err", err)
		}
		return nil
	}
	return h.read(ctx, begin, func(sub *topic.Subscription, e topic.Entry) { h.alert(sub, e, tell) })
}

// read calls each for the entries of what begin follows, until ctx ends.
func (h *Hub) read(ctx context.Context, begin func(*topic.Subscription) error, each func(*topic.Subscription, topic.Entry)) error {
	rang := make(chan struct{}, 1)
	sub := h.topics.Subscribe(func() {
		select {
		case rang <- struct{}{}:
		default:
		}
	})
	defer sub.Close()
	if err := begin(sub); err != nil {
		return err
	}
	for {
		for b, ok := sub.Take(); ok; b, ok = sub.Take() {
			if b.Err != nil {
				return b.Err
			}
			for _, e := range b.Entries {
				each(sub, e)
			}
		}
		select {
		case <-rang:
		case <-ctx.Done():
			return nil
		}
	}
}

func (h *Hub) followNews(ctx context.Context, sub *topic.Subscription) error {
	// The list first: a topic made meanwhile is in the list, among its news, or both.
	if _, err := sub.Follow("list/notify", topic.Start{}); err != nil {
		return err
	}
	for _, info := range h.notify.List(ctx) {
		if _, err := sub.Follow("notify/"+info.Topic, topic.Start{After: &info.Position}); err != nil {
			return err
		}
	}
	inbox, err := h.notify.Mentions(ctx, h.peers.OwnerID())
	if err != nil {
		return err
	}
	_, err = sub.Follow(inbox.Name(), topic.Start{})
	return err
}

func (h *Hub) alert(sub *topic.Subscription, e topic.Entry, tell func(Alert)) {
	switch e.Kind {
	case "notify_topic":
		name := "notify/" + e.Key
		if sub.Follows(name) {
			return
		}
		if _, err := sub.Follow(name, topic.Start{After: &topic.Position{}}); err != nil {
			h.log.Error("alerts of a topic are lost", "topic", name, "err", err)
		}
	case kindAlert:
		var a Alert
		if json.Unmarshal(e.Data, &a) == nil {
			tell(a)
		}
	case "notification":
		if n, err := notify.Decode(e); err == nil && n.Priority >= urgent {
			tell(Alert{Title: titleOf(n), Body: n.Text, Priority: n.Priority, Link: "#/inbox"})
		}
	case "mention":
		var m struct {
			Room, Title, Text string
			From              struct{ Name string }
		}
		if json.Unmarshal(e.Data, &m) == nil {
			tell(Alert{Title: m.From.Name + " in " + m.Title, Body: m.Text, Priority: urgent, Link: "#/room/" + m.Room})
		}
	}
}

// alarm shows a in the window, also when nothing can be stored.
func (h *Hub) alarm(ctx context.Context, a Alert) {
	data, err := json.Marshal(a)
	if err == nil {
		_, _, err = h.alerts.Append(ctx, topic.Draft{Kind: kindAlert, Data: data})
	}
	if err != nil {
		h.log.Error("an alert is lost", "title", a.Title, "err", err)
	}
}

func titleOf(n notify.Notification) string {
	if n.Title != "" {
		return n.Title
	}
	return n.Topic
}
