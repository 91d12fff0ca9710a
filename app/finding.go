package main

import "fmt"

// finding is one answer to why nobody from another device comes in.
type finding struct {
	Code    string `json:"code"`
	Level   string `json:"level"` // ok, note or warn
	Text    string `json:"text"`
	Command string `json:"command"` // what mends it; may be empty
}

// printFindings prints each finding with the command that mends it below.
func printFindings(findings []finding) {
	for _, f := range findings {
		fmt.Printf("  %-5s %s\n", f.Level, oneLine(f.Text))
		if f.Command != "" {
			fmt.Printf("          %s\n", oneLine(f.Command))
		}
	}
}
