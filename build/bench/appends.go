package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hearth/backend/store"
	"hearth/backend/topic"
)

// measureAppends writes as the posts of measurePosts are written in the end, but without a hub in front: what the sequencer
// and the disk do, with no socket to be read and answered for each message.
func measureAppends(ctx context.Context, b *bench) {
	for _, p := range b.postings {
		f := figure{
			name:   fmt.Sprintf("durable appends, %d at once", p.posters),
			target: p.rate,
			how: fmt.Sprintf("%d messages of %d bytes to a durable topic of the store, in the bench's own process; %d goroutines that wait for each",
				p.messages/b.fraction, textBytes, p.posters),
		}
		for range b.repeats {
			rate, err := p.append(ctx, p.messages/b.fraction)
			if err != nil {
				f.err = err
				break
			}
			f.values = append(f.values, rate)
		}
		b.show(f)
	}
}

// append writes n messages to a new store and returns how many a second.
func (p posting) append(ctx context.Context, n int) (perSecond float64, err error) {
	folder, err := os.MkdirTemp("", "hearth-bench-appends-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	file, err := store.Open(filepath.Join(folder, storeFile), store.Options{})
	if err != nil {
		return 0, err
	}
	topics := topic.New(file)
	defer topics.Close()
	room, err := topics.Open(ctx, "room/"+longRoom, topic.Retention{Durable: true})
	if err != nil {
		return 0, err
	}
	drafts := make([]topic.Draft, n)
	for i := range drafts {
		if drafts[i], err = messageAt(i); err != nil {
			return 0, err
		}
	}
	begun := time.Now()
	if err := share(ctx, room, p.posters, n, func(i int) (topic.Draft, error) { return drafts[i], nil }); err != nil {
		return 0, err
	}
	return float64(n) / time.Since(begun).Seconds(), nil
}

// share lets writers append n drafts between them, each one after the other.
func share(ctx context.Context, room *topic.Topic, writers, n int, draft func(i int) (topic.Draft, error)) error {
	errs := make([]error, writers)
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := w; i < n && errs[w] == nil; i += writers {
				d, err := draft(i)
				if err == nil {
					_, _, err = room.Append(ctx, d)
				}
				errs[w] = err
			}
		})
	}
	writing.Wait()
	return errors.Join(errs...)
}
