package notify_test

import (
	"regexp"
	"strings"
	"testing"

	"hearth/backend/fault"
	"hearth/backend/notify"
	"hearth/backend/topic"
)

// A notification topic's name can stand in a path, in JSON and in the name of its topic as it is.
func FuzzCheckTopic(f *testing.F) {
	for _, seed := range []string{"backups", "UPPER-case_1", "", "..", "a/b", "a,b", "a.b", "a\n", "é", "a\x00", strings.Repeat("a", notify.MaxTopicName+1)} {
		f.Add(seed)
	}
	good := regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
	f.Fuzz(func(t *testing.T, name string) {
		err := notify.CheckTopic(name)
		if (err == nil) != good.MatchString(name) || err == nil && !topic.ValidName("notify/"+name) {
			t.Errorf("CheckTopic(%q): %v", name, err)
		}
		if err != nil && (!fault.Is(err, fault.BadRequest) || fault.From(err).Field != "topic") {
			t.Errorf("CheckTopic(%q): %v", name, err)
		}
	})
}
