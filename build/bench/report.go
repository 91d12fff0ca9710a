package bench

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// report is what a run of the bench has to tell. It prints each figure when it is there, and keeps it.
type report struct {
	out         io.Writer
	head        []string // when, where
	figures     []figure
	comparisons []*comparison
}

const row = "%-52s %14s %14s  %-32s %s\n"

func (r *report) begin(head ...string) {
	r.head = head
	fmt.Fprintf(r.out, "Hearth bench, %s\n\n", strings.Join(head, "\n"))
	fmt.Fprintf(r.out, row, "figure", "target", "median", "min – max", "")
}

func (r *report) show(figures ...figure) {
	for _, f := range figures {
		r.figures = append(r.figures, f)
		f.print(r.out)
	}
}

// failed counts the figures that could not be measured for a reason that is not in the nature of this computer.
func (r *report) failed() (n int) {
	for _, f := range r.figures {
		if f.err != nil && !errors.Is(f.err, errOnlyLinux) {
			n++
		}
	}
	return n
}

func (f figure) print(out io.Writer) {
	if len(f.values) == 0 {
		fmt.Fprintf(out, row, f.name, f.target, "not measured", "", "")
	} else {
		fmt.Fprintf(out, row, f.name, f.target, f.target.unit(median(f.values)), f.spread(), f.verdict())
	}
	fmt.Fprintf(out, "    %s\n", f.how)
	if f.err != nil {
		fmt.Fprintf(out, "    %s\n", strings.ReplaceAll(f.err.Error(), "\n", "\n    "))
	}
}

// comparison sets side by side what was measured in the same minutes.
type comparison struct {
	title   string
	columns []string
	rows    [][]string // the first cell says what was compared
	notes   []string
}

// compare adds a row; the names of the columns are those of every row.
func (c *comparison) compare(what string, names, cells []string) {
	c.columns = names
	c.rows = append(c.rows, append([]string{what}, cells...))
}

func (c *comparison) print(out io.Writer) {
	const cell = "  %-26s"
	fmt.Fprintf(out, "\n%s\n%-28s", c.title, "")
	for _, name := range c.columns {
		fmt.Fprintf(out, cell, name)
	}
	for _, cells := range c.rows {
		fmt.Fprintf(out, "\n%-28s", cells[0])
		for _, text := range cells[1:] {
			fmt.Fprintf(out, cell, text)
		}
	}
	fmt.Fprintln(out)
	for _, note := range c.notes {
		fmt.Fprintf(out, "    %s\n", note)
	}
}
