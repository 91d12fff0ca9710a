package bench

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"time"
)

// fanout is one way of writing to many readers.
type fanout struct {
	readers, inFlight, messages int
	rate, cost                  target
}

var fanouts = []fanout{
	{100, 1, 2000, noTarget(perSecond), noTarget(cpuPerMillion)},
	{1000, 1, 400, atLeast(95e3, perSecond), noTarget(cpuPerMillion)},
	{100, 64, 20000, noTarget(perSecond), noTarget(cpuPerMillion)},
	{1000, 64, 8000, atLeast(3e6, perSecond), atMost(0.35, cpuPerMillion)},
}

// measureFanouts follows durable rooms with many readers while members write to them.
func measureFanouts(ctx context.Context, b *bench, show func(...figure)) {
	astray := figure{
		name:   "messages lost or out of order, all fan-outs",
		target: atMost(0, count),
		how:    "every reader checks that each seq is the one after the last; a gap counts what the hub says was missed",
	}
	var total int64
	for _, f := range b.fanouts {
		f.messages /= b.fraction
		rate, cost, wrong := f.measure(ctx, b)
		show(rate, cost)
		total += wrong
		astray.err = cmp.Or(astray.err, rate.err)
	}
	if astray.err == nil || total > 0 {
		astray.values = []float64{float64(total)}
	}
	show(astray)
}

func (f fanout) measure(ctx context.Context, b *bench) (rate, cost figure, wrong int64) {
	name := fmt.Sprintf("%d readers, %d in flight", f.readers, f.inFlight)
	rate, cost = figure{name: name + ": deliveries", target: f.rate}, figure{name: name + ": cost", target: f.cost}
	cost.how = "CPU time of the hub for them, per million deliveries; it includes taking and storing the messages"
	var last run
	for i := range b.repeats {
		r, err := f.run(ctx, b, fmt.Sprintf("fanout-%d-%d-%d", f.readers, f.inFlight, i))
		wrong += r.astray
		if err != nil {
			rate.err = err
			b.disband()
			break
		}
		last = r
		rate.values = append(rate.values, float64(r.deliveries)/r.took.Seconds())
		if r.hubCPU > 0 {
			cost.values = append(cost.values, r.hubCPU.Seconds()/float64(r.deliveries)*1e6)
		}
	}
	rate.how = fmt.Sprintf("members post %d messages of %d bytes to a durable room, at most %d not yet with all readers on /ws; %s",
		f.messages, textBytes, f.inFlight, last)
	if len(cost.values) == 0 && rate.err == nil {
		cost.err = errOnlyLinux
	}
	return rate, cost, wrong
}

// run is what one run of a fan-out showed.
type run struct {
	deliveries, bytes, reads, astray int64
	took, hubCPU, ownCPU             time.Duration
}

// String says how the last run went, and on Linux which side was the limit.
func (r run) String() string {
	if r.deliveries == 0 {
		return "no run came to its end"
	}
	s := fmt.Sprintf("in the last run %d bytes a delivery, %.1f deliveries a read", r.bytes/r.deliveries, float64(r.deliveries)/float64(r.reads))
	if r.hubCPU > 0 {
		s += fmt.Sprintf(", the hub took %.0f %% of its core, the load %.0f %%",
			100*r.hubCPU.Seconds()/r.took.Seconds(), 100*r.ownCPU.Seconds()/r.took.Seconds())
	}
	return s
}

// run makes a room and readers, warms both up and measures.
func (f fanout) run(ctx context.Context, b *bench, room string) (r run, err error) {
	c, err := b.theCrowd(ctx)
	if err != nil {
		return r, err
	}
	m, err := c.openRoom(ctx, room)
	if err != nil {
		return r, err
	}
	a, err := c.gather(ctx, room, f.readers, f.inFlight)
	if err != nil {
		return r, err
	}
	defer a.close()
	if err := a.listen(ctx, m, f.messages/10); err != nil {
		return run{astray: a.astray()}, err
	}
	if err := c.allow(ctx, f.messages); err != nil {
		return r, err
	}
	runtime.GC() // now rather than while we measure
	if err := pause(ctx, b.rest); err != nil {
		return r, err
	}
	return a.measure(ctx, m, f.messages)
}

// measure posts n messages and tells what it took until every reader had them.
func (a *audience) measure(ctx context.Context, m *message, n int) (r run, err error) {
	hub, self := a.crowd.hub.cmd.Process.Pid, os.Getpid()
	bytes, reads := a.read()
	astray := a.astray()
	hubBefore, _ := cpuTime(hub) // 0 where it cannot be told, and then the difference is 0 too
	selfBefore, _ := cpuTime(self)
	begun := time.Now()
	if err := a.listen(ctx, m, n); err != nil {
		return run{astray: a.astray()}, err
	}
	r.took = time.Since(begun)
	hubAfter, _ := cpuTime(hub)
	selfAfter, _ := cpuTime(self)
	r.hubCPU, r.ownCPU = hubAfter-hubBefore, selfAfter-selfBefore
	r.astray = a.astray()
	r.deliveries = int64(n)*int64(len(a.readers)) - (r.astray - astray)
	bytesAfter, readsAfter := a.read()
	r.bytes, r.reads = bytesAfter-bytes, readsAfter-reads
	return r, nil
}
