package lan

import (
	"errors"

	"hearth/backend/fault"
)

// awakeFailed is what people are told when the system's own words, which the log has, say nothing to them.
const awakeFailed = "this system could not be kept awake; the hub's log says more"

// whyAsleep says in a sentence why a computer is not kept awake.
func whyAsleep(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return awakeFailed
}

// The ways in which KeepAwake does it, as it calls them.
const (
	bySystemd   = "systemd-inhibit"
	byCaffeine  = "caffeinate"
	byExecution = "SetThreadExecutionState"
)
