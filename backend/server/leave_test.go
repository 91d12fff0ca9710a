package server_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"hearth/backend/topic"
)

// slowToOpen is the memory ring; opening the topic of that name lets meanwhile happen first.
type slowToOpen struct {
	*topic.Ring
	name      string
	meanwhile func()
	once      sync.Once
}

func (e *slowToOpen) Open(ctx context.Context, name string, r topic.Retention, committed func(topic.Commit)) (topic.Log, error) {
	if name == e.name {
		e.once.Do(e.meanwhile)
	}
	return e.Ring.Open(ctx, name, r, committed)
}

// leavesWhileOpening returns a hub, and the cookie of a member who signs out while her own request opens that topic: when
// the request was let in she was a member, when its stream begins she is none, and when she left it was in no list yet.
func leavesWhileOpening(t *testing.T, name string) (h *hub, cookie string) {
	t.Helper()
	engine := &slowToOpen{Ring: topic.NewRing(), name: name}
	h = newHubOn(t, engine)
	h.serve(t, listen(t))
	_, cookie = joined(t, h, "ada")
	engine.meanwhile = func() {
		if got := call(t, "POST", h.url+"/api/leave", "", "Cookie", cookie); got.status != 204 {
			t.Errorf("leave: %d %s", got.status, got.body)
		}
	}
	return h, cookie
}

func TestWhoSignsOutDuringAHandshakeIsClosed(t *testing.T) {
	h, cookie := leavesWhileOpening(t, "room/attic")
	c := dial(t, h, "/chat/attic", "Cookie", cookie)
	c.wantClosed(4003)
}

func TestWhoSignsOutWhileAStreamBeginsGetsNoMore(t *testing.T) {
	for path, name := range map[string]string{
		"/api/topics/notify/builds?follow=1": "notify/builds",
		"/backups/json":                      "notify/backups",
	} {
		h, cookie := leavesWhileOpening(t, name)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", h.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", cookie)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body) // ends: nothing more will come
		if err != nil || res.StatusCode != 200 || strings.Contains(string(body), "message") {
			t.Errorf("%s: %d %q, %v; want a stream that ends", path, res.StatusCode, body, err)
		}
	}
}
