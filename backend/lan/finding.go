package lan

import (
	"cmp"
	"slices"
)

// Finding is one answer to why nobody from another device comes in, or that this cause is ruled out.
type Finding struct {
	Code    string         `json:"code"`    // such as firewall_ufw; the page has a sentence of its own for each
	Level   string         `json:"level"`   // LevelOK, LevelNote or LevelWarn
	Text    string         `json:"text"`    // one English sentence
	Command string         `json:"command"` // what to run to mend it; "" = there is none
	Args    map[string]any `json:"args"`    // what the page's sentence names
}

// The levels of a finding.
const (
	LevelOK   = "ok"   // looked at, and not the cause
	LevelNote = "note" // may be the cause; this computer cannot tell
	LevelWarn = "warn" // keeps others out, as far as can be seen
)

// byWeight puts what most likely keeps others out first and leaves the order otherwise as it is.
func byWeight(findings []Finding) []Finding {
	weights := []string{LevelWarn, LevelNote, LevelOK}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(weights, a.Level), slices.Index(weights, b.Level))
	})
	return findings
}
