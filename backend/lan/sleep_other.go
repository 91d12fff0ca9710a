//go:build !linux && !windows

package lan

import (
	"context"
	"errors"
)

// WatchSleep cannot tell of sleep on this system.
func WatchSleep(context.Context, func()) error { return errors.ErrUnsupported }
