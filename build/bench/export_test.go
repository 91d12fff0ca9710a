package bench

import (
	"context"
	"io"
	"time"
)

// RunSmall runs all measurements with so little of everything that a test can wait for it.
func RunSmall(ctx context.Context, program string, out io.Writer) error {
	p := plan{
		starts: 2, idles: 1, window: 100 * time.Millisecond, posters: 20, repeats: 2, fraction: 1,
		fanouts:  []fanout{{5, 1, 20, noTarget(perSecond), noTarget(cpuPerMillion)}, {7, 8, 100, atLeast(1e9, perSecond), noTarget(cpuPerMillion)}},
		postings: []posting{{4, 40, atLeast(1, perSecond), noTarget(milliseconds)}},
	}
	return p.run(ctx, program, measurements, out)
}

// Frame and NextFrame are the frames of a client, and of a hub.
var (
	Frame     = appendFrame
	NextFrame = nextFrame
)
