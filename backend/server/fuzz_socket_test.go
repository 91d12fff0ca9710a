package server_test

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"hearth/backend/server"
)

// codes are all that an answer on a socket may be refused with, short of a failing disk.
var codes = []string{"bad_json", "bad_request", "unknown_op", "not_found", "forbidden", "too_long", "rate_limited", "conflict"}

// Any text is one command: it is answered once, under its own id or none, with ok or a code and a sentence, and the
// session goes on.
func FuzzCommand(f *testing.F) {
	h := openHub(f, func(d *server.Deps) {
		d.Limits = server.Limits{PerPeer: server.Unlimited, PeerRate: server.Rate{PerSecond: server.Unlimited}}
	})
	ada, cookie := joined(f, h, "ada")
	e := postAs(f, h, "lobby", ada.Face, "hi")
	for _, seed := range []string{
		`{"id":1,"op":"follow","topic":"room/lobby","from":{"epoch":"q3","seq":120}}`,
		`{"id":1,"op":"follow","topic":"room/lobby","from":{"epoch":"` + h.position(f, "room/lobby").Epoch + `","seq":1}}`,
		`{"id":1,"op":"follow","topic":"list/rooms","last":9007199254740991}`,
		`{"id":-1.5e+3,"op":"leave","topic":"room/lobby"}`,
		`{"id":1,"op":"post","room":"lobby","client_id":"01J","text":"hi \"there\" \u00e9"}`,
		`{"id":1,"op":"typing","room":"lobby"}`,
		fmt.Sprintf(`{"id":1,"op":"read","topic":"room/lobby","seq":%d}`, e.Seq),
		`{"id":1,"op":"read","topic":"reads/` + ada.ID + `","seq":1}`,
		`{"id":1,"op":"hello","token":"x"}`, `{"id":1,"op":"ping"}`, `{"id":99999999999999999999,"op":"dance"}`,
		`{"id":[1],"op":"ping"}`, `{"id":1`, `[]`, ``, "\x00", `{"id":1,"op":"follow","topic":"peer/../x"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 64<<10 {
			t.Skip("ends the session")
		}
		c := hello(t, h, "Cookie", cookie)
		defer c.conn.Close()
		c.say(text)
		c.say(`{"id":7420,"op":"ping"}`)
		answers := 0
		for {
			var e struct {
				ID    json.RawMessage
				OK    json.RawMessage
				Error *struct{ Code, Message string }
			}
			if got := c.text(); json.Unmarshal([]byte(got), &e) != nil {
				t.Fatalf("%q: got %q", text, got)
			}
			switch {
			case string(e.ID) == "7420":
				if answers != 1 && !strings.Contains(text, "7420") {
					t.Fatalf("%q was answered %d times", text, answers)
				}
				return
			case e.ID == nil: // an entry
				continue
			case e.Error != nil && (!slices.Contains(codes, e.Error.Code) || e.Error.Message == ""):
				t.Fatalf("%q: refused with %+v", text, e.Error)
			case (e.Error == nil) == (e.OK == nil):
				t.Fatalf("%q: neither ok nor an error, or both", text)
			case string(e.ID) != "null" && !strings.Contains(text, string(e.ID)):
				t.Fatalf("%q was answered as %s", text, e.ID)
			}
			answers++
		}
	})
}

// Any bytes after a handshake end in orderly frames, and the hub goes on.
func FuzzFrames(f *testing.F) {
	h := openHub(f, func(d *server.Deps) { d.Limits.PerPeer = server.Unlimited })
	_, cookie := joined(f, h, "ada")
	ping := maskedFrame(0x80|opText, []byte(`{"id":1,"op":"ping"}`))
	for _, seed := range [][]byte{
		ping,
		append(maskedFrame(0x80|opPing, []byte("x")), ping...),
		append(maskedFrame(opText, []byte(`{"id":1,`)), append(maskedFrame(0x80|opPing, nil), maskedFrame(0x80, []byte(`"op":"ping"}`))...)...),
		maskedFrame(0x80|opClose, []byte{3, 0xE8}),
		maskedFrame(0x80|opClose, []byte{3}),
		maskedFrame(0x80|opPong, make([]byte, 125)),
		maskedFrame(0x80|opPing, make([]byte, 126)),
		maskedFrame(opPing, nil),
		maskedFrame(0xC0|opPing, nil),
		maskedFrame(0x80|opBinary, []byte("x")),
		{0x89, 0x00},
		{0x89, 0x85, 1, 2, 3, 4, 5},
		{0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
		{0x83, 0x80, 0, 0, 0, 0},
		[]byte("GET / HTTP/1.1\r\n\r\n"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := hello(t, h, "Cookie", cookie)
		defer c.conn.Close()
		c.conn.Write(data) // the hub may close before it has all
		if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Skip(err)
		}
		for {
			if _, err := c.next(); err != nil {
				return
			}
		}
	})
}
