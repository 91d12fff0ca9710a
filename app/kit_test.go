package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what must come. It is long because the machine may be busy; nothing waits it out when
// all is well.
const patience = 30 * time.Second

// hearth builds the program under test at its first call.
var hearth = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programs, "hearth"+exe())
	return path, build(path)
})

// programs is the folder for what the tests build.
var programs string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hearth-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programs = dir
	return m.Run()
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// build builds this package with those flags.
func build(to string, flags ...string) error {
	args := slices.Concat([]string{"build", "-buildvcs=false", "-o", to}, flags, []string{"."})
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return nil
}

// desk is a user with a home of his own, and at most one hub in it.
type desk struct {
	t    testing.TB
	home string
	vars []string
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	return &desk{t: t, home: t.TempDir()}
}

// env is the environment of the tests without what would lead to another hub, home or display.
func (d *desk) env() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasPrefix(name, "HEARTH_") || strings.HasPrefix(name, "XDG_") || slices.Contains([]string{"HOME", "LocalAppData", "STATE_DIRECTORY", "DISPLAY", "WAYLAND_DISPLAY"}, name)
	})
	return append(append(env, "HOME="+d.home, "LocalAppData="+d.home), d.vars...)
}

func (d *desk) command(args ...string) *exec.Cmd {
	d.t.Helper()
	path, err := hearth()
	if err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = d.env()
	return cmd
}

// result is what a command that ended left.
type result struct {
	out, err string
	code     int
}

// run runs the program to its end.
func (d *desk) run(input string, args ...string) result {
	d.t.Helper()
	return d.finish(d.command(args...), input)
}

func (d *desk) finish(cmd *exec.Cmd, input string) result {
	d.t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	stop := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		d.t.Fatalf("%v: %v", cmd.Args, err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must runs the program and returns its output; it fails the test unless the program does well.
func (d *desk) must(args ...string) string {
	d.t.Helper()
	r := d.run("", args...)
	if r.code != exitOK {
		d.t.Fatalf("hearth %v: exit %d: %s", args, r.code, r.err)
	}
	return r.out
}

// program is one that runs beside the test.
type program struct {
	t     testing.TB
	cmd   *exec.Cmd
	lines chan string // of standard output; closed at its end
	errs  *written
	ended chan struct{}
}

// start starts the program; it is killed at the end of the test if it still runs.
func (d *desk) start(args ...string) *program {
	d.t.Helper()
	return d.begin(d.command(args...))
}

func (d *desk) begin(cmd *exec.Cmd) *program {
	d.t.Helper()
	p := &program{t: d.t, cmd: cmd, lines: make(chan string, 4096), errs: &written{}, ended: make(chan struct{})}
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	cmd.Stderr = p.errs
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() { // ends with the program; the cleanup waits for it
		defer close(p.ended)
		for in := bufio.NewScanner(out); in.Scan(); {
			p.lines <- in.Text()
		}
		close(p.lines)
		_ = cmd.Wait()
	}()
	d.t.Cleanup(p.kill)
	return p
}

func (p *program) kill() {
	_ = p.cmd.Process.Kill() // an error says that it has ended
	<-p.ended
}

// line returns the next line of standard output.
func (p *program) line() string {
	p.t.Helper()
	select {
	case line, ok := <-p.lines:
		if !ok {
			<-p.ended
			p.t.Fatalf("%v ended with exit %d: %s", p.cmd.Args, p.cmd.ProcessState.ExitCode(), p.errs)
		}
		return line
	case <-time.After(patience):
		p.t.Fatalf("%v said nothing more: %s", p.cmd.Args, p.errs)
	}
	return ""
}

// expect fails unless the next line ends in want.
func (p *program) expect(want string) {
	p.t.Helper()
	if got := p.line(); !strings.HasSuffix(got, want) {
		p.t.Fatalf("%v printed %q, want a line that ends in %q", p.cmd.Args[1:], got, want)
	}
}

// complains waits until the program has said each of wants on standard error.
func (p *program) complains(wants ...string) {
	p.t.Helper()
	for _, want := range wants {
		eventually(p.t, fmt.Sprintf("%v to say %q on standard error", p.cmd.Args[1:], want), func() bool {
			return strings.Contains(p.errs.String(), want)
		})
	}
}

// end sends a signal, waits for the end and returns the exit code.
func (p *program) end(s os.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	return p.wait()
}

func (p *program) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("%v does not end: %s", p.cmd.Args, p.errs)
	}
	return p.cmd.ProcessState.ExitCode()
}

// written is what a program wrote, safe to read while it runs.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// served is a hub that runs.
type served struct {
	*program
	url string
}

// serve starts the hub of the desk on a free port and waits until it answers.
func (d *desk) serve(flags ...string) *served {
	d.t.Helper()
	p := d.start(append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...)
	said := p.line()
	url, ok := strings.CutPrefix(said, "Hearth is at ")
	if !ok {
		d.t.Fatalf("hearth serve printed %q, want its address", said)
	}
	return &served{program: p, url: url}
}

// post posts to a path of the hub as curl -d does, and fails the test unless it is taken.
func (s *served) post(path, text string) {
	s.t.Helper()
	if err := s.tryPost(path, text); err != nil {
		s.t.Fatal(err)
	}
}

// tryPost posts again when the hub says that it was too often.
func (s *served) tryPost(path, text string) error {
	for {
		res, err := http.Post(s.url+path, "application/x-www-form-urlencoded", strings.NewReader(text))
		if err != nil {
			return err
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		switch {
		case err != nil:
			return err
		case res.StatusCode == http.StatusTooManyRequests:
			continue
		case res.StatusCode >= 300:
			return fmt.Errorf("post %s: %s: %s", path, res.Status, body)
		}
		return nil
	}
}

// eventually waits until check holds, asking again and again.
func eventually(t testing.TB, what string, check func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !check() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited %s in vain: %s", patience, what)
		}
	}
}
