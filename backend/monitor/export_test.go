package monitor

import (
	"context"
	"log/slog"
	"time"
)

// Tick does what Run does once a second.
func (m *Monitor) Tick(ctx context.Context) error {
	return m.publish(ctx, m.measure(ctx, &asker{log: slog.New(slog.DiscardHandler)}, time.Now()))
}

// Round does what Run does every five seconds besides, and once a minute.
func (m *Monitor) Round(ctx context.Context, withMounts bool) {
	a := &asker{log: slog.New(slog.DiscardHandler)}
	if withMounts {
		a.ask(ctx, slowPatience, m.mounts)
	}
	a.ask(ctx, slowPatience, m.diskCalls()...)
	a.ask(ctx, slowPatience, m.slow...)
}
