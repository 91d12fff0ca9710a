package store

import (
	"time"

	"golang.org/x/sys/windows"
)

// readBootID tells when the machine was started, for Windows has no name for it. A clock that was set meanwhile moves that
// moment: it then looks like another boot, which costs one check of the file.
func readBootID() string {
	return time.Now().Add(-windows.DurationSinceBoot()).Round(time.Minute).UTC().Format(time.RFC3339)
}
