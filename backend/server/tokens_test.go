package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"hearth/backend/peer"
	"hearth/backend/server"
)

// token makes a script token and returns it with what the script sends.
func token(t testing.TB, h *hub, want peer.Token) (peer.Token, string) {
	t.Helper()
	if want.Name == "" {
		want.Name = "backup"
	}
	made, plain, err := h.peers.NewToken(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return made, plain
}

func TestAScriptTokenDoesWhatItsOwnerAllowedAndNoMore(t *testing.T) {
	h := openHub(t)
	both := []string{peer.CanPublish, peer.CanSubscribe}
	for name, c := range map[string]struct {
		token peer.Token
		may   []string
	}{
		"one topic": {peer.Token{Topics: []string{"backups"}, Can: both}, []string{"POST /backups", "GET /backups/json?poll=1"}},
		"a glob":    {peer.Token{Topics: []string{"back*"}}, []string{"POST /backups"}},
		"reading":   {peer.Token{Can: []string{peer.CanSubscribe}}, []string{"GET /backups/json?poll=1", "GET /builds/json?poll=1", "GET /api/topics/list/notify"}},
		"rooms":     {peer.Token{Topics: []string{"x"}, Can: []string{peer.CanRooms}}, []string{"POST /chat/lobby", "GET /api/rooms/lobby/messages"}},
	} {
		_, plain := token(t, h, c.token)
		for _, request := range []string{"POST /backups", "POST /builds", "GET /backups/json?poll=1", "GET /builds/json?poll=1", "GET /api/topics/list/notify",
			"POST /chat/lobby", "GET /api/rooms/lobby/messages", "GET /api/monitor/now", "GET /api/people", "GET /api/tokens", "GET /api/settings", "GET /api/doctor"} {
			method, path, _ := strings.Cut(request, " ")
			got := call(t, method, h.url+path, map[string]string{"POST": "hi"}[method], "Authorization", "Bearer "+plain)
			allowed := strings.Contains("|"+strings.Join(c.may, "|")+"|", "|"+request+"|")
			if good := got.status < 300; good != allowed || !good && got.status != 403 {
				t.Errorf("a token for %s, %s: got %d %s", name, request, got.status, got.body)
			}
		}
	}
}

func TestWhatAScriptWritesStandsUnderItsTokensName(t *testing.T) {
	h := openHub(t)
	_, plain := token(t, h, peer.Token{Name: "printer", Can: []string{peer.CanRooms}})
	call(t, "POST", h.url+"/chat/lobby?name=ada", "hi", "Authorization", "Bearer "+plain)
	if got := byOwner(t, h, "GET", "/api/rooms/lobby/messages", "", 200); !strings.Contains(got, `"name":"printer"`) || strings.Contains(got, "ada") {
		t.Errorf("got %s", got)
	}
}

func TestARevokedTokenIsShutOutAtOnce(t *testing.T) {
	h := openHub(t)
	made, plain := token(t, h, peer.Token{Can: []string{peer.CanSubscribe}})
	_, other := token(t, h, peer.Token{Can: []string{peer.CanSubscribe}})
	authorization := []string{"Authorization", "Bearer " + plain}
	ntfy, lines := dial(t, h, "/backups/ws", authorization...), streaming(t, h, "/backups/json", authorization...)
	said := hello(t, h, "Sec-Fetch-Site", "none")
	said.ok(1, `"op":"hello","token":"`+plain+`"`)
	said.ok(2, `"op":"follow","topic":"notify/backups"`)
	kept := hello(t, h, "Authorization", "Bearer "+other)
	kept.ok(1, `"op":"ping"`) // it is open now

	byOwner(t, h, "DELETE", "/api/tokens/"+made.ID, "", 204)
	ntfy.wantClosed(4003)
	said.wantClosed(4003)
	<-lines
	kept.ok(2, `"op":"ping"`)
	if got := call(t, "GET", h.url+"/backups/json?poll=1", "", authorization...); got.status != 401 {
		t.Errorf("the revoked token: %d %s, want 401", got.status, got.body)
	}
	late := hello(t, h, "Sec-Fetch-Site", "none")
	late.say(`{"id":1,"op":"hello","token":"` + plain + `"}`)
	late.wantClosed(4001)
}

// A program that goes on listening after its token's last day is not waited for: neither the next ping nor the next look at
// all tokens, but the moment itself ends what it has open.
func TestWhatATokenOpenedEndsWithIt(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		const age = 5 * time.Second
		start := time.Now()
		_, plain := token(t, b.hub, peer.Token{Can: []string{peer.CanSubscribe}, Expires: start.Add(age)})
		_, lasting := token(t, b.hub, peer.Token{Can: []string{peer.CanSubscribe}})
		c := b.subscribe(t, plain)
		kept := b.subscribe(t, lasting)
		said := b.dial(t, "")
		said.ok(1, `"op":"hello","token":"`+plain+`"`)
		lines := b.connect(t)
		fmt.Fprintf(lines, "GET /backups/json HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", plain)
		ended := make(chan time.Time, 1)
		go func() { // ended tells
			io.Copy(io.Discard, lines)
			ended <- time.Now()
		}()
		for name, c := range map[string]*client{"opened with it": c, "named it later": said} {
			code, reason := c.closed()
			if took := time.Since(start); code != 4003 || took < age || took > age+time.Second {
				t.Errorf("what %s: closed with %d %s after %v, want 4003 after %v", name, code, reason, took, age)
			}
			c.conn.Close()
		}
		if took := (<-ended).Sub(start); took < age || took > age+time.Second {
			t.Errorf("the HTTP stream ended after %v, want %v", took, age)
		}
		kept.send(opPing, nil)
		for f := (frame{}); f.op != opPong; {
			var err error
			if f, err = kept.next(); err != nil {
				t.Fatalf("a token without an end: %v", err)
			}
		}
	})
}

// subscribe opens a notification topic as ntfy's clients do, with a token.
func (b *bubbled) subscribe(t *testing.T, plain string) *client {
	t.Helper()
	c, res := shake(t, b.connect(t), b.hub, "/backups/ws", "Authorization", "Bearer "+plain)
	if res.StatusCode != 101 {
		t.Fatalf("handshake: %d", res.StatusCode)
	}
	c.patience = time.Hour
	return c
}

func TestATokenHasARateOfItsOwn(t *testing.T) {
	h := openHub(t, behindProxy, func(d *server.Deps) { d.Limits.ScriptRate = server.Rate{PerSecond: 0.01, Burst: 2} })
	standard, slow := peer.Token{Can: []string{peer.CanPublish}}, peer.Token{Can: []string{peer.CanPublish}, Rate: 1}
	for name, c := range map[string]struct {
		token peer.Token
		from  []string
		want  int
	}{
		"standard":               {standard, nil, 2},
		"its own":                {slow, nil, 4},
		"its own, from the LAN":  {slow, []string{"X-Forwarded-For", "192.168.1.20"}, 4},
		"standard, from the LAN": {standard, []string{"X-Forwarded-For", "192.168.1.20"}, 60},
	} {
		_, plain := token(t, h, c.token)
		published := 0
		var got reply
		for range 70 {
			got = call(t, "POST", h.url+"/backups", "hi", append(c.from, "Authorization", "Bearer "+plain)...)
			if got.status != 200 {
				break
			}
			published++
		}
		if published < c.want || published > c.want+5 || got.status != 429 || !strings.Contains(got.body, "42901") { // a second or so may pass
			t.Errorf("%s: %d notifications, then %d %s; want %d", name, published, got.status, got.body, c.want)
		}
	}
}

func TestLocalProgramsNeedATokenIfTheOwnerSaysSo(t *testing.T) {
	h := openHub(t)
	c := dial(t, h, "/chat/lobby")
	byOwner(t, h, "PATCH", "/api/settings", `{"local_scripts":"token"}`, 200)
	c.wantClosed(4003)
	if got := call(t, "POST", h.url+"/backups", "hi"); got.status != 401 {
		t.Errorf("without a token: %d %s, want 401", got.status, got.body)
	}
	_, plain := token(t, h, peer.Token{})
	if got := call(t, "POST", h.url+"/backups", "hi", "Authorization", "Bearer "+plain); got.status != 200 {
		t.Errorf("with one: %d %s", got.status, got.body)
	}
	byOwner(t, h, "PATCH", "/api/settings", `{"local_scripts":"never","close":"quit"}`, 400)
	if got := h.Settings(); got.LocalScripts != "token" || got.Close != "hide" {
		t.Errorf("after a refused change the settings are %+v", got)
	}
	byOwner(t, h, "PATCH", "/api/settings", `{"local_scripts":"allow"}`, 200)
	if got := call(t, "POST", h.url+"/backups", "hi"); got.status != 200 {
		t.Errorf("allowed again: %d %s", got.status, got.body)
	}
}

func TestScriptsOnTheNetworkOfAnOpenHubNeedNoToken(t *testing.T) {
	h := openHub(t, behindProxy)
	outside := []string{"X-Forwarded-For", "192.168.1.20"}
	if got := call(t, "POST", h.url+"/chat/lobby", "hi", outside...); got.status != 401 {
		t.Fatalf("while the hub has a PIN: %d %s, want 401", got.status, got.body)
	}
	if err := h.peers.SetPIN(peer.PINNone); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/chat/lobby": 201, "/backups": 403} { // what guests may
		if got := call(t, "POST", h.url+path, "hi", outside...); got.status != want {
			t.Errorf("POST %s: %d %s, want %d", path, got.status, got.body, want)
		}
	}
	if got := call(t, "GET", h.url+"/api/rooms", "", outside...); got.status != 401 {
		t.Errorf("our own API: %d %s, want 401", got.status, got.body)
	}
	if got := call(t, "POST", h.url+"/chat/lobby", "hi", fromLAN(h, "192.168.1.20")...); got.status != 401 {
		t.Errorf("a page that has not joined: %d %s, want 401", got.status, got.body)
	}
	dial(t, h, "/chat/lobby", outside...)
}

func TestATokenIsMadeWithACommandToTryIt(t *testing.T) {
	h := openHub(t)
	for body, command := range map[string]string{
		`{"name":"a"}`: "-d hello " + h.url + "/backups",
		`{"name":"a","topics":["build*"],"can":["subscribe"]}`: h.url + "/buildx/json",
		`{"name":"a","can":["rooms"]}`:                         "-d hello " + h.url + "/chat/lobby",
		`{"name":"a","can":["monitor"],"rate":5,"days":30}`:    h.url + "/api/monitor/now",
	} {
		made := into[struct {
			Token       peer.Token
			Plain, Curl string
		}](t, byOwner(t, h, "POST", "/api/tokens", body, 201))
		if want := "curl -H 'Authorization: Bearer " + made.Plain + "' " + command; made.Curl != want {
			t.Errorf("%s: got %s, want %s", body, made.Curl, want)
		}
		if made.Token.Rate == 5 && time.Until(made.Token.Expires).Round(time.Hour) != 30*24*time.Hour {
			t.Errorf("it expires %v, want in 30 days", made.Token.Expires)
		}
	}
	for _, body := range []string{`{}`, `{"name":"a","can":["everything"]}`, `{"name":"a","topics":["a/b"]}`, `{"name":"a","rate":1001}`, `{"name":"a","days":3651}`, `{"name":"a","topics":"x"}`} {
		byOwner(t, h, "POST", "/api/tokens", body, 400)
	}
	list := into[struct{ Tokens []json.RawMessage }](t, byOwner(t, h, "GET", "/api/tokens", "", 200))
	if len(list.Tokens) != 4 || strings.Contains(string(list.Tokens[0]), "secret") {
		t.Errorf("the list is %s", list.Tokens)
	}
	byOwner(t, h, "DELETE", "/api/tokens/nothing", "", 404)
}

func TestOneTokenDoesNotTakeAllPlaces(t *testing.T) {
	h := openHub(t, func(d *server.Deps) { d.Limits.PerPeer = 2 })
	_, plain := token(t, h, peer.Token{Can: []string{peer.CanSubscribe}})
	_, other := token(t, h, peer.Token{Can: []string{peer.CanSubscribe}})
	for range 2 {
		dial(t, h, "/backups/ws", "Authorization", "Bearer "+plain)
	}
	if _, res := tryDial(t, h, "/backups/ws", "Authorization", "Bearer "+plain); res.Header.Get("X-Hearth-Error") != "too_many_connections" {
		t.Errorf("a token's third stream: %d %s, want too_many_connections", res.StatusCode, res.Header.Get("X-Hearth-Error"))
	}
	dial(t, h, "/backups/ws", "Authorization", "Bearer "+other)
}
