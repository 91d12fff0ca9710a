package backend

import (
	"context"
	"log/slog"

	"hearth/backend/peer"
	"hearth/backend/store"
)

// RunBackups takes the daily backups of a store that has no hub around it.
func RunBackups(ctx context.Context, data string, s *store.Store, tell func(context.Context, error)) {
	newBackups(data, s, slog.New(slog.DiscardHandler), tell).run(ctx)
}

// Turn shares the hub, or ends that, as the switch in its window does.
func (h *Hub) Turn(ctx context.Context, on bool) error { return h.sharing.Turn(ctx, on) }

// Expire ends guests in time, without a hub around them.
func Expire(ctx context.Context, peers *peer.Peers, here func() func(id string) bool) {
	expire(ctx, peers, here, slog.New(slog.DiscardHandler))
}
