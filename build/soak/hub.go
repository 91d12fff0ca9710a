package soak

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a story waits for what must come. It is long because the machine may be busy; nothing waits it out
// when all is well.
const patience = 30 * time.Second

// lab is what all stories need.
type lab struct {
	amount
	program string // the headless hub
	folder  string // temporary, for this story
	random  *rand.Rand
}

// dataFolder returns a new place for a hub's data.
func (l *lab) dataFolder(name string) string { return filepath.Join(l.folder, name) }

// hub is one process of the program.
type hub struct {
	cmd   *exec.Cmd
	data  string
	url   string // set by await
	said  transcript
	lines chan string   // of standard output; closed at its end
	ended chan struct{} // closed when the process is gone and has said all
}

// start starts a hub on a data folder and waits until it says where it is. It is started by the command under, if any.
func (l *lab) start(ctx context.Context, data string, under ...string) (*hub, error) {
	h, err := l.launch(data, under...)
	if err != nil {
		return nil, err
	}
	if err := h.await(ctx); err != nil {
		h.kill()
		return nil, err
	}
	return h, nil
}

// launch starts the process and waits for nothing.
func (l *lab) launch(data string, under ...string) (*hub, error) {
	args := append(under[:len(under):len(under)], l.program, "serve", "--listen", "127.0.0.1:0", "--data", data)
	h := &hub{cmd: exec.Command(args[0], args[1:]...), data: data, lines: make(chan string, 16), ended: make(chan struct{})}
	h.cmd.Env = withoutHearth(os.Environ())
	h.cmd.Stderr = &h.said
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the hub: %w", err)
	}
	go h.listen(out) // ends with the process; kill and leave wait for it
	return h, nil
}

func (h *hub) listen(out io.Reader) {
	defer close(h.ended)
	for in := bufio.NewScanner(out); in.Scan(); {
		h.said.Write(append(in.Bytes(), '\n'))
		select {
		case h.lines <- in.Text():
		default: // nobody waits for it
		}
	}
	close(h.lines)
	_ = h.cmd.Wait() // the exit code is in ProcessState
}

// await waits for the line with the address.
func (h *hub) await(ctx context.Context) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case line, more := <-h.lines:
			if !more {
				<-h.ended
				return fmt.Errorf("the hub ended instead of serving, with exit code %d\n%s", h.cmd.ProcessState.ExitCode(), &h.said)
			}
			if url, ok := strings.CutPrefix(line, "Hearth is at "); ok {
				h.url = url
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return fmt.Errorf("the hub does not say where it is\n%s", &h.said)
		}
	}
}

// kill ends the hub as a crash does: it cannot do anything about it.
func (h *hub) kill() {
	_ = h.cmd.Process.Kill() // an error says that it has ended
	<-h.ended
}

// leave asks the hub to end, and returns an error unless it ends well.
func (h *hub) leave() error {
	if err := h.quit(); err != nil {
		h.kill()
		return fmt.Errorf("ask the hub to end: %w", err)
	}
	return h.gone()
}

func (h *hub) quit() error {
	if runtime.GOOS == "windows" { // which has no such signal
		return exec.Command(h.cmd.Path, "quit", "--data", h.data).Run()
	}
	return h.cmd.Process.Signal(syscall.SIGTERM)
}

// gone waits for the end of a hub that was told to end.
func (h *hub) gone() error {
	select {
	case <-h.ended:
	case <-time.After(patience):
		h.kill()
		return fmt.Errorf("the hub does not end\n%s", &h.said)
	}
	if code := h.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the hub ended with exit code %d\n%s", code, &h.said)
	}
	return nil
}

// withoutHearth keeps a person's own settings away from the hub that is hurt.
func withoutHearth(env []string) []string {
	var kept []string
	for _, setting := range env {
		if !strings.HasPrefix(setting, "HEARTH_") {
			kept = append(kept, setting)
		}
	}
	return kept
}

// transcript is what a process wrote, safe to read while it runs.
type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}
