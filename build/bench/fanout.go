package bench

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// hall is how many readers there are, and what is done to them.
type hall struct {
	readers, repeats int
	cases            []fanout
}

// fanout is one way of writing to many readers.
type fanout struct {
	inFlight int
	messages int // to the readers of the hub
	fewer    int // to those of a program that needs a write for each
	rate     target
	cost     target
	floor    target // of the hub's rate by that of one write(2) each
	classic  target // of the rate on /chat/{room} by that on /ws
}

var halls = []hall{
	{100, 5, []fanout{
		{1, 2000, 2000, noTarget(perSecond), noTarget(cpuPerMillion), noTarget(factor), noTarget(factor)},
		{64, 20000, 2000, noTarget(perSecond), noTarget(cpuPerMillion), noTarget(factor), noTarget(factor)},
	}},
	{1000, 5, []fanout{
		{1, 200, 200, atLeast(95e3, perSecond), noTarget(cpuPerMillion), atLeast(0.75, factor), noTarget(factor)},
		{64, 8000, 320, atLeast(3e6, perSecond), atMost(0.35, cpuPerMillion), noTarget(factor), atLeast(0.5, factor)},
	}},
	{5000, 3, []fanout{
		{1, 40, 40, noTarget(perSecond), noTarget(cpuPerMillion), noTarget(factor), noTarget(factor)},
		{64, 1600, 128, noTarget(perSecond), noTarget(cpuPerMillion), noTarget(factor), noTarget(factor)},
	}},
}

// showing is what one contender showed in all repeats of one fan-out.
type showing struct {
	runs []run
	err  error
}

// measureFanouts follows rooms with many readers while members write to them. The hub and the yardsticks take turns.
func measureFanouts(ctx context.Context, b *bench) {
	table := &comparison{title: "Fan-out side by side: deliveries a second (CPU s/M), and the hub's rate by this one"}
	astray := figure{
		name:   "messages lost or out of order, all fan-outs",
		target: atMost(0, count),
		how: "on /ws every reader checks that each seq is the one after the last, and a gap counts what the hub says was missed; " +
			"on /chat/{room} every reader must get what the first one got",
	}
	var total int64
	for _, h := range b.halls {
		all := h.fill(ctx, b)
		for i, f := range h.cases {
			b.show(f.figures(h.readers, all[i])...)
			table.addFanout(b, fmt.Sprintf("%d readers, %d in flight", h.readers, f.inFlight), all[i])
			for k, s := range all[i] {
				if k <= classicAt {
					total += s.astray()
					astray.err = cmp.Or(astray.err, s.err)
				}
			}
		}
	}
	if astray.err == nil || total > 0 {
		astray.values = []float64{float64(total)}
	}
	b.show(astray)
	b.comparisons = append(b.comparisons, table)
}

// fill lets each contender in turn serve a hall, again and again, and returns what each showed, by fan-out and contender.
func (h hall) fill(ctx context.Context, b *bench) [][]showing {
	all := make([][]showing, len(h.cases))
	for i := range all {
		all[i] = make([]showing, len(b.contenders))
	}
	for repeat := range max(1, h.repeats/b.fewer) {
		for k, c := range b.contenders {
			if all[0][k].err != nil {
				continue
			}
			runs, err := h.serve(ctx, b, c, fmt.Sprintf("fanout-%d-%d-%d", h.readers, k, repeat))
			for i := range all {
				if i < len(runs) {
					all[i][k].runs = append(all[i][k].runs, runs[i])
				}
				all[i][k].err = err
			}
			if err != nil {
				b.disband(c.rival)
			}
		}
	}
	return all
}

// serve gathers readers in a new room and writes to them in each of the ways.
func (h hall) serve(ctx context.Context, b *bench, c contender, room string) (runs []run, err error) {
	crowd, err := b.crowdOf(ctx, c.rival)
	if err != nil {
		return nil, err
	}
	m, err := crowd.openRoom(ctx, room)
	if err != nil {
		return nil, err
	}
	a, err := crowd.gather(ctx, c.reads, room, h.readers)
	if err != nil {
		return nil, err
	}
	defer a.close()
	for _, f := range h.cases {
		n := f.fewer
		if c.rival == theHub {
			n = f.messages
		}
		r, err := a.measure(ctx, b, m, max(1, n/b.fraction), f.inFlight)
		runs = append(runs, r)
		if err != nil {
			return runs, err
		}
	}
	return runs, nil
}

// run is what one run of a fan-out showed.
type run struct {
	deliveries, bytes, reads, astray int64
	took, hubCPU, ownCPU             time.Duration
}

func (r run) rate() float64 { return float64(r.deliveries) / r.took.Seconds() }
func (r run) cost() float64 { return r.hubCPU.Seconds() / float64(r.deliveries) * 1e6 }

// String says how a run went, and on Linux which side was the limit.
func (r run) String() string {
	if r.deliveries == 0 {
		return "no run came to its end"
	}
	s := fmt.Sprintf("in the last run %d bytes a delivery, %.1f deliveries a read", r.bytes/r.deliveries, float64(r.deliveries)/float64(r.reads))
	return s + spent{r.hubCPU, r.ownCPU}.shares(r.took)
}

// spent is CPU time; 0 where it cannot be told.
type spent struct{ hub, own time.Duration }

// spent returns what the program and the load have taken so far.
func (c *crowd) spent() (s spent) {
	s.hub, _ = cpuTime(c.pid())
	s.own, _ = cpuTime(os.Getpid())
	return s
}

// shares says how busy both were since before, which tells whose limit a rate is.
func (c *crowd) shares(before spent, took time.Duration) string {
	now := c.spent()
	return spent{now.hub - before.hub, now.own - before.own}.shares(took)
}

func (s spent) shares(of time.Duration) string {
	if s.hub == 0 {
		return ""
	}
	return fmt.Sprintf(", the hub took %.0f %% of its core, the load %.0f %%", 100*s.hub.Seconds()/of.Seconds(), 100*s.own.Seconds()/of.Seconds())
}

// measure warms up, posts n messages and tells what it took until every reader had them.
func (a *audience) measure(ctx context.Context, b *bench, m *message, n, inFlight int) (r run, err error) {
	if err := a.listen(ctx, m, n/10+1, inFlight, 0); err != nil {
		return run{astray: a.astray()}, err
	}
	runtime.GC() // now rather than while we measure
	if err := pause(ctx, b.rest); err != nil {
		return r, err
	}
	bytes, reads := a.read()
	astray := a.astray()
	before := a.crowd.spent()
	begun := time.Now()
	if err := a.listen(ctx, m, n, inFlight, 0); err != nil {
		return run{astray: a.astray()}, err
	}
	r.took = time.Since(begun)
	after := a.crowd.spent()
	r.hubCPU, r.ownCPU = after.hub-before.hub, after.own-before.own
	r.astray = a.takeAstray()
	r.deliveries = int64(n)*int64(len(a.readers)) - (r.astray - astray)
	bytesAfter, readsAfter := a.read()
	r.bytes, r.reads = bytesAfter-bytes, readsAfter-reads
	return r, nil
}

// figures are the hub's in one fan-out.
func (f fanout) figures(readers int, all []showing) []figure {
	name := fmt.Sprintf("%d readers, %d in flight", readers, f.inFlight)
	own := all[hubAt]
	rate, cost := figure{name: name + ": deliveries", target: f.rate, err: own.err}, figure{name: name + ": cost", target: f.cost}
	cost.how = "CPU time of the hub for them, per million deliveries; it includes taking and storing the messages"
	var last run
	for _, r := range own.whole() {
		last = r
		rate.values = append(rate.values, r.rate())
		if r.hubCPU > 0 {
			cost.values = append(cost.values, r.cost())
		}
	}
	rate.how = fmt.Sprintf("members post messages of %d bytes to a durable room, at most %d not yet with all readers on /ws; %s",
		textBytes, f.inFlight, last)
	if len(cost.values) == 0 && rate.err == nil {
		cost.err = errOnlyLinux
	}
	figures := []figure{rate, cost}
	if !f.floor.none {
		figures = append(figures, figure{
			name: name + ": by one write(2) each", target: f.floor,
			values: ratios(own, all[floorAt]), err: cmp.Or(own.err, all[floorAt].err),
			how: "the hub's rate by that of a process beside it that writes an encoded frame to one reader after another, and keeps nothing",
		})
	}
	if !f.classic.none {
		figures = append(figures, figure{
			name: name + ": /chat/{room} by /ws", target: f.classic,
			values: ratios(all[classicAt], own), err: cmp.Or(own.err, all[classicAt].err),
			how: "the rate of readers at the classic door by that of readers on /ws",
		})
	}
	return figures
}

// ratios divides the rates of a by those of b, repeat by repeat.
func ratios(a, b showing) (all []float64) {
	over, under := a.whole(), b.whole()
	for i := range min(len(over), len(under)) {
		all = append(all, over[i].rate()/under[i].rate())
	}
	return all
}

// whole are the runs that came to their end.
func (s showing) whole() (runs []run) {
	for _, r := range s.runs {
		if r.deliveries > 0 {
			runs = append(runs, r)
		}
	}
	return runs
}

func (s showing) astray() (n int64) {
	for _, r := range s.runs {
		n += r.astray
	}
	return n
}

// addFanout adds what all contenders showed in one fan-out.
func (t *comparison) addFanout(b *bench, what string, all []showing) {
	var names, cells []string
	for k, s := range all {
		names = append(names, b.contenders[k].name)
		cells = append(cells, s.cell(all[hubAt], k == hubAt))
		if s.err != nil && k > classicAt && len(t.rows) == 0 {
			t.notes = append(t.notes, b.contenders[k].name+": "+strings.ReplaceAll(s.err.Error(), "\n", " "))
		}
	}
	t.compare(what, names, cells)
}

func (s showing) cell(hub showing, isHub bool) string {
	runs := s.whole()
	if len(runs) == 0 {
		return "not measured"
	}
	var rates, costs []float64
	for _, r := range runs {
		rates, costs = append(rates, r.rate()), append(costs, r.cost())
	}
	text := fmt.Sprintf("%s (%.3g)", perSecond(median(rates)), median(costs))
	if by := ratios(hub, s); len(by) > 0 && !isHub {
		text += " " + factor(median(by))
	}
	return text
}
