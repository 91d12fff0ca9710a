package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// printable takes out of a stranger's text what could steer a terminal: control characters, escape sequences with them, and
// marks that turn the direction of what follows. Line ends and tabs stay.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
}

// oneLine is printable with the lines of s joined by spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(printable(s)), " ") }

// indented is printable with each further line moved in, so that only the first line of a message starts at the left edge.
func indented(s string) string {
	return strings.ReplaceAll(strings.TrimRight(printable(s), "\n"), "\n", "\n       ")
}

// clock is the local time of t to the minute, with the date unless that is today's.
func clock(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// moment is the time of t, or what none says.
func moment(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return clock(t, time.Now())
}

// words makes a code such as used_up readable.
func words(code string) string { return strings.ReplaceAll(code, "_", " ") }

// size is a number of bytes for people, in powers of 1024.
func size(bytes float64) string {
	const units = "KMGTPE"
	if bytes < 1024 {
		return fmt.Sprintf("%.0f B", bytes)
	}
	unit := -1
	for bytes >= 1024 && unit < len(units)-1 {
		bytes /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", bytes, units[unit])
}

// counted is a number with what it counts, in the one form or the other.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// span is a duration for people, in its two largest units.
func span(d time.Duration) string {
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}
