// Package notify holds notifications: topics that scripts publish to, and for each peer the mentions of it.
//
// A notification topic is a durable topic, notify/<name>, made by its first notification. The topic list/notify holds the
// latest of each. A peer's mentions are the durable topic peer/<id>.
//
// # Guarantees
//
//  1. A notification is numbered when it is committed and seen after that; whoever joins at whatever moment gets each one
//     once, in order.
//  2. Its id is 12 of 0-9 A-Z a-z. The first 7 are the time of publishing in milliseconds in base 62; later ids sort behind
//     earlier ones as long as the clock is not set back. An entry is never older than its id.
//  3. Since finds the place to read from without reading the history: by id, by time or by age. An id that is not in the
//     topic stands for its time, so nothing that came after it is left out.
//  4. When Publish returns, list/notify shows the topic as of that notification or a later one.
//  5. A mention whose message was edited shows the new text, and one whose message was deleted, or names the peer no more,
//     has no text. The entry "mention.changed" tells followers which one.
//  6. Following a topic makes none.
package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

const (
	MaxTopicName = 64                  // characters of a topic's name
	MaxTopics    = 1000                // topics that have notifications; a list of more would be slow to keep
	MaxAwaited   = 1000                // topics without one that somebody has opened; opened topics stay open
	KeepEntries  = 10_000              // newest notifications of a topic that are kept
	KeepAge      = 30 * 24 * time.Hour // how long a notification is kept
)

// The kinds of entries in notify/<name> and list/notify.
const (
	KindNotification = "notification" // data: Notification
	KindTopic        = "notify_topic" // data: TopicInfo
)

// Options are the settings of Open.
type Options struct {
	Log *slog.Logger // nil = nothing is logged
}

// Notify holds the notification topics of a hub. It has no goroutine and needs no Close: the topics close theirs.
type Notify struct {
	topics *topic.Topics
	log    *slog.Logger
	list   *topic.Topic // list/notify; set once by Open
	ids    ids

	mu      sync.Mutex
	used    map[string]*used    // guarded by mu; topics that were published to
	awaited map[string]struct{} // guarded by mu; topics that were opened to be followed only
}

// used is a topic that was published to.
type used struct {
	mu    sync.Mutex
	shown TopicInfo // guarded by mu; as list/notify shows it; Position.Seq 0 = not yet
}

// TopicInfo is a topic as list/notify shows it.
type TopicInfo struct {
	Topic    string         `json:"topic"`    // its name, without notify/
	Position topic.Position `json:"position"` // of the newest notification
	Last     *Last          `json:"last"`     // the newest notification; nil when retention has cut it
}

// Last is a topic's newest notification with its seq and time.
type Last struct {
	Notification
	Seq  uint64 `json:"seq"`
	Time string `json:"time"` // topic.WireTime
}

// Open opens the topics that have notifications and fills list/notify.
func Open(ctx context.Context, topics *topic.Topics, o Options) (*Notify, error) {
	names, err := topics.Names(ctx, "notify/")
	if err != nil {
		return nil, fmt.Errorf("list the notification topics: %w", err)
	}
	n := &Notify{
		topics: topics, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)),
		used: make(map[string]*used), awaited: make(map[string]struct{}),
	}
	keep := topic.Retention{State: true, Entries: max(MaxTopics, len(names))}
	if n.list, err = topics.Open(ctx, "list/notify", keep); err != nil {
		return nil, err
	}
	for _, full := range names {
		name := strings.TrimPrefix(full, "notify/")
		t, err := n.open(ctx, name)
		if err != nil {
			return nil, err
		}
		u := &used{shown: TopicInfo{Topic: name}}
		n.used[name] = u
		n.refresh(ctx, u, t)
	}
	return n, nil
}

// CheckTopic reports with a fault whether name may name a notification topic. Which of those the hub uses itself is the
// server's to know.
func CheckTopic(name string) error {
	good := len(name) >= 1 && len(name) <= MaxTopicName && !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	})
	if !good {
		return fault.New(fault.BadRequest, "a topic's name is 1 to %d of A-Z, a-z, 0-9, - and _; %.80q is not", MaxTopicName, name).In("topic")
	}
	return nil
}

// Topic opens notify/<name> to be followed; this makes no topic. Errors: CheckTopic's, fault.RateLimited when too many
// topics without a notification are open already, and those of topic.Topics.Open.
func (n *Notify) Topic(ctx context.Context, name string) (*topic.Topic, error) {
	if err := CheckTopic(name); err != nil {
		return nil, err
	}
	if err := n.await(name); err != nil {
		return nil, err
	}
	return n.open(ctx, name)
}

// await counts the topics that are followed before anything was published: names come from strangers.
func (n *Notify) await(name string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.used[name] != nil {
		return nil
	}
	if _, ok := n.awaited[name]; !ok && len(n.awaited) >= MaxAwaited {
		return fault.New(fault.RateLimited, "the hub keeps no more than %d topics open that nothing was published to; publish to %q first",
			MaxAwaited, name).In("topic")
	}
	n.awaited[name] = struct{}{}
	return nil
}

// use returns the topic of that name to publish to.
func (n *Notify) use(name string) (*used, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	u := n.used[name]
	if u != nil {
		return u, nil
	}
	if len(n.used) >= MaxTopics {
		return nil, fault.New(fault.RateLimited, "this hub has %d notification topics, which is all it keeps; use one that is there",
			MaxTopics).In("topic")
	}
	u = &used{shown: TopicInfo{Topic: name}}
	n.used[name] = u
	delete(n.awaited, name)
	return u, nil
}

func (n *Notify) open(ctx context.Context, name string) (*topic.Topic, error) {
	return n.topics.Open(ctx, "notify/"+name, topic.Retention{Durable: true, Entries: KeepEntries, Age: KeepAge})
}

// List returns the topics that have notifications, by name.
func (n *Notify) List(context.Context) []TopicInfo {
	n.mu.Lock()
	all := make([]*used, 0, len(n.used))
	for _, u := range n.used {
		all = append(all, u)
	}
	n.mu.Unlock()
	list := []TopicInfo{}
	for _, u := range all {
		if info := u.now(); info.Position.Seq > 0 {
			list = append(list, info)
		}
	}
	slices.SortFunc(list, func(a, b TopicInfo) int { return strings.Compare(a.Topic, b.Topic) })
	return list
}

func (u *used) now() TopicInfo {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.shown
}

// refresh brings list/notify up to the topic's newest notification. What was committed together is taken at once, and
// whoever comes after that finds nothing left to do. The lock is held while list/notify is written, which is in memory, so
// that states come in order.
func (n *Notify) refresh(ctx context.Context, u *used, t *topic.Topic) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := TopicInfo{Topic: u.shown.Topic, Position: t.Position()}
	if now.Position == u.shown.Position {
		return
	}
	err := n.show(ctx, &now, t)
	if err != nil { // the next notification tries again
		n.log.Error("the list of notification topics falls behind", "topic", t.Name(), "err", err)
		return
	}
	u.shown = now
}

// show adds the newest notification to info and puts it into list/notify.
func (n *Notify) show(ctx context.Context, info *TopicInfo, t *topic.Topic) error {
	newest, err := t.Before(ctx, info.Position.Seq+1, 1)
	if err != nil {
		return err
	}
	for _, e := range newest {
		if last, err := Decode(e); err == nil { // else the topic shows without it
			info.Last = &Last{Notification: last, Seq: e.Seq, Time: e.Time.Format(topic.WireTime)}
		}
	}
	data, err := json.Marshal(info)
	if err != nil {
		return fmt.Errorf("encode the state of topic %s: %w", info.Topic, err)
	}
	_, _, err = n.list.Append(ctx, topic.Draft{Kind: KindTopic, Key: info.Topic, Data: data})
	return err
}
