package monitor

import (
	"math"
	"time"
)

// longestGap is how far apart two readings may be for their difference to say something about now.
const longestGap = 3 * time.Second

// apart returns the seconds between two readings, and false when they say nothing together: in the wrong order, or with
// a gap. The wall clock counts too, as the monotonic one stands still while some systems sleep.
func apart(before, now time.Time) (float64, bool) {
	elapsed, wall := now.Sub(before), now.Round(0).Sub(before.Round(0))
	return elapsed.Seconds(), elapsed > 0 && elapsed <= longestGap && wall <= longestGap
}

// cores turns readings of the cores into shares of time.
type cores struct {
	at     time.Time
	before map[string]CPUTimes // nil before the first reading
}

// next returns the shares since the reading before. A core that cannot be compared is left out of the totals.
func (c *cores) next(at time.Time, times []CPUTimes) *CPU {
	_, comparable := apart(c.at, at)
	usage := &CPU{PerCore: make([]*float64, len(times))}
	var all CPUTimes
	seen := make(map[string]CPUTimes, len(times))
	for i, t := range times {
		seen[t.Name] = t
		before, known := c.before[t.Name]
		d, ok := t.since(before)
		if !comparable || !known || !ok {
			continue
		}
		usage.PerCore[i] = new(percent(d.busy(), d.total()))
		all = all.plus(d)
	}
	c.at, c.before = at, seen
	if all.total() > 0 {
		usage.Percent = new(percent(all.busy(), all.total()))
		usage.User = new(percent(all.User, all.total()))
		usage.System = new(percent(all.System, all.total()))
		usage.IOWait = new(percent(all.IOWait, all.total()))
		usage.Steal = new(percent(all.Steal, all.total()))
	}
	return usage
}

// since returns what a core did after the reading before; false when its counters were set back. Linux may take back some
// idle and waiting time on an ordinary day, which is not a reset.
func (t CPUTimes) since(before CPUTimes) (CPUTimes, bool) {
	d := CPUTimes{
		User:      t.User - before.User,
		System:    t.System - before.System,
		Interrupt: t.Interrupt - before.Interrupt,
		Idle:      max(t.Idle-before.Idle, 0),
		IOWait:    max(t.IOWait-before.IOWait, 0),
		Steal:     t.Steal - before.Steal,
	}
	return d, min(d.User, d.System, d.Interrupt, d.Steal) >= 0 && d.total() > 0
}

func (t CPUTimes) plus(d CPUTimes) CPUTimes {
	return CPUTimes{
		User:      t.User + d.User,
		System:    t.System + d.System,
		Interrupt: t.Interrupt + d.Interrupt,
		Idle:      t.Idle + d.Idle,
		IOWait:    t.IOWait + d.IOWait,
		Steal:     t.Steal + d.Steal,
	}
}

func (t CPUTimes) busy() float64  { return t.User + t.System + t.Interrupt + t.Steal }
func (t CPUTimes) total() float64 { return t.busy() + t.Idle + t.IOWait }

// rate is what went through a device, in bytes per second; nil when it cannot be told.
type rate struct {
	name    string
	in, out *int64
}

// flows turns readings of byte counters into rates.
type flows struct {
	at     time.Time
	before map[string]Counter // nil before the first reading
	rates  []rate             // since the reading before that
}

// next returns the rates since the reading before, in the order of the counters.
func (f *flows) next(now Counters) []rate {
	if f.before != nil && now.At.Equal(f.at) {
		return f.rates
	}
	seconds, comparable := apart(f.at, now.At)
	rates := make([]rate, len(now.All))
	seen := make(map[string]Counter, len(now.All))
	for i, c := range now.All {
		seen[c.Name] = c
		rates[i].name = c.Name
		before, known := f.before[c.Name]
		if !comparable || !known || c.In < before.In || c.Out < before.Out {
			continue
		}
		rates[i].in = new(int64(math.Round(float64(c.In-before.In) / seconds)))
		rates[i].out = new(int64(math.Round(float64(c.Out-before.Out) / seconds)))
	}
	f.at, f.before, f.rates = now.At, seen, rates
	return rates
}

// sum adds up what can be told; nil when nothing can. A device that is new or was set back is left out.
func sum(rates []rate) (in, out *int64) {
	for _, r := range rates {
		if r.in == nil {
			continue
		}
		if in == nil {
			in, out = new(int64), new(int64)
		}
		*in += *r.in
		*out += *r.out
	}
	return in, out
}
