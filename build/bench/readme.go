package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
)

// The table stands in the README between these lines.
const (
	tableBegin = "<!-- bench: begin -->\n"
	tableEnd   = "<!-- bench: end -->\n"
)

// writeInto replaces the table in a Markdown file by this report.
func (r *report) writeInto(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(text, []byte(tableBegin))
	_, after, ends := bytes.Cut(rest, []byte(tableEnd))
	if !begins || !ends {
		return errors.New(path + " has no lines " + strings.TrimSpace(tableBegin) + " and " + strings.TrimSpace(tableEnd))
	}
	with := bytes.Join([][]byte{before, []byte(tableBegin + r.markdown() + tableEnd), after}, nil)
	return os.WriteFile(path, with, 0o644)
}

// markdown is the figures that have a target, and the comparisons.
func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n| figure | target | median | min – max (runs) | |\n|---|---|---|---|---|\n", strings.Join(r.head, "; "))
	for _, f := range r.figures {
		switch {
		case f.target.none:
		case len(f.values) == 0:
			fmt.Fprintf(&b, "| %s | %s | not measured | | |\n", f.name, f.target)
		default:
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", f.name, f.target, f.target.unit(median(f.values)), f.spread(), f.verdict())
		}
	}
	for _, c := range r.comparisons {
		c.markdown(&b)
	}
	return b.String()
}

func (c *comparison) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s:\n\n| | %s |\n|---|%s\n", c.title, strings.Join(c.columns, " | "), strings.Repeat("---|", len(c.columns)))
	for _, cells := range c.rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	for _, note := range c.notes {
		fmt.Fprintf(b, "\n%s\n", note)
	}
}
