package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The files in testdata/doors are what README.md tells people to type. The tests run them as they stand, but for the address.
const documentedAddress = "127.0.0.1:7420"

// door returns a file of testdata/doors with the address of hub in it.
func door(t *testing.T, hub *served, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "doors", name))
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(hub.url, "http://")
	return strings.ReplaceAll(string(b), documentedAddress, address)
}

// doorLine returns the line of a door file that has word in it.
func doorLine(t *testing.T, hub *served, name, word string) string {
	t.Helper()
	for line := range strings.Lines(door(t, hub, name)) {
		if strings.Contains(line, word) {
			return strings.TrimSpace(line)
		}
	}
	t.Fatalf("%s has no line with %s", name, word)
	return ""
}

func shell(d *desk, line string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = d.env()
	return cmd
}

func TestCurlUsesTheDoors(t *testing.T) {
	lookup(t, "curl")
	lookup(t, "sh")
	d := newDesk(t)
	hub := d.serve()
	d.start("monitor").line() // the first sample is there
	for _, c := range []struct{ word, want string }{
		{"/ws-chat", `"error"`},
		{"/chat/lobby", ""},
		{"/api/monitor/now", `^{"timestamp":".*","cpu_load":.*,"memory_usage":`},
		{"Title: Nightly", `"message":"Backup done"`},
		{"/backups/json", `"title":"Nightly","priority":4`},
	} {
		r := d.finish(shell(d, doorLine(t, hub, "curl.sh", c.word)+" -sS"), "")
		if r.code != 0 || !regexp.MustCompile(c.want).MatchString(r.out) {
			t.Errorf("curl … %s: exit %d, %s%s; want %s", c.word, r.code, r.out, r.err, c.want)
		}
	}
	d.start("tail", "lobby").expect("  hi")
	follow := d.begin(shell(d, "exec "+doorLine(t, hub, "curl.sh", "follow=1")+" -sS"))
	if got := follow.line(); !strings.Contains(got, `"text":"hi"`) {
		t.Errorf("got %s, want the message in its envelope", got)
	}
	d.must("say", "lobby", "and on")
	if got := follow.line(); !strings.Contains(got, `"text":"and on"`) {
		t.Errorf("got %s, want what came later", got)
	}
}

func TestPythonUsesTheDoors(t *testing.T) {
	python := pythonWithWebsockets(t)
	d := newDesk(t)
	hub := d.serve()
	open := func(word string) (*program, io.Writer) {
		line := strings.Replace(doorLine(t, hub, "python.sh", word), "python3", python+" -u", 1)
		cmd := shell(d, "exec "+line)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		p := d.begin(cmd)
		p.until("Connected to ")
		return p, in
	}
	echo, in := open("/ws-chat")
	write(t, in, `{"content":"hi"}`+"\n")
	echo.until(`< {"status":"received","data":{"content":"hi","type":"text"}}`)
	write(t, in, `{"contents":"hi"}`+"\n")
	echo.until(`< {"status":"error","errors":[{"loc":["content"],"msg":"field required","type":"missing"}]}`)

	chat, in := open("/chat/")
	write(t, in, "hi from Python\n")
	chat.until("< Room lobby: hi from Python")
	d.start("tail", "lobby").expect(" ada  hi from Python")
	d.must("say", "lobby", "hi back")
	chat.until("< Room lobby: hi back")

	monitor, _ := open("/system-monitor")
	monitor.until(`< {"timestamp":"`)

	notifications, _ := open("/notifications")
	d.must("pub", "backups", "Backup done")
	notifications.until("< Backup done")
}

// until reads lines up to one that contains want. The interactive client draws with escape sequences, so lines hold more.
func (p *program) until(want string) {
	p.t.Helper()
	for !strings.Contains(p.line(), want) {
		continue
	}
}

func write(t *testing.T, to io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(to, text); err != nil {
		t.Fatal(err)
	}
}

// pythonWithWebsockets finds a Python that has the module. The first one on the PATH may be another than Debian's.
func pythonWithWebsockets(t *testing.T) string {
	t.Helper()
	for _, python := range []string{os.Getenv("PYTHON"), "python3", "/usr/bin/python3"} {
		if python != "" && exec.Command(python, "-c", "import websockets").Run() == nil {
			return python
		}
	}
	missing(t, "no Python with the module websockets (Debian: python3-websockets)")
	return ""
}

func TestNodeUsesTheDoors(t *testing.T) {
	node := lookup(t, "node", "nodejs")
	d := newDesk(t)
	hub := d.serve()
	d.start("monitor").line() // the first sample is there
	run := func(name string, flags ...string) *program {
		script := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(script, []byte(door(t, hub, name)), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(node, append(flags, script)...)
		cmd.Env = d.env()
		return d.begin(cmd)
	}
	fetch := run("fetch.mjs")
	if got := fetch.line(); !regexp.MustCompile(`^[0-9.]+$`).MatchString(got) {
		t.Errorf("got %q, want a percentage", got)
	}
	if got := fetch.line(); !strings.Contains(got, `"text":"hi from fetch"`) {
		t.Errorf("got %q, want the message", got)
	}

	var flags []string
	if exec.Command(node, "-e", "new WebSocket('ws://127.0.0.1:1').onerror = () => {}").Run() != nil {
		flags = []string{"--experimental-websocket"} // Node 20
	}
	wanted := map[string]string{
		"/ws-chat":            `{"status":"received","data":{"content":"hello","type":"text"}}`,
		"/chat/lobby":         "Room lobby: hi from Node",
		"/system-monitor":     `{"timestamp":"`,
		"/notifications?user": "Backup done", // fetch.mjs published it
	}
	for script := run("websocket.mjs", flags...); len(wanted) > 0; {
		line := script.line()
		for path, want := range wanted {
			if strings.HasPrefix(line, path) && strings.Contains(line, want) {
				delete(wanted, path)
			}
		}
	}
}
