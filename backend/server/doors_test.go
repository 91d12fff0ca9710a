package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"hearth/backend/chat"
	"hearth/backend/notify"
	"hearth/backend/server"
	"hearth/backend/topic"
)

func TestEchoAnswersWhatItUnderstood(t *testing.T) {
	c := dial(t, openHub(t), "/ws-chat")
	for _, step := range []struct{ in, out string }{
		{`{"content":"hi"}`, golden(t, "echo_received")},
		{`{"content":"hi","type":"text","more":1}`, golden(t, "echo_received")},
		{`{"content":"","type":"note"}`, `{"status":"received","data":{"content":"","type":"note"}}`},
		{`{}`, golden(t, "echo_invalid")},
		{`{"type":"text","content":null}`, golden(t, "echo_invalid")},
		{`{"content":7}`, `{"status":"error","errors":[{"loc":["content"],"msg":"string required","type":"string_type"}]}`},
		{`{"content":"hi","type":[]}`, `{"status":"error","errors":[{"loc":["type"],"msg":"string required","type":"string_type"}]}`},
		{`hello`, `{"status":"error","errors":[{"loc":[],"msg":"expected one JSON object, like {\"text\":\"hi\"}","type":"json_invalid"}]}`},
		{`{"content":"<b>&</b>"}`, `{"status":"received","data":{"content":"<b>&</b>","type":"text"}}`},
	} {
		c.say(step.in)
		c.want(step.out)
	}
}

func TestChatDoorShowsEveryoneEveryLine(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	script, named, member := dial(t, h, "/chat/builds"), dial(t, h, "/chat/builds?name=ci"), dial(t, h, "/chat/builds", "Cookie", cookie)
	elsewhere := dial(t, h, "/chat/other")
	if _, ok := h.rooms.Get("builds"); ok {
		t.Fatal("connecting made the room")
	}
	everyone := []*client{script, named, member}
	script.say("first")
	for _, c := range everyone {
		c.want("Room builds: first")
	}
	named.say("second\r\n")
	for _, c := range everyone {
		c.want("Room builds: second")
	}
	member.say(`"quotes" \ and 日本語` + "\nand a second line")
	for _, c := range everyone {
		c.want("Room builds: \"quotes\" \\ and 日本語\nand a second line")
	}
	h.eventually(t, "the room is made", func() bool { _, ok := h.rooms.Get("builds"); return ok })
	page, err := h.rooms.Page(t.Context(), "builds", 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	var from []string
	for _, e := range page.Messages {
		m, err := chat.Decode(e)
		if err != nil {
			t.Fatal(err)
		}
		from = append(from, fmt.Sprintf("%s %v %v", m.From.Name, m.From.Script, m.From.ID != ""))
	}
	if got, want := strings.Join(from, ", "), "script true false, ci true false, ada false true"; got != want {
		t.Errorf("written by %s, want %s", got, want)
	}
	elsewhere.say("only here")
	elsewhere.want("Room other: only here")
}

func TestChatDoorShowsMessagesOnly(t *testing.T) {
	h := openHub(t)
	ada, _ := joined(t, h, "ada")
	c := dial(t, h, "/chat/lobby")
	e := postAs(t, h, "lobby", ada.Face, "typo")
	if _, err := h.rooms.Edit(t.Context(), "lobby", e.Seq, ada, "fixed"); err != nil {
		t.Fatal(err)
	}
	gone := postAs(t, h, "lobby", ada.Face, "secret")
	if _, err := h.rooms.Delete(t.Context(), "lobby", gone.Seq, ada, ""); err != nil {
		t.Fatal(err)
	}
	postAs(t, h, "lobby", ada.Face, "last")
	var got []string
	for len(got) == 0 || got[len(got)-1] != "Room lobby: last" {
		got = append(got, c.text())
	}
	// A reader that comes to an entry after its change sees it as it is now, or not at all.
	for _, line := range got {
		switch line {
		case "Room lobby: typo", "Room lobby: fixed", "Room lobby: secret", "Room lobby: last":
		default:
			t.Errorf("got %q", line)
		}
	}
	if len(got) > 3 {
		t.Errorf("edits and deletions are shown: %q", got)
	}
}

func TestChatDoorSaysWhatWasWrong(t *testing.T) {
	h := openHub(t)
	c := dial(t, h, "/chat/lobby")
	for _, bad := range []struct{ in, code string }{{"  ", "bad_request"}, {strings.Repeat("x", 16<<10+1), "too_long"}} {
		c.say(bad.in)
		if got := c.text(); !strings.HasPrefix(got, `{"error":{"code":"`+bad.code+`"`) {
			t.Errorf("%.10q: got %s, want %s", bad.in, got, bad.code)
		}
	}
	c.say("fine")
	c.want("Room lobby: fine")
}

func TestPostingTextNeedsNoSocket(t *testing.T) {
	h := openHub(t)
	c := dial(t, h, "/chat/lobby")
	got := call(t, "POST", h.url+"/chat/lobby", "hi\n", "Content-Type", "application/x-www-form-urlencoded")
	if got.status != 201 || got.body != `{"topic":"room/lobby","seq":1,"dup":false}`+"\n" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	call(t, "POST", h.url+"/chat/lobby?name=deploy", "a=b&c=%20d")
	c.want("Room lobby: hi", "Room lobby: a=b&c=%20d")
	for _, bad := range []struct {
		path, body string
		status     int
	}{
		{"/chat/UPPER", "hi", 400},
		{"/chat/lobby", "", 400},
		{"/chat/lobby", "\xff", 400},
		{"/chat/lobby", strings.Repeat("x", 17<<10), 413},
		{"/chat/lobby", strings.Repeat("x", 70<<10), 413},
		{"/chat/lobby?name=owner", "hi", 400},
		{"/chat/" + strings.Repeat("x", 65), "hi", 400},
	} {
		got := call(t, "POST", h.url+bad.path, bad.body)
		if got.status != bad.status || !json.Valid([]byte(got.body)) {
			t.Errorf("POST %.20s %.10q: got %d %s, want %d", bad.path, bad.body, got.status, got.body, bad.status)
		}
	}
	if at := h.position(t, "room/lobby"); at.Seq != 2 {
		t.Errorf("the room has %d entries, want 2", at.Seq)
	}
}

// sampled appends samples to the monitor's topic, as the monitor does.
func sampled(t testing.TB, h *hub) func(n int) {
	t.Helper()
	ring, err := h.topics.Open(t.Context(), "monitor/local", topic.Retention{Entries: 900})
	if err != nil {
		t.Fatal(err)
	}
	return func(n int) {
		d := topic.Draft{Kind: "sample", Data: fmt.Appendf(nil, `{"timestamp":"2026-11-22T08:00:00Z","cpu_load":[0.4,0.5,0.6],"memory_usage":%d}`, n)}
		if _, _, err := ring.Append(context.Background(), d); err != nil {
			t.Error(err)
		}
	}
}

func TestMonitorDoorShowsSamples(t *testing.T) {
	h := openHub(t)
	sample := sampled(t, h)
	sample(1)
	sample(2)
	c := dial(t, h, "/system-monitor")
	c.want(`{"timestamp":"2026-11-22T08:00:00Z","cpu_load":[0.4,0.5,0.6],"memory_usage":2}`)
	sample(3)
	c.want(`{"timestamp":"2026-11-22T08:00:00Z","cpu_load":[0.4,0.5,0.6],"memory_usage":3}`)
}

func TestMonitorDoorKeepsItsInterval(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		sample := sampled(t, b.hub)
		c, res := shake(t, b.connect(t), b.hub, "/system-monitor?interval=5", "Cookie", b.cookie)
		if res.StatusCode != 101 {
			t.Fatalf("handshake: %d", res.StatusCode)
		}
		c.patience = time.Hour
		go func() {
			sample(0)
			for i := range 30 {
				time.Sleep(time.Second)
				sample(i + 1)
			}
		}()
		for _, want := range []int{0, 5, 10, 15, 20, 25, 30} {
			if got := c.text(); !strings.HasSuffix(got, fmt.Sprintf(`"memory_usage":%d}`, want)) {
				t.Errorf("got %s, want sample %d", got, want)
			}
		}
	})
}

func TestNotificationDoorShowsTexts(t *testing.T) {
	h := openHub(t)
	publish := func(text string) {
		t.Helper()
		if _, err := h.notify.Publish(t.Context(), "ada", notify.Draft{Text: text, Title: "T", Priority: 5}); err != nil {
			t.Fatal(err)
		}
	}
	publish("before")
	live, replay := dial(t, h, "/notifications?user_id=ada"), dial(t, h, "/notifications?user_id=ada&since=all")
	replay.want("before")
	publish("one\nline and \"another\"")
	publish("two")
	live.want("one\nline and \"another\"", "two")
	replay.want("one\nline and \"another\"", "two")
}

func TestClassicDoorsSpeakEnvelopesToWhoOffersThem(t *testing.T) {
	h := openHub(t)
	sampled(t, h)(1)
	for path, name := range map[string]string{
		"/chat/new-room":                 "room/new-room",
		"/system-monitor":                "monitor/local",
		"/notifications?user_id=backups": "notify/backups",
	} {
		c := dial(t, h, path, "Sec-WebSocket-Protocol", "other, hearth.v1")
		if c.protocol != "hearth.v1" {
			t.Errorf("%s: subprotocol %q", path, c.protocol)
		}
		c.ok(1, `"op":"follow","topic":"`+name+`"`)
		if got := c.refused(2, `"op":"follow","topic":"list/rooms"`); got != "forbidden" {
			t.Errorf("%s: another topic: got %s, want forbidden", path, got)
		}
		if got := c.refused(3, `"op":"post","room":"lobby","text":"hi"`); got != "forbidden" {
			t.Errorf("%s: another room: got %s, want forbidden", path, got)
		}
	}
	c := dial(t, h, "/chat/new-room", "Sec-WebSocket-Protocol", "hearth.v1")
	c.ok(1, `"op":"follow","topic":"room/new-room"`)
	c.say(`{"id":2,"op":"post","room":"new-room","text":"hi"}`)
	for range 2 {
		if e := c.envelope(); e.Error != nil {
			t.Errorf("got %+v", e.Error)
		}
	}
}

func TestAFailedHandshakeSaysWhy(t *testing.T) {
	h := openHub(t)
	with := func(change map[string]string) []string {
		headers := map[string]string{}
		for i, pair := 0, handshake(); i < len(pair); i += 2 {
			headers[pair[i]] = pair[i+1]
		}
		for name, value := range change {
			headers[name] = value
		}
		var list []string
		for name, value := range headers {
			if value != "" {
				list = append(list, name, value)
			}
		}
		return list
	}
	for _, path := range []string{"/ws", "/ws-chat", "/chat/lobby", "/system-monitor", "/notifications?user_id=u"} {
		for name, c := range map[string]struct {
			headers []string
			status  int
			code    string
			says    string
		}{
			"plain GET":            {nil, 426, "upgrade_required", "ws://"},
			"proxy without both":   {with(map[string]string{"Upgrade": "", "Connection": "close"}), 426, "proxy_dropped_upgrade", "proxy_set_header Upgrade"},
			"proxy without one":    {with(map[string]string{"Connection": "keep-alive"}), 426, "proxy_dropped_upgrade", "proxy_set_header Connection"},
			"old version":          {with(map[string]string{"Sec-WebSocket-Version": "8"}), 426, "websocket_version", "13"},
			"no version":           {with(map[string]string{"Sec-WebSocket-Version": ""}), 426, "websocket_version", "13"},
			"no key":               {with(map[string]string{"Sec-WebSocket-Key": ""}), 400, "bad_handshake", "Sec-WebSocket-Key"},
			"bad key":              {with(map[string]string{"Sec-WebSocket-Key": "short"}), 400, "bad_handshake", "Sec-WebSocket-Key"},
			"foreign page":         {with(map[string]string{"Origin": "http://evil.example"}), 403, "origin_not_allowed", "evil.example"},
			"page from a file":     {with(map[string]string{"Origin": "null"}), 403, "origin_not_allowed", "null"},
			"name of another site": {with(map[string]string{"Host": "evil.example"}), 403, "host_not_allowed", "--allow-host"},
		} {
			got := call(t, "GET", h.url+path, "", c.headers...)
			if got.status != c.status || got.header.Get("X-Hearth-Error") != c.code {
				t.Errorf("%s, %s: got %d %q, want %d %q", path, name, got.status, got.header.Get("X-Hearth-Error"), c.status, c.code)
			}
			var in struct {
				Error struct{ Code, Message string }
			}
			if err := json.Unmarshal([]byte(got.body), &in); err != nil || in.Error.Code != c.code || !strings.Contains(in.Error.Message, c.says) {
				t.Errorf("%s, %s: got %s, want %s with %q", path, name, got.body, c.code, c.says)
			}
			if c.status == 426 && (got.header.Get("Upgrade") != "websocket" || got.header.Get("Sec-Websocket-Version") != "13") {
				t.Errorf("%s, %s: a 426 must name the protocol: %v", path, name, got.header)
			}
		}
	}
	if got := call(t, "GET", h.url+"/ws", "", append(handshake(), "Sec-WebSocket-Protocol", "graphql-ws")...); got.status != 400 || !strings.Contains(got.body, "hearth.v1") {
		t.Errorf("another subprotocol: got %d %s", got.status, got.body)
	}
	if got := raw(t, h, "GET /ws HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"); !strings.Contains(got, "proxy_http_version") {
		t.Errorf("a proxy that speaks HTTP/1.0: got %s", got)
	}
}

func TestDoorsCheckTheirParametersBeforeTheHandshake(t *testing.T) {
	h := openHub(t)
	sampled(t, h)(1)
	for path, want := range map[string]struct {
		status int
		field  string
	}{
		"/chat/UPPER":                              {400, "room"},
		"/chat/" + strings.Repeat("a", 65):         {400, "room"},
		"/chat/lobby?name=system":                  {400, "name"},
		"/system-monitor?interval=0":               {400, "interval"},
		"/system-monitor?interval=61":              {400, "interval"},
		"/system-monitor?interval=x":               {400, "interval"},
		"/notifications":                           {400, "user_id"},
		"/notifications?user_id=a.b":               {400, "topic"},
		"/notifications?user_id=api":               {400, "topic"},
		"/notifications?user_id=a&since=yesterday": {400, "since"},
	} {
		_, res := tryDial(t, h, path)
		body, err := io.ReadAll(io.LimitReader(res.Body, 1000))
		if err != nil || res.StatusCode != want.status || !strings.Contains(string(body), `"field":"`+want.field+`"`) {
			t.Errorf("%s: got %d %s, want %d in %s", path, res.StatusCode, body, want.status, want.field)
		}
	}
}

func TestVisitorsSeeNothing(t *testing.T) {
	h := openHub(t)
	sampled(t, h)(1)
	browser := []string{"Sec-Fetch-Site", "same-origin"}
	for _, path := range []string{"/ws-chat", "/chat/lobby", "/system-monitor", "/notifications?user_id=u", "/backups/ws"} {
		if _, res := tryDial(t, h, path, browser...); res.StatusCode != 401 {
			t.Errorf("%s: got %d, want 401", path, res.StatusCode)
		}
	}
	for _, path := range []string{"/api/rooms", "/api/people", "/api/rooms/lobby/messages", "/api/topics/room/lobby", "/api/monitor/now", "/api/inbox",
		"/api/settings", "/api/status", "/backups/json", "/backups/sse"} {
		if got := call(t, "GET", h.url+path, "", browser...); got.status != 401 {
			t.Errorf("GET %s: got %d %s, want 401", path, got.status, got.body)
		}
	}
	for path, body := range map[string]string{"/chat/lobby": "hi", "/api/rooms": `{"room":"x"}`, "/api/rooms/lobby/messages": `{"text":"x"}`, "/backups": "x", "/": `{"topic":"a"}`,
		"/api/host/link": "", "/api/host/show": "", "/api/host/quit": "", "/api/host/open-url": `{"url":"http://a"}`} {
		if got := call(t, "POST", h.url+path, body, browser...); got.status != 401 {
			t.Errorf("POST %s: got %d %s, want 401", path, got.status, got.body)
		}
	}
	if at := h.position(t, "room/lobby"); at.Seq != 0 {
		t.Error("a visitor wrote a message")
	}
}

func TestConnectionsHaveLimits(t *testing.T) {
	limits, err := server.LimitsNamed(map[string]int{"connections": 6, "per_peer": 2, "per_address": 2, "peer_rate": 0})
	if err != nil {
		t.Fatal(err)
	}
	h := openHub(t, func(d *server.Deps) { d.Limits = limits })
	_, cookie := joined(t, h, "ada")
	open := func(headers ...string) (*client, int) {
		c, res := tryDial(t, h, "/ws", headers...)
		return c, res.StatusCode
	}
	first, _ := open("Cookie", cookie)
	open("Cookie", cookie)
	if _, got := open("Cookie", cookie); got != 503 {
		t.Errorf("a peer's third: got %d, want 503", got)
	}
	first.send(opClose, nil)
	first.closed()
	h.eventually(t, "the place is free again", func() bool { _, got := open("Cookie", cookie); return got == 101 })
	stranger := []string{"Sec-Fetch-Site", "same-origin"}
	open(stranger...)
	open(stranger...)
	if _, got := open(stranger...); got != 503 {
		t.Errorf("a stranger's third: got %d, want 503", got)
	}
	open()
	open()
	if _, got := open(); got != 503 {
		t.Errorf("the seventh of all: got %d, want 503", got)
	}
	if _, res := tryDial(t, h, "/ws"); res.Header.Get("X-Hearth-Error") != "too_many_connections" {
		t.Errorf("got %q, want too_many_connections", res.Header.Get("X-Hearth-Error"))
	}
}

// eventually waits for what happens on the other side of a connection, where there is nothing else to wait for.
func (h *hub) eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
