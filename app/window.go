package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"hearth/backend"
)

type windowCmd struct{ hubFlags }

// Run opens the window onto a hub of its own or, when a hub runs already, shows that one's. Without a window to open it says
// why, and serves.
func (c *windowCmd) Run(ctx context.Context, g *globals) error {
	if showRunning(ctx, g) == nil {
		return nil
	}
	data, err := backend.DataFolder(g.Data)
	if err != nil {
		return err
	}
	hub, err := c.start(ctx, data)
	if errors.Is(err, backend.ErrRunning) {
		return showRunning(ctx, g)
	}
	if err != nil {
		return err
	}
	if why := noWindow(); why != "" {
		warn("%s", why)
		return serve(ctx, hub)
	}
	return openWindow(ctx, hub, data)
}

// showRunning asks the hub that hub.json tells of to show its window. The file may be older than a crash, and the address may
// be another program's by now: only the lock on the data folder says for sure that a hub runs, so an error here is final only
// after that.
func showRunning(ctx context.Context, g *globals) error {
	h, err := remote{}.find(g)
	if err != nil {
		return err
	}
	err = h.show(ctx)
	switch {
	case err == nil:
		fmt.Println("Hearth runs already; its window is shown.")
	case statusOf(err) == http.StatusConflict:
		fmt.Printf("Hearth runs already, at %s, without a window; `hearth open` prints your own link to it.\n", h.url)
	default:
		return err
	}
	return nil
}
