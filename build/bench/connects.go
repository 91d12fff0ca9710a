package bench

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// dialers is how many connect at once: enough that the hub never waits for the load.
const dialers = 16

// measureConnects lets many come at once, by cookie and as programs of this computer.
func measureConnects(ctx context.Context, b *bench) {
	b.connects(ctx, "members", "a cookie", func(c *crowd, i int) string { return c.posters[i%len(c.posters)].cookie })
	b.connects(ctx, "local programs", "whose socket it is", func(*crowd, int) string { return "" })
}

func (b *bench) connects(ctx context.Context, who, by string, cookie func(c *crowd, i int) string) {
	rate := figure{name: "connects of " + who, target: noTarget(perSecond), how: fmt.Sprintf(
		"%d at most %d at once: TCP, handshake, authentication by %s, and the answer to the follow of a room", b.guests, dialers, by)}
	cost := figure{name: "connects of " + who + ": CPU", target: atMost(0.2, milliseconds), how: "CPU time of the hub for each of them"}
	for i := range max(1, b.repeats/b.fewer) {
		took, cpu, err := b.connect(ctx, fmt.Sprintf("guests-%.5s-%d", who, i), cookie)
		if err != nil {
			rate.err = err
			b.disband(theHub)
			break
		}
		rate.values = append(rate.values, float64(b.guests)/took.Seconds())
		if cpu > 0 {
			cost.values = append(cost.values, inMilliseconds(cpu)/float64(b.guests))
		}
	}
	if len(cost.values) == 0 && rate.err == nil {
		cost.err = errOnlyLinux
	}
	b.show(rate, cost)
}

// connect returns how long it took until all guests followed a room, and the hub's CPU time for it.
func (b *bench) connect(ctx context.Context, room string, cookie func(c *crowd, i int) string) (took, cpu time.Duration, err error) {
	c, err := b.crowdOf(ctx, theHub)
	if err != nil {
		return 0, 0, err
	}
	if _, err := c.openRoom(ctx, room); err != nil {
		return 0, 0, err
	}
	if err := pause(ctx, b.rest); err != nil {
		return 0, 0, err
	}
	groups := make([]*audience, dialers)
	errs := make([]error, dialers)
	before, _ := cpuTime(c.pid())
	begun := time.Now()
	var coming sync.WaitGroup
	for i := range groups {
		groups[i] = c.newAudience(modern, room)
		coming.Go(func() {
			for j := i; j < b.guests && errs[i] == nil; j += dialers {
				errs[i] = groups[i].add(ctx, room, cookie(c, j))
			}
		})
	}
	coming.Wait()
	took = time.Since(begun)
	after, _ := cpuTime(c.pid())
	for i, a := range groups {
		a.close()
		if errs[i] != nil {
			err = errs[i]
		}
	}
	return took, after - before, err
}
