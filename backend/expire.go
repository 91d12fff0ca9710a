package backend

import (
	"context"
	"log/slog"
	"time"

	"hearth/backend/peer"
)

// expireEvery is the time between two looks for guests and tokens that have come to their end.
const expireEvery = 10 * time.Minute

// expire ends guests and tokens in time, until ctx ends. here is asked each time who has something open now.
func expire(ctx context.Context, peers *peer.Peers, here func() func(id string) bool, log *slog.Logger) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := peers.Expire(ctx, here()); err != nil && ctx.Err() == nil {
			log.Error("guests could not be ended in time", "err", err)
		}
	}
}
