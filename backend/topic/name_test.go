package topic_test

import (
	"regexp"
	"strings"
	"testing"

	"hearth/backend/topic"
)

var (
	documented = regexp.MustCompile(`^[a-zA-Z0-9._-]+(/[a-zA-Z0-9._-]+)*$`)
	dotsAlone  = regexp.MustCompile(`(^|/)\.+(/|$)`)
)

// A name is valid if it is as ValidName documents it, which means that it can stand in a path and in JSON as it is.
func FuzzValidName(f *testing.F) {
	for _, seed := range []string{
		"room/lobby", "peer/7f3a", "a", "", "/", "a/", "/a", "a//b", "../a", "a/...", "a.b/c-d_e", "é", "a\n", "a\x00", "a b", "a%2fb",
		strings.Repeat("a", 128), strings.Repeat("a", 129),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		want := len(name) <= 128 && documented.MatchString(name) && !dotsAlone.MatchString(name)
		if got := topic.ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %v", name, got)
		}
	})
}
