package backend_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"hearth/backend"
	"hearth/backend/peer"
)

// readLog returns the log of a hub that has ended.
func readLog(t testing.TB, data string) string {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(data, "hearth.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(log)
}

// badHandshake returns the n-th of many handshakes with /ws that cannot succeed.
func badHandshake(n int, host string) string {
	lines := map[string]string{"Host": host, "Connection": "Upgrade", "Upgrade": "websocket",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
	switch n % 5 {
	case 0:
		lines["Host"] = fmt.Sprintf("hub%d.example.org", n)
	case 1:
		lines["Origin"] = fmt.Sprintf("http://page%d.example.org", n)
	case 2:
		lines["Authorization"] = fmt.Sprintf("Bearer hs_nobody_%d", n)
	case 3:
		lines["Sec-WebSocket-Version"] = fmt.Sprint("v", n)
	case 4:
		lines["Sec-WebSocket-Key"] = fmt.Sprint(n)
	}
	var text strings.Builder
	text.WriteString("GET /ws HTTP/1.1\r\n")
	for name, value := range lines {
		fmt.Fprintf(&text, "%s: %s\r\n", name, value)
	}
	return text.String() + "\r\n"
}

// shakeBadly sends some handshakes on as few connections as the hub allows.
func shakeBadly(t testing.TB, host string, from, to int) {
	var conn net.Conn
	var answers *bufio.Reader
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for n := from; n < to; n++ {
		if conn == nil {
			var err error
			if conn, err = net.Dial("tcp", host); err != nil {
				t.Error(err)
				return
			}
			answers = bufio.NewReader(conn)
		}
		if _, err := io.WriteString(conn, badHandshake(n, host)); err != nil {
			t.Error(err)
			return
		}
		res, err := http.ReadResponse(answers, nil)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
		}
		if err != nil || res.StatusCode < 400 {
			t.Errorf("handshake %d: %+v, %v; want a refusal", n, res, err)
			return
		}
		if res.Close {
			conn.Close()
			conn = nil
		}
	}
}

// hangUp sends handshakes that are good and breaks off before the answer, which the hub may notice or not.
func hangUp(t testing.TB, host string, times int) {
	for range times {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Error(err)
			return
		}
		conn.(*net.TCPConn).SetLinger(0)
		_, err = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: "+host+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: hearth.v1\r\n\r\n")
		if err != nil {
			t.Error(err)
		}
		conn.Close()
	}
}

// TestTenThousandBadHandshakesDoNotFillTheLog is somebody who tries to push what matters out of the log.
func TestTenThousandBadHandshakesDoNotFillTheLog(t *testing.T) {
	const handshakes, broken, workers, most = 8000, 2000, 8, 500
	data := t.TempDir()
	h, stop := runHub(t, data)
	host := strings.TrimPrefix(h.URL(), "http://")
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			shakeBadly(t, host, w*handshakes/workers, (w+1)*handshakes/workers)
			hangUp(t, host, broken/workers)
		})
	}
	wg.Wait()
	call(t, "GET", h.URL()+"/healthz", "")
	stop()
	if lines := strings.Count(readLog(t, data), "\n"); lines >= most || lines < 2 {
		t.Errorf("%d bad handshakes left %d lines, want fewer than %d beside those of start and end", handshakes+broken, lines, most)
	}
}

// stranger is a browser on another computer, as a trusted proxy tells of it.
type stranger struct {
	t   testing.TB
	hub string
	own []string // header lines of its own
}

// ask makes a request and returns the status and the body.
func (s stranger) ask(method, path, body string, headers ...string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.hub+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("X-Forwarded-For", "192.168.1.20")
	for _, line := range append(s.own, headers...) {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		return res.StatusCode, c.Name + "=" + c.Value
	}
	return res.StatusCode, string(answer)
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestNoSecretAndNoMessageReachesTheLog does what people and scripts do, rightly and wrongly, and looks for traces.
func TestNoSecretAndNoMessageReachesTheLog(t *testing.T) {
	data := t.TempDir()
	h, stop := runHubWith(t, backend.Config{Data: data, TrustedProxies: []string{"127.0.0.1"}})
	people := h.Peers()
	secrets := map[string]string{
		"the text of a message": "meet me at the oak", "a notification": "the vault is open", "its title": "Vault Seven",
		"the PIN": "739481", "a wrong PIN": "739482", "a made-up link": "AAAABBBBCCCCDDDDEEEEFF", "a made-up token": "hs_abcdefghijkl_madeupsecret",
	}
	if err := people.SetPIN(secrets["the PIN"]); err != nil {
		t.Fatal(err)
	}
	_, link, err := people.NewInvite(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := people.NewToken(t.Context(), peer.Token{Name: "backups", Can: []string{peer.CanPublish, peer.CanRooms}})
	if err != nil {
		t.Fatal(err)
	}
	_, owners, _ := strings.Cut(h.OwnerLink(false), "?t=")
	secrets["an invite link"], secrets["a script token"], secrets["an owner link"] = link, token, owners

	visitor := stranger{t: t, hub: h.URL()}
	must := func(want int, got int, answer string) string {
		t.Helper()
		if got != want {
			t.Fatalf("got %d %s, want %d; this test would mean nothing", got, answer, want)
		}
		return answer
	}
	join := func(want int, ticket map[string]string) string {
		t.Helper()
		ticket["name"] = "ada"
		status, answer := visitor.ask("POST", "/api/join", asJSON(t, ticket))
		return must(want, status, answer)
	}
	cookie := join(http.StatusCreated, map[string]string{"secret": link})
	secrets["a session"] = cookie[strings.Index(cookie, "=")+1:]
	join(http.StatusForbidden, map[string]string{"secret": link}) // it is used up
	join(http.StatusForbidden, map[string]string{"secret": secrets["a made-up link"]})
	join(http.StatusForbidden, map[string]string{"pin": secrets["a wrong PIN"]})
	join(http.StatusCreated, map[string]string{"pin": secrets["the PIN"]})
	knock, err := people.Knock("bob", netip.MustParseAddr("192.168.1.21"))
	if err != nil {
		t.Fatal(err)
	}
	secrets["a knock"] = knock

	guest := stranger{t: t, hub: h.URL(), own: []string{"Cookie: " + cookie}}
	text := secrets["the text of a message"]
	status, answer := guest.ask("POST", "/api/rooms/lobby/messages", asJSON(t, map[string]string{"text": text}), "Content-Type: application/json")
	must(http.StatusCreated, status, answer)

	script := stranger{t: t, hub: h.URL(), own: []string{"Authorization: Bearer " + token}}
	status, answer = script.ask("POST", "/builds", secrets["a notification"], "Title: "+secrets["its title"])
	must(http.StatusOK, status, answer)

	wild := url.QueryEscape
	for _, who := range []stranger{visitor, guest, script,
		{t: t, hub: h.URL(), own: []string{"Authorization: Bearer " + secrets["a made-up token"]}}} {
		for _, secret := range secrets { // in every place where a program may put it by mistake
			for _, body := range []string{secret, `{"text":"` + secret, `{"` + secret + `":1}`, asJSON(t, map[string]string{"name": strings.Repeat(secret, 9)})} {
				who.ask("POST", "/api/join", body)
				who.ask("POST", "/api/host/session", body)
				who.ask("POST", "/api/rooms/lobby/messages", body)
				who.ask("POST", "/chat/lobby?name="+wild(secret), body)
				who.ask("POST", "/builds?title="+wild(secret)+"&auth="+wild(base64.RawStdEncoding.EncodeToString([]byte("Bearer "+secret))), body, "Title: "+secret)
			}
			who.ask("GET", "/host?t="+wild(secret), "")
			who.ask("GET", "/builds/json?poll=1&auth="+wild(base64.RawStdEncoding.EncodeToString([]byte("Bearer "+secret))), "")
			who.ask("GET", "/ws?token="+wild(secret), "", "Sec-WebSocket-Protocol: bearer."+token)
			who.ask("GET", "/api/me", "", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(":"+secret)))
			who.ask("GET", "/api/me", "", "Cookie: "+cookie[:strings.Index(cookie, "=")+1]+wild(secret))
		}
		who.ask("POST", "/builds", secrets["a notification"], "Title: "+secrets["its title"])
	}
	sayHello(t, h.URL(), secrets["a made-up token"])
	sayHello(t, h.URL(), token)
	stop()

	log := readLog(t, data)
	if !strings.Contains(log, "a session began") {
		t.Fatal("the log tells nothing; this test would mean nothing")
	}
	for what, secret := range secrets {
		for _, form := range []string{secret, wild(secret), base64.RawStdEncoding.EncodeToString([]byte("Bearer " + secret))} {
			if strings.Contains(log, form) {
				t.Errorf("the log holds %s", what)
			}
		}
	}
}

// sayHello sends a token over a WebSocket, as a page does that has one.
func sayHello(t testing.TB, hub, token string) {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), hub+"/ws", &websocket.DialOptions{Subprotocols: []string{"hearth.v1"},
		HTTPHeader: http.Header{"Origin": {hub}}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	hello := asJSON(t, map[string]any{"op": "hello", "id": 1, "token": token})
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(hello)); err != nil {
		t.Fatal(err)
	}
	conn.Read(t.Context()) // an answer, or the end
}
