package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	barCells   = 24 // width of a bar
	labelCells = 12 // width of the column of names
)

// screen draws readings over each other on a terminal. The last one stays when the command ends.
type screen struct {
	out   io.Writer
	size  func() (columns, rows int, err error)
	lines int // drawn the last time, which the next drawing goes up by
}

func (s *screen) draw(r reading) error {
	columns, rows, err := s.size()
	if err != nil || columns <= 0 || rows <= 0 {
		columns, rows = 80, 24
	}
	lines := layout(r)
	lines = lines[:min(len(lines), max(1, rows-1))] // a drawing that scrolls could not be drawn over
	var b strings.Builder
	if s.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", s.lines)
	}
	b.WriteString("\r\x1b[J")
	for _, line := range lines {
		b.WriteString(clip(line, columns-1))
		b.WriteByte('\n')
	}
	s.lines = len(lines)
	_, err = io.WriteString(s.out, b.String())
	return err
}

// clip shortens a line to so many cells; each rune drawn here is one wide.
func clip(line string, cells int) string {
	if runes := []rune(line); len(runes) > cells {
		return string(runes[:max(0, cells)])
	}
	return line
}

func layout(r reading) []string {
	lines := []string{"Hearth " + r.Timestamp.Local().Format("15:04:05") + "    Ctrl-C ends", ""}
	add := func(label, format string, args ...any) {
		lines = append(lines, fmt.Sprintf("%-*s%s", labelCells, clip(label, labelCells-1), fmt.Sprintf(format, args...)))
	}
	if r.CPU != nil {
		add("cpu", "%s  %s", bar(r.CPU.Percent), cores(r.CPU.PerCore))
	}
	if r.Memory != nil {
		add("memory", "%s", filled(r.Memory.percent(), *r.Memory))
	}
	if r.Swap != nil && r.Swap.Total > 0 {
		add("swap", "%s", filled(r.Swap.percent(), *r.Swap))
	}
	for _, d := range r.Disks {
		add(oneLine(d.Mount), "%s", filled(&d.Percent, d.usage))
	}
	lines = append(lines, "")
	if len(r.Load) > 0 {
		add("load", "%s", loads(r.Load))
	}
	if r.DiskIO != nil {
		add("disk", "read %-12s write %s", rate(r.DiskIO.Read), rate(r.DiskIO.Write))
	}
	for _, n := range r.Net {
		add(oneLine(n.Name), "in   %-12s out   %s", rate(n.Received), rate(n.Sent))
	}
	for _, t := range r.Temperatures {
		add("heat", "%.0f °C  %s", t.Celsius, oneLine(t.Sensor))
	}
	if r.UptimeSec > 0 {
		add("up", "%s", span(time.Duration(r.UptimeSec)*time.Second))
	}
	if r.Processes > 0 {
		add("processes", "%d", r.Processes)
	}
	return lines
}

// bar draws a percentage, with the number behind it.
func bar(p *float64) string {
	full := 0
	if p != nil {
		full = max(0, min(int(*p/100*barCells+0.5), barCells))
	}
	return strings.Repeat("█", full) + strings.Repeat("░", barCells-full) + fmt.Sprintf(" %6s", percent(p))
}

func filled(p *float64, u usage) string {
	return fmt.Sprintf("%s  %s of %s", bar(p), size(u.Used), size(u.Total))
}

// heights draw a load from none to all.
var heights = []rune("▁▂▃▄▅▆▇█")

// cores draws each core as one cell whose height is its load.
func cores(percents []*float64) string {
	var b strings.Builder
	for _, p := range percents {
		if p == nil {
			b.WriteByte(' ')
			continue
		}
		i := int(*p / 100 * float64(len(heights)))
		b.WriteRune(heights[max(0, min(i, len(heights)-1))])
	}
	return b.String()
}
