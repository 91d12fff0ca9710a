package presence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

// MaxReads is how many topics reads/<peer id> shows; beyond it, those that were marked longest ago are forgotten there.
const MaxReads = 2048

// Read is how far a peer has read a topic.
type Read struct {
	Topic string `json:"topic"`
	Seq   uint64 `json:"seq"` // the newest entry that was read
}

// reads holds how far each peer has read each topic. The table has a row per peer and topic, "<peer id>/<topic>".
type reads struct {
	topics *topic.Topics
	table  topic.Table

	mu     sync.Mutex
	byPeer map[string]*reader // guarded by mu
}

// reader is one peer.
type reader struct {
	seqs map[string]uint64 // guarded by reads.mu; by topic

	// change is held while a mark is committed, so that marks of one peer come in order and those of others do not wait.
	change chan struct{}
	shown  *topic.Topic // reads/<peer id>; guarded by change; nil until somebody wants it
}

func (rs *reads) load(ctx context.Context, topics *topic.Topics) error {
	rs.topics, rs.table, rs.byPeer = topics, topics.Table("reads"), make(map[string]*reader)
	err := rs.table.Each(ctx, func(key string, value []byte) bool {
		id, name, _ := strings.Cut(key, "/")
		var read Read
		if json.Unmarshal(value, &read) == nil { // else it counts as unread
			rs.reader(id).seqs[name] = read.Seq
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("load what was read: %w", err)
	}
	return nil
}

func (rs *reads) reader(peerID string) *reader {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.byPeer[peerID]
	if r == nil {
		r = &reader{seqs: make(map[string]uint64), change: make(chan struct{}, 1)}
		rs.byPeer[peerID] = r
	}
	return r
}

// Seq returns up to which seq a peer has read a topic, 0 when it never did. It reads memory only.
func (p *Presence) Seq(_ context.Context, peerID, topicName string) uint64 {
	return p.reads.seq(peerID, topicName)
}

func (rs *reads) seq(peerID, topicName string) uint64 {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r := rs.byPeer[peerID]; r != nil {
		return r.seqs[topicName]
	}
	return 0
}

// Mark says that a peer has read a topic up to seq. A seq beyond the topic's end counts as its end, and one before what
// was read already changes nothing. Errors: fault.Forbidden for who has no id, fault.NotFound for a topic that is not open,
// or the store's.
func (p *Presence) Mark(ctx context.Context, peerID, topicName string, seq uint64) error {
	if peerID == "" {
		return fault.New(fault.Forbidden, "only somebody who joined can mark what was read")
	}
	t, err := p.topics.Lookup(topicName)
	if errors.Is(err, topic.ErrNoTopic) {
		return fault.New(fault.NotFound, "there is no topic %.80q", topicName).In("topic")
	}
	if err != nil {
		return err
	}
	return p.reads.mark(ctx, peerID, Read{Topic: topicName, Seq: min(seq, t.Position().Seq)})
}

func (rs *reads) mark(ctx context.Context, peerID string, read Read) error {
	if rs.seq(peerID, read.Topic) >= read.Seq {
		return nil
	}
	r := rs.reader(peerID)
	if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	if rs.seq(peerID, read.Topic) >= read.Seq { // somebody was faster
		return nil
	}
	value, err := json.Marshal(read)
	if err != nil {
		return fmt.Errorf("encode what was read: %w", err)
	}
	ctx = context.WithoutCancel(ctx) // else the table could be ahead of memory, and a later mark bring it back
	if err := rs.table.Put(ctx, peerID+"/"+read.Topic, value); err != nil {
		return fmt.Errorf("keep what peer %s has read: %w", peerID, err)
	}
	rs.mu.Lock()
	r.seqs[read.Topic] = read.Seq
	rs.mu.Unlock()
	if r.shown == nil {
		return nil // whoever opens it finds it there
	}
	return show(ctx, r.shown, read)
}

// ReadsTopic opens reads/<peer id> to be followed, with all that the peer has read.
func (p *Presence) ReadsTopic(ctx context.Context, peerID string) (*topic.Topic, error) {
	r := p.reads.reader(peerID)
	if err := r.lock(ctx); err != nil {
		return nil, err
	}
	defer r.unlock()
	if r.shown != nil {
		return r.shown, nil
	}
	t, err := p.topics.Open(ctx, "reads/"+peerID, topic.Retention{State: true, Entries: MaxReads})
	if err != nil {
		return nil, err
	}
	p.reads.mu.Lock()
	seqs := maps.Clone(r.seqs)
	p.reads.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(seqs)) {
		if err := show(ctx, t, Read{Topic: name, Seq: seqs[name]}); err != nil {
			return nil, err
		}
	}
	r.shown = t
	return t, nil
}

func show(ctx context.Context, t *topic.Topic, read Read) error {
	data, err := json.Marshal(read)
	if err != nil {
		return fmt.Errorf("encode what was read: %w", err)
	}
	_, _, err = t.Append(ctx, topic.Draft{Kind: KindRead, Key: read.Topic, Data: data})
	return err
}

func (r *reader) lock(ctx context.Context) error {
	select {
	case r.change <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *reader) unlock() { <-r.change }
