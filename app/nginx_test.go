package main

import (
	"encoding/base64"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// naiveBlock is what people write first: it says nothing of who calls, and takes no WebSocket through.
const naiveBlock = "server { listen 80; location / { proxy_pass http://" + documentedAddress + "; } }\n"

// proxied starts a real nginx with that block in front of hub and returns its address. Only the ports are others.
func proxied(t *testing.T, hub *served, block string) string {
	t.Helper()
	nginx := lookup(t, "nginx", "/usr/sbin/nginx")
	dir := t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	block = strings.Replace(block, "listen 80;", "listen "+address+";", 1)
	block = strings.ReplaceAll(block, documentedAddress, strings.TrimPrefix(hub.url, "http://"))
	conf := "pid " + dir + "/pid;\nerror_log stderr;\ndaemon off;\nevents {}\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		conf += kind + "_temp_path " + dir + "/" + kind + ";\n"
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf+block+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-c", file, "-p", dir)
	errs := &written{}
	cmd.Stderr = errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // its workers end with it
		_ = cmd.Wait()
	})
	eventually(t, "nginx listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return "http://" + address
}

func TestAllDoorsWorkBehindNginxWithAToken(t *testing.T) {
	curl := lookup(t, "curl")
	d := newDesk(t)
	hub := d.serve("--trusted-proxy", "127.0.0.1", "--allow-host", "hub.example.org")
	d.start("monitor").line() // the first sample is there
	var made struct{ Plain string }
	if err := json.Unmarshal([]byte(d.must("token", "create", "afar", "--can", "publish,subscribe,monitor,rooms", "--json")), &made); err != nil {
		t.Fatal(err)
	}
	proxy := proxied(t, hub, door(t, hub, "nginx.conf"))
	ask := func(args ...string) *exec.Cmd {
		cmd := exec.Command(curl, append([]string{"-sS", "-N", "--max-time", "20", "-H", "Host: hub.example.org"}, args...)...)
		cmd.Env = d.env()
		return cmd
	}
	token := []string{"-H", "Authorization: Bearer " + made.Plain}

	if r := d.finish(ask(proxy+"/api/monitor/now"), ""); !strings.Contains(r.out, `"unauthenticated"`) {
		t.Errorf("without a token: got %s%s, want a refusal: a proxy is no local program", r.out, r.err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{proxy + "/api/monitor/now"}, `"memory_usage":`},
		{[]string{"-d", "hi", proxy + "/chat/lobby"}, ""},
		{[]string{"-d", "Backup done", proxy + "/backups"}, `"message":"Backup done"`},
		{[]string{proxy + "/backups/json?poll=1&since=all"}, `"message":"Backup done"`},
		{[]string{proxy + "/api/topics/room/lobby?last=1"}, `"text":"hi"`},
	} {
		r := d.finish(ask(append(c.args, token...)...), "")
		if r.code != 0 || !strings.Contains(r.out, c.want) || strings.Contains(r.out, `"error"`) {
			t.Errorf("%v: exit %d, %s%s; want %s", c.args, r.code, r.out, r.err, c.want)
		}
	}

	// What streams comes at once, not when some buffer is full.
	stream := d.begin(ask(append([]string{proxy + "/api/topics/room/lobby?last=1&follow=1"}, token...)...))
	stream.until(`"text":"hi"`)
	d.must("say", "lobby", "while it streams")
	stream.until(`"text":"while it streams"`)
}

func TestWebSocketsPassNginx(t *testing.T) {
	python := pythonWithWebsockets(t)
	d := newDesk(t)
	hub := d.serve("--trusted-proxy", "127.0.0.1", "--allow-host", "hub.example.org")
	var made struct{ Plain string }
	if err := json.Unmarshal([]byte(d.must("token", "create", "afar", "--can", "publish,subscribe,monitor,rooms", "--json")), &made); err != nil {
		t.Fatal(err)
	}
	proxy := strings.Replace(proxied(t, hub, door(t, hub, "nginx.conf")), "http://", "ws://", 1)
	script := filepath.Join(t.TempDir(), "doors.py")
	if err := os.WriteFile(script, []byte(pythonDoors), 0o600); err != nil {
		t.Fatal(err)
	}
	begin := func(doors ...string) *program {
		cmd := exec.Command(python, append([]string{"-u", script, proxy, made.Plain}, doors...)...)
		cmd.Env = d.env()
		return d.begin(cmd)
	}
	p := begin("/ws-chat", "/chat/lobby", "/system-monitor", "/ws")
	for _, want := range []string{`/ws-chat {"status":"received"`, `/chat/lobby Room lobby: hi`, `/system-monitor {"timestamp"`, `/ws {`} {
		if got := p.line(); !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}

	// What is published goes out at once, after what was before.
	d.must("pub", "backups", "Backup done")
	auth := base64.RawURLEncoding.EncodeToString([]byte("Bearer " + made.Plain)) // as ntfy's clients hand it over
	for _, path := range []string{"/notifications?user_id=backups&since=all", "/backups/ws?since=all&auth=" + auth} {
		listener := begin(path)
		listener.until("Backup done")
		d.must("pub", "backups", "Backup verified")
		listener.until("Backup verified")
	}
}

// pythonDoors opens each of the WebSocket doors it is given and prints what comes first, and of the last all that comes. A
// door without an answer of its own is told something.
const pythonDoors = `
import asyncio, sys, websockets
url, token, *doors = sys.argv[1:]
say = {'/ws-chat': '{"content":"hello"}', '/chat/lobby': 'hi', '/ws': '{"op":"hello","token":"%s"}' % token}
async def main():
    for path in doors:
        protocol = 'hearth.v1' if path == '/ws' else 'bearer.' + token
        async with websockets.connect(url + path, subprotocols=[protocol]) as door:
            if path in say: await door.send(say[path])
            print(path, await door.recv())
            while path == doors[-1]: print(path, await door.recv())
asyncio.run(main())
`

func TestANaiveNginxMakesVisitorsOfItsCallers(t *testing.T) {
	curl := lookup(t, "curl")
	d := newDesk(t)
	hub := d.serve("--trusted-proxy", "127.0.0.1")
	d.must("pub", "backups", "Backup done")
	proxy := proxied(t, hub, naiveBlock)
	ask := func(args ...string) string {
		cmd := exec.Command(curl, append([]string{"-sS", "--max-time", "20"}, args...)...)
		cmd.Env = d.env()
		r := d.finish(cmd, "")
		return r.out + r.err
	}
	if got := ask(hub.url + "/backups/json?poll=1&since=all"); !strings.Contains(got, "Backup done") {
		t.Errorf("a program of this computer reads %s, want what was published", got)
	}
	if got := ask(proxy + "/api/me"); !strings.Contains(got, `"me":null`) {
		t.Errorf("through the proxy /api/me answers %s, want nobody", got)
	}
	for _, args := range [][]string{
		{proxy + "/api/rooms"},
		{proxy + "/api/monitor/now"},
		{"-d", "hi", proxy + "/chat/lobby"},
	} {
		if got := ask(args...); !strings.Contains(got, `"unauthenticated"`) {
			t.Errorf("%v: got %s, want a refusal", args, got)
		}
	}
	for _, args := range [][]string{{"-d", "hi", proxy + "/backups"}, {proxy + "/backups/json?poll=1&since=all"}} {
		if got := ask(args...); !strings.Contains(got, `"http":401`) { // as ntfy says it
			t.Errorf("%v: got %s, want a refusal", args, got)
		}
	}
	handshake := []string{"-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "-H", "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	for _, path := range []string{"/ws", "/ws-chat", "/chat/lobby", "/system-monitor", "/notifications?user_id=backups", "/backups/ws"} {
		if got := ask(append(handshake, proxy+path)...); !strings.Contains(got, "proxy_http_version 1.1") {
			t.Errorf("%s: got %s, want what the proxy lacks", path, got)
		}
	}
}
