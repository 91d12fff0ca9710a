package main

import (
	"errors"
	"strings"

	"github.com/alecthomas/kong"
)

// misused makes a usage error of what the parser found: what is wrong, what was meant perhaps, and where to read on.
func misused(parser *kong.Kong, err error) error {
	path := "hearth"
	var parse *kong.ParseError
	if errors.As(err, &parse) {
		if selected := parse.Context.Selected(); selected != nil && !selected.Hidden {
			path = selected.FullPath()
		}
	}
	what := err.Error()
	// With a default command the parser takes an unknown one for an argument of that.
	if word, ok := strings.CutPrefix(what, "unexpected argument "); ok && path == "hearth" {
		what = "there is no command " + word
		if meant := nearest(word, commands(parser)); meant != "" {
			what += ", did you mean \"" + meant + "\"?"
		}
	}
	return usageError("%s\nRun \"%s --help\" for what it takes.", what, path)
}

func commands(parser *kong.Kong) []string {
	var names []string
	for _, node := range parser.Model.Children {
		if !node.Hidden {
			names = append(names, node.Name)
		}
	}
	return names
}

// mistypes is how many letters of a command may be wrong before another is no longer meant.
const mistypes = 2

// nearest returns the name that word was probably meant to be, or "".
func nearest(word string, names []string) string {
	best, found := mistypes+1, ""
	for _, name := range names {
		if d := distance(word, name); d < best {
			best, found = d, name
		}
	}
	return found
}

// distance is how many letters to insert, drop or change to make a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
