package soak_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hearth/build/soak"
)

// line is an entry of the room lobby as a hub tells it; ada, with the id a1, posted the messages m1, m2 and so on.
func line(seq int, id string) string {
	return fmt.Sprintf(`{"topic":"room/lobby","seq":%d,"kind":"message","data":{"from":{"id":"a1"},"text":"this is %s","client_id":"%s"}}`+"\n", seq, id, id)
}

// TestAuditFindsEveryBrokenPromise lets a hub that promised m1 to m3 tell all kinds of histories.
func TestAuditFindsEveryBrokenPromise(t *testing.T) {
	kept := line(1, "m1") + line(2, "m2") + line(3, "m3")
	for history, complaint := range map[string]string{
		kept:                          "",
		kept + line(4, "m4"):          "", // sent, and nobody knew
		line(1, "m1") + line(2, "m2"): "ends with entry 2, but 3 was promised to m3",
		line(1, "m1") + line(3, "m3"): "a message 3 where message 2 comes next",
		line(1, "m2") + line(2, "m1") + line(3, "m3"):                           "entry 1 of room lobby is m2, but was promised to m1",
		kept + line(4, "m2"):                                                    "entries 2 and 4 of room lobby are both m2",
		kept + line(4, "m9"):                                                    "posted by nobody",
		strings.Replace(kept, "is m2", "was m2", 1):                             "is not what m2 was",
		strings.Replace(kept, `"a1"`, `"b2"`, 1):                                "is not what m1 was",
		`{"topic":"room/lobby","kind":"gap","missed":1}` + "\n" + line(2, "m2"): "a gap 0 where message 1 comes next",
		"": "ends with entry 0, but",
	} {
		hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Hearth-Position", "q3/0")
			io.WriteString(w, history)
		}))
		err := soak.AuditOf(t.Context(), hub.URL, "a1", []string{"m1", "m2", "m3"}, "m4")
		hub.Close()
		if got := fmt.Sprint(err); (err == nil) != (complaint == "") || !strings.Contains(got, complaint) && complaint != "" {
			t.Errorf("got %v, want %q, of the history\n%s", err, complaint, history)
		}
	}
}

// TestPromisingANumberTwiceIsNoticed is the story of a hub that uses a number again after a crash.
func TestPromisingANumberTwiceIsNoticed(t *testing.T) {
	if err := soak.PromiseTwice(); err == nil || !strings.Contains(err.Error(), "promised to m1 and then to m2") {
		t.Errorf("got %v", err)
	}
}

func TestUnknownStoryIsRefused(t *testing.T) {
	err := soak.Main(t.Context(), []string{"--only", "earthquake"}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "kill, full, flush, slow") {
		t.Errorf("got %v, want the names there are", err)
	}
}
