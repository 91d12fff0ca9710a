// Command hearth is the hub, its window, and the commands that talk to a running hub.
//
// The window and the hub are one process: `hearth` opens a window onto the hub it starts, `hearth serve` runs the hub alone. Every
// other command goes through the HTTP interface of the hub that runs, as any script could; only backup and restore go to the data
// folder of one that does not run.
//
// Without build tags the program is pure Go and has no window (window_none.go); built with `-tags desktop,production` it has one
// (window_wails.go). This package is the only importer of wails.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

func main() {
	// A second processor keeps reading and committing going on a single core while entries go out to many readers: the
	// system shares the core out more often than the runtime looks for news.
	if runtime.GOMAXPROCS(0) == 1 {
		runtime.GOMAXPROCS(2)
	}
	os.Exit(run(os.Args[1:]))
}

// run does what the arguments ask for and returns the exit code (see errors.go).
func run(args []string) int {
	command, err := parse(args)
	if err != nil {
		return report(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return report(command(ctx))
}
