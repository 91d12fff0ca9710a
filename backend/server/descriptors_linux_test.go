package server_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"hearth/backend/server"
)

// A hub without descriptors left can accept nobody, write no log and open no backup.
func TestNoLimitLetsStreamsTakeAllDescriptors(t *testing.T) {
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &now); err != nil {
		t.Fatal(err)
	}
	few := now
	few.Cur = min(now.Cur, 1024)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &now)
	for _, wanted := range []int{0, 5000, server.Unlimited} {
		if got, want := (server.Limits{Connections: wanted}).Filled().Connections, int(few.Cur)-512; got != want {
			t.Errorf("connections=%d of %d descriptors: %d, want %d", wanted, few.Cur, got, want)
		}
	}
	if got := (server.Limits{Connections: 100}).Filled().Connections; got != 100 {
		t.Errorf("a limit below that became %d, want 100", got)
	}
}
