package server_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hearth/backend/server"
)

// golden returns the line of a golden file.
func golden(t testing.TB, shape string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "wire", shape+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(data), "\n")
}

// what differs from run to run, and what stands for it. Times keep their form, ids their length.
var varying = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`), `TIME-WITH-MS`},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), `TIME`},
	{regexp.MustCompile(`"time":\d+`), `"time":UNIX`},
	{regexp.MustCompile(`"epoch":"[0-9A-Za-z]+"`), `"epoch":"EPOCH"`},
	{regexp.MustCompile(`"id":"[a-z0-9]{12}","name"`), `"id":"PEER","name"`},
	{regexp.MustCompile(`"id":"[0-9A-Za-z]{12}"`), `"id":"MESSAGE"`},
	{regexp.MustCompile(`"id":"[0-9a-f]{8}"`), `"id":"HUB"`},
	{regexp.MustCompile(`"invite":"[a-z2-7]{12}"`), `"invite":"INVITE"`},
	{regexp.MustCompile(`#j=[A-Za-z0-9_-]{22}`), `#j=SECRET`},
	{regexp.MustCompile(`hs_[a-z0-9_]+`), `hs_SECRET`},
	{regexp.MustCompile(`"pin":"\d{6}"`), `"pin":"PIN"`},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`), `TIME`}, // of what is stored
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), `http://127.0.0.1:7420`},
	{regexp.MustCompile(`"mentions":\["[a-z2-7]{12}"\]`), `"mentions":["PEER"]`},
	{regexp.MustCompile(`"(peer|reads)/[a-z2-7]{12}"`), `"$1/PEER"`},
	{regexp.MustCompile(`"tag":"[A-Z2-7]{4}"`), `"tag":"TAG"`},
	{regexp.MustCompile(`("tag":"TAG","hue"):\d{1,3}`), `$1:HUE`},
	{regexp.MustCompile(`"(seq|first|changed|missed|messages)":\d+`), `"$1":N`},
}

func normal(line string) string {
	for _, v := range varying {
		line = v.find.ReplaceAllString(line, v.put)
	}
	return line
}

// wantShape fails the test unless got is the golden file of that shape, byte for byte, but for ids, times and numbers.
func wantShape(t testing.TB, shape, got string) {
	t.Helper()
	if want := golden(t, shape); normal(got) != normal(want) {
		t.Errorf("%s:\ngot  %s\nwant %s", shape, got, want)
	}
}

// The same files are read by the page's tests: what they hold is what the server sends.
func TestEveryShapeOnTheWireIsTheGoldenOne(t *testing.T) {
	h := openHub(t)
	ada, adaCookie := joined(t, h, "ada")
	bob, bobCookie := joined(t, h, "bob")
	a, b := hello(t, h, "Cookie", adaCookie), hello(t, h, "Cookie", bobCookie)
	seen := map[string]bool{}
	shape := func(name, got string) {
		t.Helper()
		seen[name] = true
		wantShape(t, name, got)
	}

	a.say(`{"id":3,"op":"follow","topic":"list/rooms","last":100}`)
	shape("ok_follow", a.text())
	shape("room_empty", a.text())
	a.ok(1, `"op":"leave","topic":"list/rooms"`)
	a.say(`{"id":3,"op":"follow","topic":"room/lobby"}`)
	a.text()

	b.ok(1, `"op":"follow","topic":"list/rooms"`)
	a.say(`{"id":5,"op":"post","room":"lobby","client_id":"01J","text":"hi"}`)
	for range 2 { // the answer comes before or after the entry
		if text := a.text(); strings.HasPrefix(text, `{"id"`) {
			shape("ok_post", text)
		} else {
			shape("message", text)
		}
	}
	shape("room", b.text())
	b.ok(1, `"op":"leave","topic":"list/rooms"`)

	b.ok(1, `"op":"follow","topic":"peer/`+bob.ID+`"`)
	mention := postAs(t, h, "lobby", ada.Face, "@bob look")
	shape("message_mention", a.text())
	shape("mention", b.text())
	call(t, "POST", h.url+"/chat/lobby", "build is green")
	shape("message_script", a.text())

	if _, err := h.rooms.Edit(t.Context(), "lobby", 1, ada, "hello"); err != nil {
		t.Fatal(err)
	}
	edited := a.text()
	shape("message_edited", edited)
	now := func(seq uint64) string {
		t.Helper()
		top, err := h.topics.Lookup("room/lobby")
		if err != nil {
			t.Fatal(err)
		}
		e, err := top.At(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		return string(e.Frame)
	}
	shape("message_after_edit", now(1))
	if _, err := h.rooms.Delete(t.Context(), "lobby", 1, ada, ""); err != nil {
		t.Fatal(err)
	}
	shape("message_deleted", a.text())
	shape("message_after_delete", now(1))
	shape("message_edited_superseded", now(mention.Seq+2))

	b.ok(1, `"op":"follow","topic":"typing/lobby"`)
	a.ok(6, `"op":"typing","room":"lobby"`)
	shape("typing", b.text())
	b.ok(1, `"op":"follow","topic":"reads/`+bob.ID+`"`)
	b.say(`{"id":7,"op":"read","topic":"room/lobby","seq":1}`)
	for range 2 {
		if text := b.text(); !strings.HasPrefix(text, `{"id"`) {
			shape("read", text)
		}
	}
	a.ok(8, `"op":"follow","topic":"presence/hub"`)
	_, eveCookie := joined(t, h, "ada") // another ada, so that the name is the golden one
	hello(t, h, "Cookie", eveCookie)
	a.skipTo(`"state":"online"`, func(text string) { shape("presence", text) })

	a.ok(9, `"op":"follow","topic":"notify/backups"`)
	a.ok(10, `"op":"follow","topic":"list/notify"`)
	published := call(t, "POST", h.url+"/backups", "Backup done", "Title", "Nightly", "Priority", "4", "Tags", "floppy_disk")
	shape("ntfy_message", strings.TrimSuffix(published.body, "\n"))
	for range 2 {
		if text := a.text(); strings.Contains(text, `"kind":"notify_topic"`) {
			shape("notify_topic", text)
		} else {
			shape("notification", text)
		}
	}

	a.ok(11, `"op":"follow","topic":"room/lobby","from":{"epoch":"q3","seq":9}`)
	shape("reset", a.text())
	c := dial(t, h, "/ws-chat")
	c.say(`{"content":"hi"}`)
	shape("echo_received", c.text())
	c.say(`{}`)
	shape("echo_invalid", c.text())
	shape("me", api(t, h, adaCookie, "GET", "/api/me", "", 200))

	files, err := filepath.Glob("testdata/wire/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	elsewhere := map[string]bool{
		"door":               true, // TestAVisitorLearnsHowToComeIn
		"share":              true, // TestShapesOfSharingAreTheGoldenOnes, as the next five
		"invite":             true,
		"invites":            true,
		"token":              true,
		"person":             true,
		"doctor":             true,
		"error":              true, // TestAnErrorAnswerIsTheGoldenOne
		"error_rate_limited": true, // TestARateLimitIsTheGoldenOne
		"gap":                true, // TestAGapIsTold
		"sample":             true, // the monitor's own tests

		"room_changed":          true, // TestRoomsAreModeratedOverHTTP
		"room_deleted":          true, // TestARoomIsClearedAndDeletedOverHTTP
		"message_removed":       true, // TestAModeratorDeletesAMessageWithAReason
		"message_after_removal": true, // likewise
		"act":                   true, // likewise
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		if !seen[name] && !elsewhere[name] {
			t.Errorf("no part of this test produces %s", f)
		}
	}
}

// skipTo passes over texts until one contains part.
func (c *client) skipTo(part string, found func(text string)) {
	c.t.Helper()
	for {
		if text := c.text(); strings.Contains(text, part) {
			found(text)
			return
		}
	}
}

func TestARateLimitIsTheGoldenOne(t *testing.T) {
	h := openHub(t, func(d *server.Deps) { d.Limits.PeerRate = server.Rate{PerSecond: 0.5, Burst: 1} })
	_, cookie := joined(t, h, "ada")
	c := hello(t, h, "Cookie", cookie)
	c.ok(5, `"op":"post","room":"lobby","text":"hi"`)
	c.say(`{"id":6,"op":"post","room":"lobby","text":"hi"}`)
	c.want(golden(t, "error_rate_limited"))
}

func TestAnErrorAnswerIsTheGoldenOne(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	c := hello(t, h, "Cookie", cookie)
	c.say(`{"id":5,"op":"post","room":"lobby","text":"` + strings.Repeat("x", 17004) + `"}`)
	c.want(golden(t, "error"))
}
