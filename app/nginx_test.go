package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// proxied starts a real nginx with the block that README.md has, in front of hub, and returns its address. Only the port is
// another.
func proxied(t *testing.T, hub *served) string {
	t.Helper()
	nginx := lookup(t, "nginx", "/usr/sbin/nginx")
	dir := t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	block := strings.Replace(door(t, hub, "nginx.conf"), "listen 80;", "listen "+address+";", 1)
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
	proxy := proxied(t, hub)
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
	proxy := strings.Replace(proxied(t, hub), "http://", "ws://", 1)
	script := filepath.Join(t.TempDir(), "doors.py")
	if err := os.WriteFile(script, []byte(pythonDoors), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-u", script, proxy, made.Plain)
	cmd.Env = d.env()
	p := d.begin(cmd)
	for _, want := range []string{`/ws-chat {"status":"received"`, `/chat/lobby Room lobby: hi`, `/system-monitor {"timestamp"`, `/ws {`} {
		if got := p.line(); !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// pythonDoors opens each WebSocket door and prints what comes first. A door without an answer of its own is told something.
const pythonDoors = `
import asyncio, sys, websockets
url, token = sys.argv[1:]
say = {'/ws-chat': '{"content":"hello"}', '/chat/lobby': 'hi', '/ws': '{"op":"hello","token":"%s"}' % token}
async def main():
    for path in ['/ws-chat', '/chat/lobby', '/system-monitor', '/ws']:
        protocol = 'hearth.v1' if path == '/ws' else 'bearer.' + token
        async with websockets.connect(url + path, subprotocols=[protocol]) as door:
            if path in say: await door.send(say[path])
            print(path, await door.recv())
asyncio.run(main())
`
