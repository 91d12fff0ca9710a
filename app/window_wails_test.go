//go:build production && devtools && linux

package main

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"hearth/backend"
)

// windowed is the program with a window: the one that HEARTH_WINDOW_BIN names, or built at the first call.
var windowed = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("HEARTH_WINDOW_BIN"); path != "" {
		return path, nil
	}
	path := filepath.Join(programs, "hearth-window")
	return path, build(path, "-tags", "desktop,production,devtools,webkit2_41")
})

// xwindow is the helper that looks at windows, built at the first call.
var xwindow = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programs, "xwindow")
	out, err := exec.Command("cc", "-Wall", "-o", path, filepath.Join("testdata", "xwindow", "xwindow.c"), "-lX11").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return path, err
})

// onDisplay returns a desk whose programs have a window and a display to open it on.
func onDisplay(t *testing.T, vars ...string) *desk {
	t.Helper()
	if os.Getenv("DISPLAY") == "" {
		missing(t, "no display; run the test under xvfb-run")
	}
	d := newDesk(t)
	d.vars = append([]string{"DISPLAY=" + os.Getenv("DISPLAY"), "GDK_BACKEND=x11", "LANG=C.UTF-8", "NO_AT_BRIDGE=1"}, vars...)
	return d
}

func (d *desk) windowCommand(args ...string) *exec.Cmd {
	d.t.Helper()
	path, err := windowed()
	if err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{"--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = d.env()
	return cmd
}

// opened is a window that runs, on a hub of its own.
type opened struct {
	*served
	page *inspector
	desk *desk
}

// open starts the window and waits until the owner's page is in it.
func (d *desk) open() *opened {
	d.t.Helper()
	port := freePort(d.t)
	cmd := d.windowCommand()
	cmd.Env = append(cmd.Env, "WEBKIT_INSPECTOR_HTTP_SERVER="+port)
	o := &opened{served: &served{program: d.begin(cmd)}, page: &inspector{address: port}, desk: d}
	d.t.Cleanup(o.page.close)
	eventually(d.t, "hub.json of the window's hub", func() bool {
		info, ok := backend.Running(d.data())
		o.url = info.URL
		return ok
	})
	o.until("the page of the owner with its composer", `document.querySelector('textarea') !== null && location.href.startsWith("`+o.url+`/")`)
	return o
}

// freePort returns an address nobody listens on. Another program may take it before the window does; then the test fails.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// until waits for an expression to become true in the page.
func (o *opened) until(what, expression string) {
	o.t.Helper()
	eventually(o.t, what, func() bool {
		o.alive()
		value, err := o.page.eval(expression)
		return err == nil && string(value) == "true"
	})
}

// alive fails the test if the window has ended.
func (o *opened) alive() {
	o.t.Helper()
	select {
	case <-o.ended:
		o.t.Fatalf("the window ended with exit %d: %s", o.cmd.ProcessState.ExitCode(), o.errs)
	default:
	}
}

// ask runs the helper on the window.
func (o *opened) ask(what string) string {
	o.t.Helper()
	helper, err := xwindow()
	if err != nil {
		o.t.Fatal(err)
	}
	out, err := exec.Command(helper, "Hearth", what).Output()
	if err != nil {
		o.t.Fatalf("xwindow %s: %v", what, err)
	}
	return strings.TrimSpace(string(out))
}

func (o *opened) becomes(state string) {
	o.t.Helper()
	eventually(o.t, "the window to be "+state, func() bool { o.alive(); return o.ask("state") == state })
}

// call makes a request as the owner.
func (o *opened) call(method, path string, body, v any) {
	o.t.Helper()
	h, err := remote{}.find(&globals{Data: o.desk.data()})
	if err == nil {
		err = h.call(o.t.Context(), method, path, body, v)
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestWindowIsTheOwnersPageOfTheHub(t *testing.T) {
	d := onDisplay(t)
	o := d.open()
	var s status
	o.call(http.MethodGet, "/api/status", nil, &s)
	if !s.Window {
		t.Error("the hub does not know of its window")
	}
	value, err := o.page.eval(`(() => { const r = new XMLHttpRequest(); r.open('GET', '/api/me', false); r.send(); return r.responseText })()`)
	var text string
	var me struct {
		Me struct {
			Role   string
			Window bool
		}
	}
	if err != nil || json.Unmarshal(value, &text) != nil || json.Unmarshal([]byte(text), &me) != nil || me.Me.Role != "owner" || !me.Me.Window {
		t.Errorf("got %s, %v; want the owner in his window", value, err)
	}

	typed := `(() => { const box = document.querySelector('textarea'); box.focus();
		document.execCommand('insertText', false, 'hello from the window');
		box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })); return true })()`
	if _, err := o.page.eval(typed); err != nil {
		t.Fatal(err)
	}
	d.start("tail", "lobby").expect("  hello from the window")
	o.post("/chat/lobby?name=script", "hello from outside")
	o.until("the message from outside", `document.body.innerText.includes('hello from outside')`)
}

func TestWindowHidesAndIsShownByASecondStart(t *testing.T) {
	d := onDisplay(t)
	o := d.open()
	o.becomes("shown")
	o.ask("close")
	o.becomes("hidden")
	d.must("say", "lobby", "the hub goes on")

	second := d.finish(d.windowCommand(), "")
	if second.code != exitOK || second.out != "Hearth runs already; its window is shown.\n" {
		t.Errorf("a second start: exit %d, %q %q", second.code, second.out, second.err)
	}
	o.becomes("shown")
	o.ask("close")
	o.becomes("hidden")
	if got := d.must("open"); !strings.Contains(got, "shown") {
		t.Errorf("hearth open printed %q", got)
	}
	o.becomes("shown")

	o.call(http.MethodPatch, "/api/settings", map[string]string{"close": "quit"}, nil)
	o.ask("close")
	if code := o.wait(); code != exitOK {
		t.Errorf("closed for good: exit %d: %s", code, o.errs)
	}
	if _, ok := backend.Running(d.data()); ok {
		t.Error("hub.json is still there")
	}
}

func TestWindowEndsOnASignalAndOnQuitThoughClosingHides(t *testing.T) {
	for name, end := range map[string]func(d *desk, o *opened){
		"SIGTERM":     func(_ *desk, o *opened) { _ = o.cmd.Process.Signal(syscall.SIGTERM) },
		"SIGINT":      func(_ *desk, o *opened) { _ = o.cmd.Process.Signal(os.Interrupt) },
		"hearth quit": func(d *desk, _ *opened) { d.must("quit") },
	} {
		t.Run(name, func(t *testing.T) {
			d := onDisplay(t)
			o := d.open()
			end(d, o)
			code, said := o.wait(), o.errs.String() // GTK and WebKit have their say there too
			if code != exitOK || strings.Contains(said, "hearth: ") || strings.Contains(said, "Ctrl+C") {
				t.Errorf("got exit %d and %q, want a quiet end", code, said)
			}
		})
	}
}

func TestWindowProgramWithoutADisplaySaysSoAndServes(t *testing.T) {
	for _, c := range []struct{ display, says string }{
		{"", "there is no display"},
		{":9999", "the display cannot be opened"},
	} {
		d := newDesk(t)
		d.vars = []string{"DISPLAY=" + c.display}
		p := d.begin(d.windowCommand())
		if got := p.line(); !strings.HasPrefix(got, "Hearth is at http://") {
			t.Fatalf("got %q, want an address", got)
		}
		p.complains(c.says, "serves")
		d.must("say", "lobby", "hi")
		if code := p.end(syscall.SIGTERM); code != exitOK {
			t.Errorf("DISPLAY=%s: got exit %d: %s", c.display, code, p.errs)
		}
	}
}

func TestPlainURLKeepsWhatABrowserOpens(t *testing.T) {
	for url, want := range map[string]string{
		"https://example.org/a?b=c&d=e#f":           "https://example.org/a?b=c&d=e#f",
		"https://en.wikipedia.org/wiki/Go_(game)":   "https://en.wikipedia.org/wiki/Go_%28game%29",
		"https://example.org/~ada/;x|y$z`w<v>{u}!*": "https://example.org/%7Eada/%3Bx%7Cy%24z%60w%3Cv%3E%7Bu%7D%21%2A",
	} {
		if got := plainURL(url); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
