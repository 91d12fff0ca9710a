package backend_test

import (
	"net/http"
	"strings"
	"testing"

	"hearth/backend"
)

func TestTheOwnersLimitsReachTheRooms(t *testing.T) {
	h, _ := runHubWith(t, backend.Config{Data: t.TempDir(), Limits: map[string]int{"text_bytes": 10, "rooms": 2}})
	for _, c := range []struct {
		room, text string
		want       int
	}{
		{"lobby", "ten bytes.", http.StatusCreated},
		{"lobby", "eleven byte", http.StatusRequestEntityTooLarge},
		{"attic", "a second", http.StatusCreated},
		{"cellar", "a third", http.StatusConflict},
	} {
		res, err := http.Post(h.URL()+"/chat/"+c.room, "text/plain", strings.NewReader(c.text))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("%q into %s: %d, want %d", c.text, c.room, res.StatusCode, c.want)
		}
	}
}
