package backend_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth/backend"
)

// asOwner makes a request with the token of the data folder, and fails the test unless it is answered as wanted.
func asOwner(t *testing.T, h *backend.Hub, data, method, path, body string, want int) {
	t.Helper()
	token, err := backend.AdminToken(data)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, h.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != want {
		t.Fatalf("%s %s: %s, want %d", method, path, res.Status, want)
	}
}

// TestWhatIsClearedLeavesTheDisk goes through the whole hub: messages, their edits, mentions, and a room's title.
func TestWhatIsClearedLeavesTheDisk(t *testing.T) {
	const secret = "the-cat-is-called-Mia"
	data := t.TempDir()
	h, stop := runHub(t, data)
	mention := "@" + redeem(t, h)
	for _, room := range []string{"lobby", "builds"} {
		for i := range 50 {
			call(t, "POST", h.URL()+"/chat/"+room, fmt.Sprintf("%s %s %d", secret, mention, i))
		}
	}
	asOwner(t, h, data, "PATCH", "/api/rooms/builds", `{"title":"`+secret+`"}`, 200)
	inFile := func() int {
		b, err := os.ReadFile(filepath.Join(data, "hearth.db"))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(b, []byte(secret))
	}
	if n := inFile(); n < 200 { // each message, and the mention of it
		t.Fatalf("need the text in the file for this test to mean anything, it has %d copies", n)
	}
	asOwner(t, h, data, "POST", "/api/rooms/lobby/clear", "", 200)
	asOwner(t, h, data, "DELETE", "/api/rooms/builds", "", 204)
	stop()
	if n := inFile(); n != 0 {
		t.Errorf("the file has %d copies of what was cleared and deleted", n)
	}
	h, _ = runHub(t, data)
	if got := texts(t, h); strings.Join(got, "") != "" {
		t.Errorf("after a restart the lobby holds %q", got)
	}
	if rooms := call(t, "GET", h.URL()+"/api/rooms", ""); bytes.Contains(rooms, []byte("builds")) {
		t.Errorf("after a restart the rooms are %s", rooms)
	}
}
