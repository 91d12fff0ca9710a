package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// pace is a quiet room: few messages to many readers.
type pace struct {
	readers, messages, repeats int
	interval                   time.Duration
}

// promptness is what one run in a quiet room showed, over all deliveries.
type promptness struct {
	p50, p99 time.Duration
	cost     float64 // CPU seconds per million deliveries, 0 where it cannot be told
}

const promptTitle = "A quiet room side by side: p50 / p99 of a delivery (CPU s/M)"

// measureLatency posts a few messages a second to many readers. The hub and the yardsticks take turns.
func measureLatency(ctx context.Context, b *bench) {
	shown := make([][]promptness, len(b.contenders))
	errs := make([]error, len(b.contenders))
	for repeat := range max(1, b.pace.repeats/b.fewer) {
		for k, c := range b.contenders {
			if k == classicAt || errs[k] != nil {
				continue
			}
			p, err := b.pace.serve(ctx, b, c, fmt.Sprintf("quiet-%d-%d", k, repeat))
			if err != nil {
				errs[k] = err
				b.disband(c.rival)
				continue
			}
			shown[k] = append(shown[k], p)
		}
	}
	b.show(b.pace.figures(shown, errs)...)
	table := &comparison{title: promptTitle}
	var names, cells []string
	for k, c := range b.contenders {
		if k != classicAt {
			names, cells = append(names, c.name), append(cells, promptCell(shown[k]))
		}
	}
	table.compare(b.pace.String(), names, cells)
	b.comparisons = append(b.comparisons, table)
}

func (p pace) String() string {
	return fmt.Sprintf("%.0f/s to %d readers", 1/p.interval.Seconds(), p.readers)
}

func (p pace) serve(ctx context.Context, b *bench, c contender, room string) (promptness, error) {
	crowd, err := b.crowdOf(ctx, c.rival)
	if err != nil {
		return promptness{}, err
	}
	m, err := crowd.openRoom(ctx, room)
	if err != nil {
		return promptness{}, err
	}
	a, err := crowd.gather(ctx, c.reads, room, p.readers)
	if err != nil {
		return promptness{}, err
	}
	defer a.close()
	return p.listen(ctx, b, a, m)
}

// listen warms up, posts the messages and tells how prompt they were.
func (p pace) listen(ctx context.Context, b *bench, a *audience, m *message) (promptness, error) {
	if err := a.listen(ctx, m, 5, maxInFlight, p.interval); err != nil {
		return promptness{}, err
	}
	runtime.GC() // now rather than while we measure
	if err := pause(ctx, b.rest); err != nil {
		return promptness{}, err
	}
	deliveries := p.messages * len(a.readers)
	tell := a.time(deliveries)
	before, _ := cpuTime(a.crowd.pid())
	if err := a.listen(ctx, m, p.messages, maxInFlight, p.interval); err != nil {
		return promptness{}, err
	}
	after, _ := cpuTime(a.crowd.pid())
	waits := tell()
	return promptness{
		p50: quantile(waits, 50), p99: quantile(waits, 99),
		cost: (after - before).Seconds() / float64(deliveries) * 1e6,
	}, nil
}

// quantile returns the value that percent of the sorted values do not exceed.
func quantile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*percent/100]
}

func (p pace) figures(shown [][]promptness, errs []error) []figure {
	how := fmt.Sprintf("%d messages of %d bytes to a durable room; from before one is written to when a reader of the load has it, over all deliveries",
		p.messages, textBytes)
	beside := "the hub's by that of one write(2) each, in turns"
	p50 := figure{name: p.String() + ": p50", target: noTarget(milliseconds), how: how, err: errs[hubAt]}
	p99 := figure{name: p.String() + ": p99", target: noTarget(milliseconds), how: how, err: errs[hubAt]}
	by50 := figure{name: p.String() + ": p50 by one write(2) each", target: atMost(1.6, factor), how: beside, err: errs[floorAt]}
	by99 := figure{name: p.String() + ": p99 by one write(2) each", target: atMost(1.6, factor), how: beside, err: errs[floorAt]}
	cost := figure{name: p.String() + ": cost", target: atMost(13, cpuPerMillion), how: "CPU time of the hub for them, per million deliveries"}
	for i, own := range shown[hubAt] {
		p50.values, p99.values = append(p50.values, inMilliseconds(own.p50)), append(p99.values, inMilliseconds(own.p99))
		if own.cost > 0 {
			cost.values = append(cost.values, own.cost)
		}
		if i < len(shown[floorAt]) {
			floor := shown[floorAt][i]
			by50.values = append(by50.values, float64(own.p50)/float64(floor.p50))
			by99.values = append(by99.values, float64(own.p99)/float64(floor.p99))
		}
	}
	if len(cost.values) == 0 && errs[hubAt] == nil {
		cost.err = errOnlyLinux
	}
	return []figure{p50, p99, by50, by99, cost}
}

func promptCell(all []promptness) string {
	if len(all) == 0 {
		return "not measured"
	}
	var p50, p99 []time.Duration
	var costs []float64
	for _, p := range all {
		p50, p99, costs = append(p50, p.p50), append(p99, p.p99), append(costs, p.cost)
	}
	return fmt.Sprintf("%.1f / %.1f ms (%.3g)", inMilliseconds(median(p50)), inMilliseconds(median(p99)), median(costs))
}
