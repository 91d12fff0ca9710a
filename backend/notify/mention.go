package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hearth/backend/chat"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// KeepMentions is how many entries of a peer's mentions are kept, the newest.
const KeepMentions = 500

// The kinds of entries in peer/<id>.
const (
	KindMention        = "mention"         // data: chat.Mention, as the message is now
	KindMentionChanged = "mention.changed" // data: MentionChange
)

// MentionChange says which mention of the same topic is no longer as it was: the newest of them if several changed at once,
// so a reader takes the page around it anew.
type MentionChange struct {
	Seq uint64 `json:"seq"`
}

// Mentions opens peer/<id> to be followed. Only that peer may see it.
func (n *Notify) Mentions(ctx context.Context, peerID string) (*topic.Topic, error) {
	return n.topics.Open(ctx, "peer/"+peerID, topic.Retention{Durable: true, Entries: KeepMentions})
}

// Mention tells a peer that a message names it. If the peer was told of that message before, that mention is rewritten;
// when retention has cut it, nothing is left to be done.
func (n *Notify) Mention(ctx context.Context, to peer.Face, m chat.Mention) error {
	t, err := n.Mentions(ctx, to.ID)
	if err != nil {
		return err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode a mention: %w", err)
	}
	if m.Again {
		seq, err := told(ctx, t, m)
		if err != nil || seq == 0 {
			return err
		}
		return rewrite(ctx, t, topic.Rewrite{Seq: seq, Data: data})
	}
	d := topic.Draft{Kind: KindMention, Data: data, ClientID: m.Room + "/" + strconv.FormatUint(m.Seq, 10)}
	e, dup, err := t.Append(ctx, d)
	if err != nil {
		return fmt.Errorf("tell peer %s of a mention: %w", to.ID, err)
	}
	if dup && !bytes.Equal(e.Data, data) { // an edit took the name out, another put it back
		return rewrite(ctx, t, topic.Rewrite{Seq: e.Seq, Data: data})
	}
	return nil
}

// Forget takes the text out of every mention in a room: it is about to be cleared. Each peer is told once, of the newest.
func (n *Notify) Forget(ctx context.Context, roomID string) error {
	names, err := n.topics.Names(ctx, "peer/")
	if err != nil {
		return fmt.Errorf("list the mentions: %w", err)
	}
	for _, name := range names {
		t, err := n.Mentions(ctx, strings.TrimPrefix(name, "peer/"))
		if err != nil {
			return err
		}
		blank, err := blanks(ctx, t, roomID)
		if err != nil {
			return err
		}
		if err := rewrite(ctx, t, blank...); err != nil {
			return err
		}
	}
	return nil
}

// blanks returns what makes of a peer's mentions in a room mentions without text, the newest first.
func blanks(ctx context.Context, t *topic.Topic, roomID string) (all []topic.Rewrite, err error) {
	mentions, err := t.Before(ctx, 0, KeepMentions, KindMention)
	if err != nil {
		return nil, fmt.Errorf("look for mentions: %w", err)
	}
	for _, e := range slices.Backward(mentions) {
		var m chat.Mention
		if err := json.Unmarshal(e.Data, &m); err != nil || m.Room != roomID || m.Deleted {
			continue
		}
		m.Text, m.Deleted = "", true
		data, err := json.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("encode a mention: %w", err)
		}
		all = append(all, topic.Rewrite{Seq: e.Seq, Data: data})
	}
	return all, nil
}

// rewrite replaces mentions in one commit and tells of the first of them.
func rewrite(ctx context.Context, t *topic.Topic, rewrites ...topic.Rewrite) error {
	if len(rewrites) == 0 {
		return nil
	}
	change, err := json.Marshal(MentionChange{Seq: rewrites[0].Seq})
	if err != nil {
		return fmt.Errorf("encode a change: %w", err)
	}
	d := topic.Draft{Kind: KindMentionChanged, Data: change, Rewrites: rewrites}
	if _, _, err := t.Append(ctx, d); err != nil && !errors.Is(err, topic.ErrNoEntry) { // which is: cut meanwhile
		return fmt.Errorf("change a mention in %s: %w", t.Name(), err)
	}
	return nil
}

// told returns the seq of the mention of the same message, or 0.
func told(ctx context.Context, t *topic.Topic, m chat.Mention) (uint64, error) {
	mentions, err := t.Before(ctx, 0, KeepMentions, KindMention)
	if err != nil {
		return 0, fmt.Errorf("look for a mention: %w", err)
	}
	for _, e := range slices.Backward(mentions) {
		var old chat.Mention
		if json.Unmarshal(e.Data, &old) == nil && old.Room == m.Room && old.Seq == m.Seq {
			return e.Seq, nil
		}
	}
	return 0, nil
}
