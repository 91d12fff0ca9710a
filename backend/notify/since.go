package notify

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

const (
	pageEntries = 64 // entries read at once
	idPages     = 16 // pages behind an id's time in which it is looked for: as many as can be committed out of order
)

// Since returns where a reader of a topic begins:
//
//	all             everything that is kept
//	none, ""        from now on
//	latest          the newest notification and what follows
//	an id           what follows the notification with that id; if it is not there, what came at its time or later
//	unix seconds    what came at that time or later
//	a duration      what came since that long before now, as Go writes it: 10m, 36h
//
// Errors: CheckTopic's, fault.BadRequest for anything else, Topic's, or the store's.
func (n *Notify) Since(ctx context.Context, name, since string, now time.Time) (topic.Start, error) {
	t, err := n.Topic(ctx, name)
	if err != nil {
		return topic.Start{}, err
	}
	switch since {
	case "all":
		return topic.Start{After: &topic.Position{}}, nil
	case "none", "":
		return topic.Start{}, nil
	case "latest":
		return topic.Start{Last: 1}, nil
	}
	seq, err := seqBefore(ctx, t, since, now)
	if err != nil {
		return topic.Start{}, err
	}
	return topic.Start{After: &topic.Position{Epoch: t.Position().Epoch, Seq: seq}}, nil
}

// seqBefore returns the seq after which since begins.
func seqBefore(ctx context.Context, t *topic.Topic, since string, now time.Time) (uint64, error) {
	if _, ok := idTime(since); ok { // before numbers: all 12 characters of an id may be digits
		return seqOf(ctx, t, since)
	}
	if seconds, err := strconv.ParseInt(since, 10, 64); err == nil && seconds >= 0 {
		return seqAt(ctx, t, time.Unix(seconds, 0))
	}
	if age, err := time.ParseDuration(since); err == nil && age >= 0 {
		return seqAt(ctx, t, now.Add(-age))
	}
	return 0, fault.New(fault.BadRequest,
		"since is %.80q; it may be all, none, latest, an id, a Unix time in seconds, or a duration such as 10m", since).In("since")
}

// seqOf returns the seq of the notification with that id, or the one before whatever came at its time or later.
func seqOf(ctx context.Context, t *topic.Topic, id string) (uint64, error) {
	at, _ := idTime(id)
	before, err := seqAt(ctx, t, at)
	if err != nil {
		return 0, err
	}
	last := t.Position().Seq
	for from := before; from < last && from < before+idPages*pageEntries; from += pageEntries {
		page, err := t.Before(ctx, min(from+pageEntries, last)+1, pageEntries)
		if err != nil {
			return 0, fmt.Errorf("look for notification %s: %w", id, err)
		}
		for _, e := range page {
			if n, err := Decode(e); err == nil && n.ID == id {
				return e.Seq, nil
			}
		}
	}
	return before, nil
}

// seqAt returns the seq before the first entry that is not older than at: a binary search, since times never go back.
func seqAt(ctx context.Context, t *topic.Topic, at time.Time) (uint64, error) {
	first, end := t.First(), t.Position().Seq+1 // the one looked for is among first ... end
	for first < end {
		middle := first + (end-first)/2
		found, err := t.Before(ctx, middle+1, 1) // or, where one is damaged, the one before it
		if err != nil {
			return 0, fmt.Errorf("look for a time in %s: %w", t.Name(), err)
		}
		if len(found) == 0 || found[0].Time.Before(at) {
			first = middle + 1
		} else {
			end = found[0].Seq
		}
	}
	return first - 1, nil
}
