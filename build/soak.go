package main

import (
	"context"

	"hearth/build/soak"
)

func soakCommand() command {
	return command{
		name:  "soak",
		short: "hurt the hub for long and see whether it keeps its promises",
		long: `
go run ./build soak [--cycles N] [--only NAME,NAME…] [--seed N]

Builds the page and the headless program, then kills it a thousand times, takes its disk away and damages its file, and each
time reads everything that was ever acknowledged. ` + "`test`" + ` does the same in a short form. --only plays the named stories, and an
unknown name lists them all. What this system cannot play is left out, with the reason.`,
		do: func(ctx context.Context, p *project, args []string) error {
			return p.withHeadless(ctx, args, soak.Main)
		},
	}
}
