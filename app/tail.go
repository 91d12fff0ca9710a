package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"
)

type tailCmd struct {
	remote
	Room string `arg:"" help:"Room, like lobby."`
	Last int    `help:"How many of the messages before now to print first." default:"10" placeholder:"N"`
	JSON bool   `help:"Print each entry as one line of JSON, as the hub sends it."`
}

func (tailCmd) Help() string {
	return `Example:

    hearth tail lobby --last 50

It ends with Ctrl-C. When the hub is restarted it waits, and goes on after the last message it printed.`
}

func (c *tailCmd) Run(ctx context.Context, g *globals) error {
	if c.Last < 0 {
		return usageError("--last %d is less than none; an example: --last 50", c.Last)
	}
	h, err := c.find(g)
	if err != nil {
		return err
	}
	past, at, err := h.history(ctx, c.Room, c.Last)
	if err != nil {
		return err
	}
	show := (&transcript{out: os.Stdout, current: map[uint64]uint64{}}).print
	if c.JSON {
		show = func(e envelope) error { return printJSON(e.line) }
	}
	for _, e := range past {
		if err := show(e); err != nil {
			return err
		}
	}
	f := follower{
		find:    func() (hub, error) { return c.find(g) },
		topic:   "room/" + url.PathEscape(c.Room),
		after:   at,
		reached: true,
		handle:  show,
	}
	return f.run(ctx)
}

// pageLimit is the most messages the hub gives at once.
const pageLimit = 200

// history returns the newest n messages of a room, oldest first, and the position to follow from.
func (h hub) history(ctx context.Context, room string, n int) ([]envelope, position, error) {
	var messages []envelope
	var at position
	for before := uint64(0); ; {
		p, err := h.page(ctx, room, before, max(1, min(n-len(messages), pageLimit)))
		if err != nil {
			return nil, position{}, err
		}
		if before == 0 { // messages that come between two pages are newer than this, and follow
			at = p.Position
		}
		messages = slices.Concat(p.entries, messages)
		if !p.More || len(p.entries) == 0 || len(messages) >= n {
			return messages[max(0, len(messages)-n):], at, nil
		}
		before = p.entries[0].Seq
	}
}

// page is the answer of GET /api/rooms/{room}/messages.
type page struct {
	Messages []json.RawMessage `json:"messages"`
	Position position          `json:"position"`
	More     bool              `json:"more"`
	entries  []envelope
}

func (h hub) page(ctx context.Context, room string, before uint64, limit int) (page, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if before > 0 {
		q.Set("before", strconv.FormatUint(before, 10))
	}
	var p page
	if err := h.call(ctx, http.MethodGet, "/api/rooms/"+url.PathEscape(room)+"/messages?"+q.Encode(), nil, &p); err != nil {
		return page{}, err
	}
	for _, line := range p.Messages {
		e := envelope{line: line}
		if err := json.Unmarshal(line, &e); err != nil {
			return page{}, fmt.Errorf("%s does not answer like a hub: %w", h.url, err)
		}
		p.entries = append(p.entries, e)
	}
	return p, nil
}

// transcript prints a room's entries for people: one line each, further lines of a message moved in.
type transcript struct {
	out     io.Writer
	current map[uint64]uint64 // messages printed with a change in them already: the seq of the newest one
}

// fact is the data of a room's entries. Which fields are there depends on the kind.
type fact struct {
	From    face      `json:"from"`
	By      face      `json:"by"`
	Seq     uint64    `json:"seq"` // the message that a change is about
	Text    string    `json:"text"`
	Edited  time.Time `json:"edited"`
	Deleted bool      `json:"deleted"`
}

type face struct {
	Name string `json:"name"`
}

func (t *transcript) print(e envelope) error {
	var f fact
	if err := json.Unmarshal(e.Data, &f); err != nil {
		return fmt.Errorf("the hub sent an entry that cannot be read: %w", err)
	}
	who, what := f.By.Name, ""
	switch e.Kind {
	case "message":
		if e.Changed > 0 {
			t.current[e.Seq] = e.Changed
		}
		who, what = f.From.Name, said(f)
	case "message.edited":
		if f.Text == "" || t.current[f.Seq] >= e.Seq { // a later edit took its place, or what was printed has it already
			return nil
		}
		what = "edited: " + f.Text
	case "message.deleted":
		if t.current[f.Seq] >= e.Seq {
			return nil
		}
		what = "deleted a message"
	default: // a kind of a later version
		return nil
	}
	_, err := fmt.Fprintf(t.out, "%s %s  %s\n", clock(e.Time, time.Now()), oneLine(who), indented(what))
	return err
}

func said(f fact) string {
	switch {
	case f.Deleted:
		return "(deleted)"
	case !f.Edited.IsZero():
		return f.Text + " (edited)"
	}
	return f.Text
}
