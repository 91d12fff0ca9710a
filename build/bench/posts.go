package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// posting is one way of writing without readers.
type posting struct {
	posters, messages int
	rate, wait        target
}

var postings = []posting{
	{1, 3000, atLeast(2e3, perSecond), atMost(0.5, milliseconds)},
	{100, 40000, atLeast(50e3, perSecond), noTarget(milliseconds)},
	{1000, 150000, atLeast(120e3, perSecond), noTarget(milliseconds)},
}

// measurePosts writes to durable rooms that nobody reads.
func measurePosts(ctx context.Context, b *bench) {
	for _, p := range b.postings {
		p.messages /= b.fraction
		b.show(p.measure(ctx, b)...)
	}
}

func (p posting) measure(ctx context.Context, b *bench) []figure {
	rate := figure{
		name:   fmt.Sprintf("durable posts, %d at once", p.posters),
		target: p.rate,
		how: fmt.Sprintf("%d messages of %d bytes to a durable room on /ws, at most %d not yet answered; %d members take turns",
			p.messages, textBytes, p.posters, b.members),
	}
	wait := figure{
		name:   fmt.Sprintf("durable posts, %d at once: time to answer", p.posters),
		target: p.wait,
		how:    "median of a run, from writing a post to reading that it is stored",
	}
	last := ""
	for i := range max(1, b.repeats/b.fewer) {
		took, waits, shares, err := p.run(ctx, b, fmt.Sprintf("posts-%d-%d", p.posters, i))
		if err != nil {
			rate.err = err
			b.disband(theHub)
			break
		}
		rate.values = append(rate.values, float64(len(waits))/took.Seconds())
		last = shares
		wait.values = append(wait.values, inMilliseconds(median(waits)))
	}
	rate.how += last
	return []figure{rate, wait}
}

// run writes to a new room and returns how long it took in all, each post's time to its answer, and who was busy.
func (p posting) run(ctx context.Context, b *bench, room string) (took time.Duration, waits []time.Duration, shares string, err error) {
	c, err := b.crowdOf(ctx, theHub)
	if err != nil {
		return 0, nil, "", err
	}
	if _, err := c.openRoom(ctx, room); err != nil {
		return 0, nil, "", err
	}
	runtime.GC() // now rather than while we measure
	if err := pause(ctx, b.rest); err != nil {
		return 0, nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, stallPatience)
	defer cancel()
	each := make([][]time.Duration, p.posters)
	var writers sync.WaitGroup
	before := c.spent()
	begun := time.Now()
	for i := range p.posters {
		writers.Go(func() {
			turns := every(c.posters, i, p.posters)
			each[i] = c.write(ctx, newMessage(c.door, room), turns, p.messages/p.posters)
		})
	}
	writers.Wait()
	took = time.Since(begun)
	shares = c.shares(before, took)
	select {
	case err = <-c.failed:
	default:
		err = ctx.Err()
	}
	return took, slices.Concat(each...), shares, err
}

// every returns each step-th poster from first on.
func every(all []*poster, first, step int) (some []*poster) {
	for i := first; i < len(all); i += step {
		some = append(some, all[i])
	}
	return some
}

// write sends n messages, each after the answer to the one before, and returns how long the answers took. It stops at a
// failure, which is then in c.failed.
func (c *crowd) write(ctx context.Context, m *message, turns []*poster, n int) []time.Duration {
	waits := make([]time.Duration, 0, n)
	for i := range n {
		p := turns[i%len(turns)]
		p.forget()
		begun := time.Now()
		if err := m.post(p.link); err != nil {
			c.fail(err)
			break
		}
		if c.wait(ctx, p.answers) != nil {
			break
		}
		waits = append(waits, time.Since(begun))
	}
	return waits
}
