package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"
)

// The tests named attack_*_test.go do to a hub on real sockets what strangers and ill-meaning guests on a network may try. How
// long each thing may take to the second is shown in time_test.go, in a bubble whose clock is exact.

// attack is one of them. It returns when the hub has refused or closed all that it began, and reports what the hub did else.
// It leaves nothing open.
type attack func(t *testing.T, h *hub, k *talk)

// recovery is how long the hub may hold what attackers left behind.
const recovery = 10 * time.Second

// All attacks go on at once, while people who have nothing to do with them talk: each message arrives, once and in order. And
// when they are over, the hub is as before.
func TestPeopleTalkOnWhileTheHubIsAttacked(t *testing.T) {
	h := openHubOn(t, narrow)
	k := openTalk(t, h)
	prepareStall(t, h)
	k.say(t)
	rest := atRest(t, h)
	slamDoors(t, h, k) // whatever is made once is made
	rest.files, rest.bytes = 1<<20, 1<<40
	rest.wantAgain(t, h, k)
	rest.files, rest.bytes = openFiles(), heap()

	var under sync.WaitGroup
	for _, a := range []attack{
		slowHeads, slowBodies, strangersWithoutAWord, slamDoors,
		takeNothing, takeNoAnswers, flood,
		badFrames, badJSON, badRequests, tooMuch,
	} {
		under.Go(func() { a(t, h, k) })
	}
	over := make(chan struct{})
	go func() { under.Wait(); close(over) }()
	k.until(t, over)

	rest.wantAgain(t, h, k)
}

// load is what a hub holds, together with its clients in this process.
type load struct{ sessions, goroutines, files, bytes int }

func atRest(t *testing.T, h *hub) load {
	t.Helper()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return load{sessions(t, h), runtime.NumGoroutine(), openFiles(), heap()}
}

// wantAgain fails the test unless the hub comes back to that load within recovery.
func (l load) wantAgain(t *testing.T, h *hub, k *talk) {
	t.Helper()
	const slack = 4 << 20 // of memory, while hundreds of MB go by
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(recovery); ; <-look.C {
		k.say(t)
		now := atRest(t, h)
		if now.sessions == l.sessions && now.goroutines <= l.goroutines && now.files <= l.files && now.bytes <= l.bytes+slack {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v after it the hub holds %+v, before %+v", recovery, now, l)
		}
	}
}

// talk is what people say to each other meanwhile: ada writes and bob reads over sockets, and a third reads over HTTP.
type talk struct {
	ada, bob *client
	lines    *bufio.Scanner

	mu   sync.Mutex
	said int           // messages that arrived everywhere; guarded by mu
	bell chan struct{} // closed with the next one; guarded by mu
}

func openTalk(t *testing.T, h *hub) *talk {
	t.Helper()
	ada, cookie := joined(t, h, "ada")
	_, bob := joined(t, h, "bob")
	postAs(t, h, "lobby", ada.Face, "good morning")
	k := &talk{ada: hello(t, h, "Cookie", cookie), bob: hello(t, h, "Cookie", bob), bell: make(chan struct{})}
	k.bob.ok(1, `"op":"follow","topic":"room/lobby"`)
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), "GET", h.url+"/api/topics/room/lobby?follow=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", bob)
	res, err := new(http.Transport).RoundTrip(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("following over HTTP: %v %v", res, err)
	}
	t.Cleanup(func() { res.Body.Close() })
	k.lines = bufio.NewScanner(res.Body)
	return k
}

// say says one more thing and waits until it has arrived everywhere.
func (k *talk) say(t *testing.T) {
	t.Helper()
	k.mu.Lock()
	want := fmt.Sprint(k.said + 1)
	k.mu.Unlock()
	k.ada.ok(1, `"op":"post","room":"lobby","text":"`+want+`"`)
	if got := textIn(t, k.bob.envelope()); got != want {
		t.Fatalf("bob got %q, want %q", got, want)
	}
	if !k.lines.Scan() {
		t.Fatalf("the lines ended before %q: %v", want, k.lines.Err())
	}
	var line struct{ Data struct{ Text string } }
	if err := json.Unmarshal(k.lines.Bytes(), &line); err != nil || line.Data.Text != want {
		t.Fatalf("over HTTP came %s (%v), want %q", k.lines.Bytes(), err, want)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.said++
	close(k.bell)
	k.bell = make(chan struct{})
}

// until goes on talking, no faster than people may, until over is closed.
func (k *talk) until(t *testing.T, over <-chan struct{}) {
	t.Helper()
	pace := time.NewTicker(110 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case <-over:
			return
		case <-pace.C:
			k.say(t)
		}
	}
}

// goesOn fails the test unless some messages arrive before over is closed: during an attack, not after it.
func (k *talk) goesOn(t *testing.T, over <-chan struct{}) {
	t.Helper()
	for range 3 {
		k.mu.Lock()
		bell := k.bell
		k.mu.Unlock()
		select {
		case <-bell:
		case <-over:
			t.Error("nobody got a message as long as the attack lasted")
			return
		}
	}
}
