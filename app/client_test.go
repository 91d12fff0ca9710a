package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestSayTakesWordsAndStandardInput(t *testing.T) {
	d := newDesk(t)
	d.serve()
	d.must("say", "lobby", "tea", "is", "ready")
	if r := d.run("two\nlines\n", "say", "builds", "-"); r.code != exitOK || r.out+r.err != "" {
		t.Fatalf("got %+v, want success without a word", r)
	}
	d.must("say", "lobby", "--", "-5 degrees")
	lobby := d.start("tail", "lobby")
	lobby.expect("  tea is ready")
	lobby.expect("  -5 degrees")
	builds := d.start("tail", "builds")
	builds.expect("  two")
	if got := builds.line(); got != "       lines" {
		t.Errorf("got %q, want the second line moved in", got)
	}
}

func TestTailPrintsAsManyAsAskedForAndThenWhatComes(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	for i := range 250 { // more than a page
		hub.post("/chat/lobby", fmt.Sprint("line ", i))
	}
	tail := d.start("tail", "lobby", "--last", "240", "--json")
	for want := 10; want < 250; want++ {
		var e struct {
			Kind string
			Data struct{ Text string }
		}
		if err := json.Unmarshal([]byte(tail.line()), &e); err != nil || e.Kind != "message" || e.Data.Text != fmt.Sprint("line ", want) {
			t.Fatalf("got %+v, %v; want line %d", e, err, want)
		}
	}
	hub.post("/chat/lobby", "live")
	if got := tail.line(); !strings.Contains(got, `"text":"live"`) {
		t.Errorf("got %q", got)
	}
}

func TestAStrangersTextCannotSteerTheTerminal(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	hub.post("/chat/lobby", "red \x1b[31malert\x07 \u202eevil")
	d.start("tail", "lobby").expect("  red [31malert evil")
}

func TestSubPrintsOneLineForEachNotification(t *testing.T) {
	d := newDesk(t)
	d.serve()
	d.must("pub", "--title", "Nightly", "--priority", "high", "--tags", "floppy_disk,ok", "backups", "Backup", "done")
	if r := d.run("disk\nfull\n", "pub", "--priority", "5", "backups", "-"); r.code != exitOK {
		t.Fatal(r.err)
	}
	sub := d.start("sub", "backups", "--since", "all")
	sub.expect(" ! Nightly: Backup done #floppy_disk #ok")
	sub.expect(" !! disk full")
	if got := d.start("sub", "backups", "--since", "10m", "--json").line(); !strings.Contains(got, `"title":"Nightly","priority":4,"tags":["floppy_disk","ok"]`) {
		t.Errorf("got %s", got)
	}
}

func TestSubMissesNothingAcrossARestart(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	sub := d.start("sub", "backups", "--since", "all")
	d.must("pub", "backups", "one")
	sub.expect(" one")
	hub.kill()
	d.serve()
	for i := range 5 {
		d.must("pub", "backups", fmt.Sprint("while away ", i))
	}
	for i := range 5 {
		sub.expect(fmt.Sprint(" while away ", i))
	}
}

func TestSubResumesThoughItHadSeenNothing(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	d.must("pub", "backups", "long ago")
	sub := d.start("sub", "backups")
	eventually(t, "a session of hearth sub", func() bool {
		var s status
		return json.Unmarshal([]byte(d.must("status", "--json")), &s) == nil && s.Sessions > 0
	})
	hub.kill()
	d.serve()
	d.must("pub", "backups", "in the break")
	sub.expect(" in the break")
}

func TestSubRunsACommandForEachNotification(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	d := newDesk(t)
	d.serve()
	d.must("pub", "--title", "Nightly", "--priority", "4", "--tags", "a,b", "backups", "Backup done")
	d.must("pub", "backups", "fails")
	d.must("pub", "backups", "next")
	script := `read -r line; echo "$HEARTH_TOPIC/$HEARTH_TITLE/$HEARTH_PRIORITY/$HEARTH_TAGS/$HEARTH_MESSAGE/$line/${#HEARTH_ID}"; test "$line" != fails`
	sub := d.start("sub", "backups", "--since", "all", "--", "sh", "-c", script)
	for _, want := range []string{"backups/Nightly/4/a,b/Backup done/Backup done/12", "backups//3//fails/fails/12", "backups//3//next/next/12"} {
		if got := sub.line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	sub.complains("exit status 1")
	r := d.run("", "sub", "backups", "--since", "all", "--", "no-such-command-here")
	if r.code != exitFailed || !strings.Contains(r.err, "no-such-command-here") {
		t.Errorf("got %+v, want a failure that names the command", r)
	}
}

func TestSubEndsItsCommandWhenItIsInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows cannot send a program this signal")
	}
	d := newDesk(t)
	d.serve()
	d.must("pub", "backups", "hi")
	sub := d.start("sub", "backups", "--since", "all", "--", "sh", "-c", "echo started; exec sleep 600")
	sub.expect("started")
	if code := sub.end(os.Interrupt); code != exitOK {
		t.Errorf("got exit %d: %s", code, sub.errs)
	}
}

func TestMonitorIntoAPipe(t *testing.T) {
	d := newDesk(t)
	d.serve()
	m := d.start("monitor", "--json")
	var previous time.Time
	for range 3 {
		var sample struct {
			Timestamp time.Time       `json:"timestamp"`
			Load      json.RawMessage `json:"cpu_load"`
			Memory    *float64        `json:"memory_usage"`
		}
		if err := json.Unmarshal([]byte(m.line()), &sample); err != nil || sample.Load == nil || sample.Memory == nil {
			t.Fatalf("got %+v, %v; want the keys that are always there", sample, err)
		}
		if !sample.Timestamp.After(previous) {
			t.Errorf("got %v after %v", sample.Timestamp, previous)
		}
		previous = sample.Timestamp
	}
	if got := d.start("monitor").line(); !strings.Contains(got, "  cpu ") || !strings.Contains(got, "  memory ") || strings.Contains(got, "\x1b") {
		t.Errorf("got %q, want one plain line", got)
	}
}

func TestTheLocalTokenGoesToNoOtherAddress(t *testing.T) {
	g := &globals{Data: t.TempDir()}
	for name, content := range map[string]string{"hub.json": `{"url":"http://127.0.0.1:7420"}`, "admin.token": "secret"} {
		if err := os.WriteFile(filepath.Join(g.Data, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for address, want := range map[string]string{"": "secret", "127.0.0.1:7420": "secret", "http://127.0.0.1:7421": "", "https://127.0.0.1:7420": "", "http://hub.example": ""} {
		if h, err := (remote{URL: address}).find(g); err != nil || h.token != want {
			t.Errorf("--url %q: got token %q, %v; want %q", address, h.token, err, want)
		}
	}
}

// lookup finds a program that a test needs. Where the project's own checks run it must be there; elsewhere the test is skipped.
func lookup(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "none of %q is installed", names)
	return ""
}

func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
