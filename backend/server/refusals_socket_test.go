package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"hearth/backend/server"
)

// refused returns what the owner is told in the bubble.
func (b *bubbled) refused(t *testing.T) []server.Refusal {
	t.Helper()
	synctest.Wait() // the library tells the peer of a broken frame before it tells the hub
	conn := b.connect(t)
	go fmt.Fprintf(conn, "GET /api/doctor HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", adminToken)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%d %s %v", res.StatusCode, body, err)
	}
	return into[checkup](t, string(body)).Refusals
}

// A script that is put out without a word in its own log is found in the owner's.
func TestTheOwnerLearnsWhoWentOverALimitInsideASocket(t *testing.T) {
	const secret = "what-was-said"
	for name, c := range map[string]struct {
		stranger bool
		begin    func(c *client)
		close    int
		code     string
	}{
		"too many bytes": {false, func(c *client) { c.conn.Write(maskedFrame(0x80|opText, []byte(strings.Repeat(secret, 10_000)))) }, 1009, "too_long"},
		"too many pings": {false, func(c *client) {
			for range 100 {
				c.conn.Write(maskedFrame(0x80|opPing, []byte(secret)))
			}
		}, 1008, "too_many_pings"},
		"half a message":    {false, func(c *client) { c.conn.Write(maskedFrame(0x80|opText, []byte(secret))[:10]) }, 1008, "too_slow"},
		"bytes":             {false, func(c *client) { c.send(opBinary, []byte(secret)) }, 1003, "bad_message"},
		"another character": {false, func(c *client) { c.send(opText, []byte(secret+"\xff")) }, 1007, "bad_message"},
		"no frame":          {false, func(c *client) { io.WriteString(c.conn, secret) }, 1002, "bad_message"},
		"silence":           {true, func(*client) {}, 4001, "unauthenticated"},
		"a long hello":      {true, func(c *client) { c.conn.Write(maskedFrame(0x80|opText, []byte(strings.Repeat(secret, 1000)))) }, 1009, "too_long"},
		"another token":     {true, func(c *client) { c.say(`{"id":1,"op":"hello","token":"` + secret + `"}`) }, 4001, "unauthenticated"},
		"no hello":          {true, func(c *client) { c.say(`{"id":1,"op":"post","room":"lobby","text":"` + secret + `"}`) }, 4001, "unauthenticated"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *bubbled) {
				cookie := b.cookie
				if c.stranger {
					cookie = ""
				}
				n := b.dial(t, cookie)
				var writing sync.WaitGroup // ends with the connection
				writing.Go(func() { c.begin(n) })
				if code, _ := n.closed(); code != c.close {
					t.Errorf("closed with %d, want %d", code, c.close)
				}
				got := b.refused(t)
				n.conn.Close()
				writing.Wait()
				if len(got) != 1 {
					t.Fatalf("the owner is told %+v, want one refusal", got)
				}
				if r := got[0]; string(r.Code) != c.code || r.Path != "/ws" || r.Count != 1 || r.Fix == "" || !strings.Contains(r.Cause, fmt.Sprint(c.close)) {
					t.Errorf("the owner is told %+v, want one %s with its close code and what helps", r, c.code)
				}
				if text := fmt.Sprintf("%+v", got); strings.Contains(text, secret) {
					t.Errorf("a refusal holds what was sent: %s", text)
				}
			})
		})
	}
}

func TestTheOwnerLearnsOfMessagesThatCameTooFast(t *testing.T) {
	h := openHub(t, func(d *server.Deps) {
		d.Limits.PeerRate = server.Rate{PerSecond: 0.001, Burst: 1}
		d.Limits.ScriptRate = d.Limits.PeerRate
	})
	_, cookie := joined(t, h, "ada")
	page, script := hello(t, h, "Cookie", cookie, "User-Agent", "browser/1"), dial(t, h, "/chat/lobby?name=bot")
	page.ok(1, `"op":"post","room":"lobby","text":"hi"`)
	for i := range 3 {
		if got := page.refused(2+i, `"op":"post","room":"lobby","text":"hi"`); got != "rate_limited" {
			t.Fatalf("got %s", got)
		}
	}
	script.say("one")
	script.say("two")
	script.skipTo("rate_limited", func(string) {})
	got := examine(t, h).Refusals
	if len(got) != 2 || got[0].Path != "/chat/lobby" || got[1].Path != "/ws" {
		t.Fatalf("the owner is told %+v, want one refusal for each door", got)
	}
	if r := got[1]; r.Code != "rate_limited" || r.Count != 3 || r.Address != "127.0.0.1" || r.Agent != "browser/1" || !strings.Contains(r.Cause, "messages") {
		t.Errorf("the owner is told %+v", r)
	}
	page.refused(9, `"op":"nonsense"`)
	if got := examine(t, h).Refusals; len(got) != 2 {
		t.Errorf("a mistake in a command is told as a refusal: %+v", got)
	}
}
