package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Waits between attempts to reach a hub that went away: each twice the one before, with jitter, from first to longest.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 10 * time.Second
)

// maxLineBytes is room for the longest envelope: a message of 16 KiB whose every byte is escaped.
const maxLineBytes = 1 << 20

// positionHeader carries the position before the first line of a stream.
const positionHeader = "X-Hearth-Position"

// position says up to where a reader has seen a topic.
type position struct {
	Epoch string `json:"epoch"` // identity of the history
	Seq   uint64 `json:"seq"`
}

func (p position) String() string { return p.Epoch + "/" + strconv.FormatUint(p.Seq, 10) }

func parsePosition(s string) (position, bool) {
	epoch, number, ok := strings.Cut(s, "/")
	seq, err := strconv.ParseUint(number, 10, 64)
	return position{Epoch: epoch, Seq: seq}, ok && err == nil && epoch != ""
}

// envelope is one line of a topic's stream.
type envelope struct {
	Topic    string          `json:"topic"`
	Seq      uint64          `json:"seq"`
	Time     time.Time       `json:"time"`
	Kind     string          `json:"kind"`
	Changed  uint64          `json:"changed"`  // seq of the change that rewrote this entry, if any
	Missed   uint64          `json:"missed"`   // with kind gap
	Position *position       `json:"position"` // with kind reset
	Data     json.RawMessage `json:"data"`
	line     []byte          // as it came; valid until the next one
}

// follower reads one topic for as long as the command runs. When the connection breaks it looks for the hub again (which may
// have a new address and a new token by then) and goes on after the last entry it handed over: nothing is missed and nothing
// comes twice.
type follower struct {
	find   func() (hub, error)
	topic  string     // its name, escaped for a path
	start  url.Values // how the first connection begins: since or last
	live   bool       // each connection begins like the first: what was missed is of no use
	handle func(envelope) error

	after   position // the last entry handed over; Epoch "" until the hub has told it
	reached bool     // the hub answered before: when it does not now, it will again
	lost    bool     // the person was told that the hub is away
}

// run returns when ctx ends, handle fails, the hub refuses, or there is no hub from the start.
func (f *follower) run(ctx context.Context) error {
	wait := firstWait
	for {
		err := f.stream(ctx, func() { wait = firstWait; f.found() })
		if !f.reached || !passing(ctx, err) {
			return err
		}
		f.lose()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait/2 + rand.N(wait/2)):
		}
		wait = min(2*wait, longestWait)
	}
}

// errBroken is the end of a stream that was not asked for.
var errBroken = errors.New("the hub closed the stream")

// passing reports whether trying again can help.
func passing(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	status := statusOf(err)
	return errors.Is(err, errBroken) || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable ||
		status == 0 && exitCode(err) == exitUnreachable
}

func (f *follower) lose() {
	if !f.lost {
		f.lost = true
		warn("lost the hub; waiting for it")
	}
}

func (f *follower) found() {
	f.reached = true
	if f.lost {
		f.lost = false
		warn("the hub is back")
	}
}

// stream reads one connection to its end and never returns nil.
func (f *follower) stream(ctx context.Context, connected func()) error {
	h, err := f.find()
	if err != nil {
		return err
	}
	req, err := h.request(ctx, http.MethodGet, "/api/topics/"+f.topic+"?"+f.query().Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/x-ndjson")
	res, err := h.do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if at, ok := parsePosition(res.Header.Get(positionHeader)); ok {
		f.after = at
	}
	connected()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(make([]byte, 0, 64<<10), maxLineBytes)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if err := f.take(lines.Bytes()); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errBroken
}

func (f *follower) query() url.Values {
	q := url.Values{"follow": {"1"}}
	if !f.live && f.after.Epoch != "" {
		q.Set("since", f.after.String())
		return q
	}
	for name, values := range f.start {
		q[name] = values
	}
	return q
}

func (f *follower) take(line []byte) error {
	e := envelope{line: line}
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("the hub sent a line that is no envelope: %w", err)
	}
	switch e.Kind {
	case "gap":
		if !f.live {
			warn("%d entries are gone: the hub no longer keeps them", e.Missed)
		}
		return nil
	case "reset":
		if e.Position != nil {
			f.after = *e.Position
		}
		if !f.live {
			warn("the hub has a new history; here are its newest entries")
		}
		return nil
	}
	if err := f.handle(e); err != nil {
		return err
	}
	f.after.Seq = e.Seq
	return nil
}
