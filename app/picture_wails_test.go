//go:build production && devtools && linux

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// pictureSamples fill the monitor's charts, one a second.
const pictureSamples = 110

// TestWindowPicture fills a hub with a small scene and writes its window to the file that HEARTH_WINDOW_SHOT names: the
// picture in README.md.
func TestWindowPicture(t *testing.T) {
	file := os.Getenv("HEARTH_WINDOW_SHOT")
	if file == "" {
		t.Skip("HEARTH_WINDOW_SHOT names no file")
	}
	o := onDisplay(t).open()
	o.call(http.MethodPatch, "/api/me", map[string]string{"name": "ada"}, nil)
	bob, eve := o.join("bob"), o.join("eve")
	eve.say("lobby", "Morning! Is the projector for tonight sorted?")
	bob.say("lobby", "Yes, it is in the back room, next to the **long** cable.")
	eve.say("lobby", "Then I bring the film, @ada brings the snacks")
	bob.say("garden", "The tomatoes want water today.")
	o.call(http.MethodPost, "/api/rooms/lobby/messages", map[string]string{"text": "Deal. Doors open at seven."}, nil)
	o.post("/chat/lobby?name=backup", "Nightly copy of `photos` is done: 41 s")
	o.desk.must("pub", "--title", "Nightly", "--tags", "floppy_disk", "backups", "Backup done")
	samples := o.desk.start("monitor")
	for range pictureSamples {
		samples.line()
	}
	if _, err := o.page.eval(`window.before = true; location.reload()`); err != nil { // the page learned the owner's name when it opened
		t.Fatal(err)
	}
	o.until("the scene in a page that is ada's", `!window.before && document.body.innerText.includes('Nightly copy') && document.querySelector('canvas') !== null && document.fonts.status === 'loaded'`)
	png, err := o.page.picture(startWidth, startHeight)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// guest is somebody who joined in a browser and has the page open.
type guest struct {
	hub    *opened
	client *http.Client
}

func (o *opened) join(name string) guest {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	g := guest{o, &http.Client{Jar: jar}}
	g.post("/api/join", map[string]string{"name": name})
	c, _, err := websocket.Dial(o.t.Context(), strings.Replace(o.url, "http", "ws", 1)+"/ws", &websocket.DialOptions{
		HTTPClient: g.client, HTTPHeader: http.Header{"Origin": {o.url}}, Subprotocols: []string{"hearth.v1"},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	c.CloseRead(o.t.Context()) // answers pings, so that the guest stays
	o.t.Cleanup(func() { c.CloseNow() })
	return g
}

func (g guest) say(room, text string) {
	g.hub.t.Helper()
	if room != "lobby" {
		g.post("/api/rooms", map[string]string{"room": room})
	}
	g.post("/api/rooms/"+room+"/messages", map[string]string{"text": text})
}

func (g guest) post(path string, body any) {
	g.hub.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		g.hub.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(g.hub.t.Context(), http.MethodPost, g.hub.url+path, bytes.NewReader(b))
	if err != nil {
		g.hub.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", g.hub.url) // as a browser
	res, err := g.client.Do(req)
	if err != nil {
		g.hub.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		g.hub.t.Fatalf("post %s: %s", path, res.Status)
	}
}
