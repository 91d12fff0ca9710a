package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"hearth/backend"
)

func TestWhatWasAcknowledgedIsThereOnceInOrderAfterAKill(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	var acknowledged []string
	done := make(chan struct{})
	go func() { // ends when the hub is dead
		defer close(done)
		for i := 0; ; i++ {
			text := fmt.Sprintf("line %d", i)
			if hub.tryPost("/chat/lobby", text) != nil {
				return
			}
			acknowledged = append(acknowledged, text)
		}
	}()
	tail := d.start("tail", "lobby", "--last", "0")
	for range 50 { // the hub is in full swing
		tail.line()
	}
	hub.kill()
	<-done
	if len(acknowledged) < 50 {
		t.Fatalf("only %d messages were acknowledged", len(acknowledged))
	}

	d.serve()
	d.must("say", "lobby", "after the crash")
	again := d.start("tail", "lobby", "--last", "100000")
	for _, text := range acknowledged {
		again.expect("  " + text)
	}
	last := again.line()
	if strings.HasSuffix(last, fmt.Sprintf("  line %d", len(acknowledged))) {
		last = again.line() // committed, and killed before the answer
	}
	if !strings.HasSuffix(last, "  after the crash") {
		t.Errorf("got %q, want the message after the crash", last)
	}
}

func TestTailGoesOnByItselfWhenTheHubComesBack(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	d.must("say", "lobby", "before")
	tail := d.start("tail", "lobby")
	tail.expect("  before")
	hub.kill()
	d.serve() // at another address, with another token
	d.must("say", "lobby", "after")
	tail.expect("  after")
	tail.complains("lost the hub", "is back")
}

func TestStatusOpenQuit(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()

	var s status
	if err := json.Unmarshal([]byte(d.must("status", "--json")), &s); err != nil {
		t.Fatal(err)
	}
	if s.URL != hub.url || s.PID != hub.cmd.Process.Pid || s.Version != backend.Version || s.Window || s.Data != d.data() {
		t.Errorf("got status %+v of the hub %d at %s", s, hub.cmd.Process.Pid, hub.url)
	}
	if got := d.must("status"); !strings.Contains(got, hub.url) || !strings.Contains(got, s.Data) {
		t.Errorf("got %q, want the address and the folder", got)
	}

	first, second := d.must("open"), d.must("open")
	if !strings.HasPrefix(first, hub.url+"/host?t=") || first == second {
		t.Errorf("got %q and %q, want two different owner links", first, second)
	}

	if got := d.must("quit"); got != "Hearth has stopped.\n" {
		t.Errorf("got %q", got)
	}
	if code := hub.wait(); code != exitOK {
		t.Errorf("the hub ended with exit %d: %s", code, hub.errs)
	}
	if r := d.run("", "status"); r.code != exitUnreachable || !strings.Contains(r.err, "hearth serve") {
		t.Errorf("got exit %d and %q after the end, want 3 and what to do", r.code, r.err)
	}
}

// data is the data folder that the desk's programs find by themselves.
func (d *desk) data() string {
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(d.home, "Hearth")
	case "darwin":
		return filepath.Join(d.home, "Library", "Application Support", "Hearth")
	}
	return filepath.Join(d.home, ".local", "share", "hearth")
}

func TestVersion(t *testing.T) {
	d := newDesk(t)
	if got := d.must("version"); !strings.HasPrefix(got, "hearth "+backend.Version+" ") {
		t.Errorf("got %q", got)
	}
	var v struct{ Version, Go, System string }
	if err := json.Unmarshal([]byte(d.must("version", "--json")), &v); err != nil || v.Version != backend.Version || v.Go == "" || v.System == "" {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestASecondHubOnTheSameFolderSaysWhereTheFirstIs(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	r := d.run("", "serve", "--listen", "127.0.0.1:0")
	if r.code != exitFailed || !strings.Contains(r.err, hub.url) || !strings.Contains(r.err, "hearth quit") || strings.Count(r.err, "\n") != 1 {
		t.Errorf("got exit %d and %q, want 1 and one sentence with %s", r.code, r.err, hub.url)
	}
	hub.post("/chat/lobby", "unharmed")
}

func TestAnotherFolderHasAnotherHub(t *testing.T) {
	d := newDesk(t)
	other := t.TempDir()
	first, second := d.serve(), d.serve("--data", other)
	d.must("say", "lobby", "to the first")
	d.must("--data", other, "say", "lobby", "to the second")
	for _, c := range []struct {
		tail *program
		want string
	}{
		{d.start("tail", "lobby", "--url", first.url), "  to the first"},
		{d.start("tail", "lobby", "--url", second.url), "  to the second"},
		{d.start("tail", "lobby", "--data", other), "  to the second"},
	} {
		c.tail.expect(c.want)
	}
}

func TestAPortInUseSaysByWhomAndWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	d := newDesk(t)
	r := d.run("", "serve", "--listen", taken.Addr().String())
	if r.code != exitFailed || !strings.Contains(r.err, "--listen") || strings.Count(r.err, "\n") != 1 {
		t.Errorf("got exit %d and %q, want 1 and one sentence that names --listen", r.code, r.err)
	}
	if runtime.GOOS == "linux" && !strings.Contains(r.err, fmt.Sprintf("(process %d)", os.Getpid())) {
		t.Errorf("got %q, want the program that has the port", r.err)
	}
}

func TestWithoutAHomeItNamesTheFlag(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("on Windows the folder comes from elsewhere")
	}
	d := newDesk(t)
	cmd := d.command("serve")
	cmd.Env = append(d.env(), "HOME=")
	r := d.finish(cmd, "")
	if r.code != exitFailed || !strings.Contains(r.err, "--data") || strings.Count(r.err, "\n") != 1 {
		t.Errorf("got exit %d and %q, want 1 and one sentence that names --data", r.code, r.err)
	}
}

func TestSignalsEndQuietly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows cannot send a program these signals")
	}
	d := newDesk(t)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		hub := d.serve()
		d.must("say", "lobby", "hello")
		tail := d.start("tail", "lobby", "--last", "1")
		tail.expect("  hello")
		for _, p := range []*program{tail, hub.program} {
			if code := p.end(s); code != exitOK || p.errs.String() != "" {
				t.Errorf("%v after %v: exit %d, %q on standard error", p.cmd.Args[1:], s, code, p.errs)
			}
		}
	}
}

func TestAHeadlessProgramSaysSoAndServes(t *testing.T) {
	d := newDesk(t)
	p := d.start("--listen", "127.0.0.1:0")
	if got := p.line(); !strings.HasPrefix(got, "Hearth is at http://127.0.0.1:") {
		t.Fatalf("got %q, want an address", got)
	}
	p.complains("has no window, so it serves")
	second := d.run("", "--listen", "127.0.0.1:0")
	if second.code != exitOK || !strings.Contains(second.out, "runs already") || !strings.Contains(second.out, "hearth open") || strings.Contains(second.out, "/host?t=") {
		t.Errorf("a second start: exit %d, %q %q", second.code, second.out, second.err)
	}
}
