//go:build !production && !dev

package main

import (
	"context"

	"hearth/backend"
)

// hasWindow reports whether this build can open a window.
const hasWindow = false

// noWindow says why there is no window to open, or "".
func noWindow() string { return "this build of Hearth has no window, so it serves" }

// openWindow is never called: noWindow always has a reason.
func openWindow(ctx context.Context, hub *backend.Hub, _ string) error { return serve(ctx, hub) }
