package soak

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// entry is one line of a room's history as the hub tells it.
type entry struct {
	Seq  uint64
	Kind string
	Data struct {
		From     struct{ ID string }
		Text     string
		ClientID string `json:"client_id"`
	}
}

// audit reads the rooms of a ledger and compares. It goes on where it was, as a reader with a position does, so that a story
// can ask after each blow.
type audit struct {
	ledger *ledger
	rooms  map[string]*audited
}

// audited is how far one room was read.
type audited struct {
	epoch string
	last  uint64
	seqs  map[string]uint64 // by client id
}

func newAudit(l *ledger) *audit { return &audit{ledger: l, rooms: map[string]*audited{}} }

// run reads what is new in every room as that member.
func (a *audit) run(ctx context.Context, h *hub, by *member) error {
	if err := a.ledger.trouble(); err != nil {
		return err
	}
	for _, room := range a.ledger.rooms() {
		if a.rooms[room] == nil {
			a.rooms[room] = &audited{seqs: map[string]uint64{}}
		}
		if err := a.read(ctx, h, by, room, a.rooms[room]); err != nil {
			return err
		}
	}
	return nil
}

func (a *audit) read(ctx context.Context, h *hub, by *member, room string, r *audited) error {
	since := "all"
	if r.epoch != "" {
		since = fmt.Sprintf("%s/%d", r.epoch, r.last)
	}
	history, err := h.follow(ctx, by, room, "?since="+since)
	if err != nil {
		return err
	}
	defer history.close()
	if r.epoch == "" {
		r.epoch = history.epoch
	}
	if history.epoch != r.epoch {
		return fmt.Errorf("room %s has another history: epoch %s after %s", room, history.epoch, r.epoch)
	}
	for history.next() {
		if err := a.one(room, r, history.entry); err != nil {
			return err
		}
	}
	if history.err != nil {
		return fmt.Errorf("read room %s: %w", room, history.err)
	}
	if seq, m := a.ledger.beyond(room, r.last); m != nil {
		return fmt.Errorf("room %s ends with entry %d, but %d was promised to %s", room, r.last, seq, m.id)
	}
	return nil
}

func (a *audit) one(room string, r *audited, e entry) error {
	if e.Kind != "message" || e.Seq != r.last+1 {
		return fmt.Errorf("room %s has a %s %d where message %d comes next", room, e.Kind, e.Seq, r.last+1)
	}
	if earlier, twice := r.seqs[e.Data.ClientID]; twice {
		return fmt.Errorf("entries %d and %d of room %s are both %s", earlier, e.Seq, room, e.Data.ClientID)
	}
	r.last = e.Seq
	r.seqs[e.Data.ClientID] = e.Seq
	return a.ledger.check(room, e)
}

// entries counts what was read.
func (a *audit) entries() (n int) {
	for _, r := range a.rooms {
		n += len(r.seqs)
	}
	return n
}

// history is a stream of entries.
type history struct {
	epoch string
	entry entry
	err   error // what ended it, if that was not its end
	lines *bufio.Scanner
	close func()
}

// maxLine is more than the longest message with its envelope.
const maxLine = 256 << 10

// follow opens the stream of a room; query says from where and whether it ends.
func (h *hub) follow(ctx context.Context, by *member, room, query string) (*history, error) {
	req, err := h.request(ctx, by, http.MethodGet, "/api/topics/room/"+room+query, nil)
	if err != nil {
		return nil, err
	}
	res, err := streams.Do(req)
	if err != nil {
		return nil, err
	}
	epoch, _, ok := strings.Cut(res.Header.Get("X-Hearth-Position"), "/")
	if res.StatusCode != http.StatusOK || !ok {
		res.Body.Close()
		return nil, fmt.Errorf("follow room %s: %s", room, res.Status)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, maxLine)
	return &history{epoch: epoch, lines: lines, close: func() { res.Body.Close() }}, nil
}

// next reads one entry and reports whether there was one.
func (h *history) next() bool {
	for h.lines.Scan() {
		if len(bytes.TrimSpace(h.lines.Bytes())) == 0 {
			continue
		}
		h.entry = entry{}
		h.err = json.Unmarshal(h.lines.Bytes(), &h.entry)
		return h.err == nil
	}
	h.err = h.lines.Err()
	return false
}
