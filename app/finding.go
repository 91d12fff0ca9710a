package main

import (
	"fmt"

	"hearth/backend"
)

// printFindings prints each finding with the command that mends it below.
func printFindings(findings []backend.Finding) {
	for _, f := range findings {
		fmt.Printf("  %-5s %s\n", f.Level, oneLine(f.Text))
		if f.Command != "" {
			fmt.Printf("          %s\n", oneLine(f.Command))
		}
	}
}
