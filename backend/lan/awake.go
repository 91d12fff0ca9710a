package lan

// The ways in which KeepAwake does it, as it calls them.
const (
	bySystemd   = "systemd-inhibit"
	byCaffeine  = "caffeinate"
	byExecution = "SetThreadExecutionState"
)
