package bench

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// errOnlyLinux is a reason that is no failure.
var errOnlyLinux = errors.New("only Linux tells or allows this")

// figure is one line of the table.
type figure struct {
	name   string
	target target
	values []float64 // one per repeat, in the target's unit
	how    string    // what was done
	err    error     // why there are no values, or fewer than there should be
}

// target is what a figure should be. The zero bound is no target: the figure is shown for comparison.
type target struct {
	bound   float64
	atLeast bool // else at most
	none    bool
	unit    unit
}

func atMost(bound float64, u unit) target  { return target{bound: bound, unit: u} }
func atLeast(bound float64, u unit) target { return target{bound: bound, atLeast: true, unit: u} }
func noTarget(u unit) target               { return target{none: true, unit: u} }

func (t target) met(value float64) bool {
	if t.atLeast {
		return value >= t.bound
	}
	return value <= t.bound
}

func (t target) String() string {
	switch {
	case t.none:
		return "-"
	case t.atLeast:
		return "≥ " + t.unit(t.bound)
	}
	return "≤ " + t.unit(t.bound)
}

// unit shows a value.
type unit func(float64) string

func milliseconds(v float64) string  { return fmt.Sprintf("%.2f ms", v) }
func megabytes(v float64) string     { return fmt.Sprintf("%.1f MB", v) }
func ofCore(v float64) string        { return fmt.Sprintf("%.3f %%", v) }
func cpuPerMillion(v float64) string { return fmt.Sprintf("%.2f CPU s/M", v) }
func count(v float64) string         { return fmt.Sprintf("%.0f", v) }
func factor(v float64) string        { return fmt.Sprintf("×%.3g", v) }
func kilobytes(v float64) string     { return fmt.Sprintf("%.1f KB", v) }
func microseconds(v float64) string  { return fmt.Sprintf("%.1f µs", v) }

func perSecond(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.2f M/s", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.1f k/s", v/1e3)
	}
	return fmt.Sprintf("%.0f /s", v)
}

// median of at least one value.
func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// spread is the smallest and the largest value, and how many there are.
func (f figure) spread() string {
	return fmt.Sprintf("%s – %s (%d)", f.target.unit(slices.Min(f.values)), f.target.unit(slices.Max(f.values)), len(f.values))
}

// verdict says whether the target is met, and else by how much of it the median is off.
func (f figure) verdict() string {
	got := median(f.values)
	switch {
	case f.target.none:
		return ""
	case f.target.met(got):
		return "ok"
	case f.target.bound == 0:
		return "MISSED"
	}
	return fmt.Sprintf("MISSED by %.0f %%", 100*math.Abs(got-f.target.bound)/f.target.bound)
}
