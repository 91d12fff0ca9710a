package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// printTable writes rows, the first of which is the head, in columns; or, where the head is alone, what none says.
func printTable(w io.Writer, rows [][]string, none string) error {
	if len(rows) == 1 {
		_, err := fmt.Fprintln(w, none)
		return err
	}
	columns := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = strings.ReplaceAll(oneLine(cell), "\t", " ")
		}
		fmt.Fprintln(columns, strings.Join(cells, "\t"))
	}
	return columns.Flush()
}
