package backend

import (
	"context"
	"io"
	"log/slog"

	"hearth/backend/peer"
	"hearth/backend/store"
)

// RunBackups takes the daily backups of a store that has no hub around it.
func RunBackups(ctx context.Context, data string, s *store.Store, tell func(context.Context, error)) {
	newBackups(data, s, slog.New(slog.DiscardHandler), tell).run(ctx)
}

// Of one happening the log takes LogLines a second, else as many every FloodTime.
const (
	LogLines  = logLines
	FloodTime = floodTime
)

// NewLog returns a log like the hub's that writes to w. Close it for what was left out.
func NewLog(w io.Writer) (*slog.Logger, io.Closer) {
	calm := newCalm(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: tame}))
	return slog.New(calm), calm
}

// Peers returns who takes part in a hub.
func (h *Hub) Peers() *peer.Peers { return h.peers }

// Turn shares the hub, or ends that, as the switch in its window does.
func (h *Hub) Turn(ctx context.Context, on bool) error { return h.sharing.Turn(ctx, on) }

// Expire ends guests in time, without a hub around them.
func Expire(ctx context.Context, peers *peer.Peers, here func() func(id string) bool) {
	expire(ctx, peers, here, slog.New(slog.DiscardHandler))
}
