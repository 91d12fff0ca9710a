package bench

import (
	"context"
	"io"
	"time"
)

// RunSmall runs the measurements named, or all, with so little of everything that a test can wait for it. The table goes
// into readme too, if that names a file.
func RunSmall(ctx context.Context, program, only, readme string, out io.Writer) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	p := plan{
		starts: 2, idles: 1, window: 100 * time.Millisecond, members: 20, repeats: 2, fewer: 1, fraction: 1,
		contenders: contenders[:len(contenders)-1], // the article's program is not on every computer
		halls: []hall{
			{5, 2, []fanout{{1, 20, 20, noTarget(perSecond), noTarget(cpuPerMillion), noTarget(factor), noTarget(factor)}}},
			{7, 2, []fanout{{8, 100, 20, atLeast(1e9, perSecond), noTarget(cpuPerMillion), atLeast(1e-9, factor), atLeast(1e-9, factor)}}},
		},
		pace: pace{6, 5, 2, 10 * time.Millisecond}, crowded: 5, idlers: 2, stuffing: 2, guests: 20, history: 2000,
		postings: []posting{{4, 40, atLeast(1, perSecond), noTarget(milliseconds)}},
	}
	p.readme = readme
	return p.run(ctx, program, chosen, out)
}

// Frame and NextFrame are the frames of a client, and of a hub.
var (
	Frame     = appendFrame
	NextFrame = nextFrame
)
