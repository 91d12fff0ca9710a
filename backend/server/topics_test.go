package server_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestTopicsOverHTTPBeginWhereTheyAreAsked(t *testing.T) {
	h := openHub(t)
	ada, cookie := joined(t, h, "ada")
	for i := range 60 {
		postAs(t, h, "lobby", ada.Face, fmt.Sprint(i+1))
	}
	epoch := h.position(t, "room/lobby").Epoch
	for query, want := range map[string]struct{ first, count int }{
		"":                               {11, 50},
		"?last=3":                        {58, 3},
		"?last=0":                        {61, 0},
		"?since=all":                     {1, 60},
		"?since=now":                     {61, 0},
		"?since=" + epoch + "/57":        {58, 3},
		"?since=" + epoch + "/60":        {61, 0},
		"?last=2&since=" + epoch + "/50": {51, 10},
	} {
		got := call(t, "GET", h.url+"/api/topics/room/lobby"+query, "", "Cookie", cookie)
		position := fmt.Sprintf("%s/%d", epoch, want.first-1)
		if got.status != 200 || got.header.Get("X-Hearth-Position") != position || got.header.Get("Content-Type") != "application/x-ndjson; charset=utf-8" {
			t.Errorf("%q: got %d %v, want %s", query, got.status, got.header, position)
		}
		lines := strings.Split(strings.TrimSuffix(got.body, "\n"), "\n")
		if got.body == "" {
			lines = nil
		}
		if len(lines) != want.count {
			t.Errorf("%q: got %d lines, want %d", query, len(lines), want.count)
		} else if want.count > 0 && into[envelope](t, lines[0]).Seq != uint64(want.first) {
			t.Errorf("%q: begins with %s, want seq %d", query, lines[0], want.first)
		}
	}
	got := call(t, "GET", h.url+"/api/topics/room/lobby?since=lost/7", "", "Cookie", cookie)
	if !strings.HasPrefix(got.body, `{"topic":"room/lobby","kind":"reset","position":{"epoch":"`+epoch+`","seq":10}}`+"\n") || strings.Count(got.body, "\n") != 51 {
		t.Errorf("another history: got %.200s", got.body)
	}
	if got := call(t, "HEAD", h.url+"/api/topics/room/lobby?follow=1", "", "Cookie", cookie); got.status != 200 || got.header.Get("X-Hearth-Position") == "" {
		t.Errorf("HEAD: got %d %v", got.status, got.header)
	}
}

func TestTopicsUnderNotifyBeginAsNtfyHasIt(t *testing.T) {
	h := openHub(t)
	first := into[note](t, call(t, "POST", h.url+"/a", "one").body)
	call(t, "POST", h.url+"/a", "two")
	for since, want := range map[string]int{first.ID: 1, "10m": 2, "all": 2, "latest": 1, "none": 0} {
		if got := call(t, "GET", h.url+"/api/topics/notify/a?since="+since, ""); strings.Count(got.body, "\n") != want {
			t.Errorf("since=%s: got %q, want %d lines", since, got.body, want)
		}
	}
}

// An EventSource that loses its connection sends the id of the last event it saw.
func TestServerSentEventsResumeByTheirIDs(t *testing.T) {
	h := openHub(t)
	ada, cookie := joined(t, h, "ada")
	postAs(t, h, "lobby", ada.Face, "one")
	connect := func(last string) (next func() string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", h.url+"/api/topics/room/lobby?last=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", cookie)
		req.Header.Set("Accept", "text/event-stream")
		if last != "" {
			req.Header.Set("Last-Event-ID", last)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		if got := res.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
			t.Fatalf("Content-Type is %q", got)
		}
		lines := bufio.NewScanner(res.Body)
		return func() string {
			t.Helper()
			if !lines.Scan() {
				t.Fatal("the stream ended", lines.Err())
			}
			return lines.Text()
		}
	}
	event := func(next func() string) (id, text string) {
		t.Helper()
		id, data, end := next(), next(), next()
		if !strings.HasPrefix(id, "id: ") || !strings.HasPrefix(data, "data: {") || end != "" {
			t.Fatalf("got %q %q %q, want an event", id, data, end)
		}
		return id[4:], textIn(t, into[envelope](t, data[6:]))
	}
	next := connect("")
	id, text := event(next)
	if want := fmt.Sprintf("%s/1", h.position(t, "room/lobby").Epoch); id != want || text != "one" {
		t.Errorf("got %s %s, want %s one", id, text, want)
	}
	postAs(t, h, "lobby", ada.Face, "two")
	postAs(t, h, "lobby", ada.Face, "three")
	next = connect(id)
	for _, want := range []string{"two", "three"} {
		if _, text := event(next); text != want {
			t.Errorf("after resuming: got %s, want %s", text, want)
		}
	}
}
