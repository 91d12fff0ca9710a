//go:build !windows

package main

import (
	"fmt"
	"os"
)

// complain says text to the person who started the program.
func complain(text string) { fmt.Fprintln(os.Stderr, text) }
