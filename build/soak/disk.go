package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// playFlush lets one write or flush fail, as a dying disk does. What is stored is then unknown, so the hub may acknowledge
// nothing more, although later ones would succeed.
func playFlush(ctx context.Context, l *lab) (string, error) {
	c, data, err := l.prepare(ctx)
	if err != nil {
		return "", err
	}
	before := c.promises()
	for _, fault := range l.faults {
		if err := l.failOnce(ctx, c, data, fault); err != nil {
			return "", fmt.Errorf("%s: %w", fault, err)
		}
	}
	return fmt.Sprintf("%d disk errors among %d entries: read_only each time, none lost", len(l.faults), c.promises()-before), nil
}

// failOnce lets one system call of a hub fail while all write, and looks what it says until and after its restart.
func (l *lab) failOnce(ctx context.Context, c *crew, data, fault string) error {
	trace, err := l.strace(ctx, fault)
	if err != nil {
		return err
	}
	h, err := l.start(ctx, data, trace...)
	if err != nil {
		return err
	}
	defer h.kill()
	s, err := c.work(ctx, h, 1)
	if err != nil {
		return err
	}
	s.posting.Wait()
	if got := s.refusals(); len(got) != posters || !all(got, "read_only") {
		return fmt.Errorf("posts were answered with %v, want read_only for each poster", got)
	}
	if err := readOnly(ctx, c, h); err != nil {
		return err
	}
	if err := h.leave(); err != nil {
		return err
	}
	c.reading.Wait()
	return l.recovered(ctx, c, data)
}

// readOnly looks at a hub that has stopped writing: it shows what it promised and nothing else, and has told its owner.
func readOnly(ctx context.Context, c *crew, h *hub) error {
	switch a, err := c.insist(ctx, h, c.message(c.reader(), 0)); {
	case err != nil:
		return err
	case a.code != "read_only":
		return fmt.Errorf("a later post was answered with %v, want read_only", a)
	}
	if err := h.usable(ctx, c.reader()); err != nil {
		return err
	}
	shown := newAudit(c.ledger)
	if err := shown.run(ctx, h, c.reader()); err != nil {
		return err
	}
	if got, want := shown.entries(), c.promises(); got != want {
		return fmt.Errorf("the hub shows %d entries, but only %d are sure to be stored", got, want)
	}
	return errors.Join(h.logged("the store stopped writing"), h.says(ctx, "stopped storing after a disk error"))
}

// recovered starts a hub on a disk that is well again: all is there, and it takes posts.
func (l *lab) recovered(ctx context.Context, c *crew, data string) error {
	h, err := l.start(ctx, data)
	if err != nil {
		return err
	}
	defer h.kill()
	if err := newAudit(c.ledger).run(ctx, h, c.reader()); err != nil {
		return err
	}
	if err := c.settle(ctx, h); err != nil {
		return err
	}
	if err := newAudit(c.ledger).run(ctx, h, c.reader()); err != nil {
		return err
	}
	return h.leave()
}

// playSlow holds a flush back for as long as it takes to use the hub.
func playSlow(ctx context.Context, l *lab) (string, error) {
	c, data, err := l.prepare(ctx)
	if err != nil {
		return "", err
	}
	trace, err := l.strace(ctx, "fdatasync:delay_enter="+strconv.FormatInt(holdBack, 10))
	if err != nil {
		return "", err
	}
	h, err := l.start(ctx, data, trace...)
	if err != nil {
		return "", err
	}
	defer h.kill()
	posted := make(chan error, 1)
	go func() { posted <- c.must(ctx, h, c.message(c.reader(), 0)) }() // ends with the hub
	if err := l.flushing(ctx); err != nil {
		return "", err
	}
	if err := errors.Join(h.usable(ctx, c.reader()), h.meets(ctx, c.reader(), c.members[1][0])); err != nil {
		return "", fmt.Errorf("while a flush takes its time: %w", err)
	}
	select {
	case err := <-posted:
		return "", fmt.Errorf("a post was answered before it was flushed (%v)", err)
	default:
	}
	if err := h.endTracer(); err != nil { // and with it the waiting
		return "", err
	}
	if err := <-posted; err != nil {
		return "", err
	}
	return "health, people, a page of history and presence were answered while a post waited for its flush", h.leave()
}

// holdBack is for how many microseconds a flush is held back; nothing waits it out.
const holdBack = 10 * 60 * 1e6

// prepare fills a data folder, so that a hub which starts on it has nothing to write.
func (l *lab) prepare(ctx context.Context) (c *crew, data string, err error) {
	data = l.dataFolder("data")
	h, err := l.start(ctx, data)
	if err != nil {
		return nil, "", err
	}
	defer h.kill()
	if c, err = gather(ctx, h, "lobby", "garden"); err != nil {
		return nil, "", err
	}
	return c, data, h.leave()
}

// strace returns the command that starts a hub and injects a fault, as strace(1) writes it, into its system calls. The hub
// stays our own child.
func (l *lab) strace(ctx context.Context, fault string) ([]string, error) {
	path, err := exec.LookPath("strace")
	if err != nil {
		return nil, leftOut(noStrace)
	}
	command := []string{path, "-D", "-f", "-qq", "-o", l.traceFile(), "-e", "trace=fdatasync,pwrite64", "-e", "signal=none", "-e", "inject=" + fault}
	try := exec.CommandContext(ctx, path, append(command[1:len(command):len(command)], "true")...)
	if said, err := try.CombinedOutput(); err != nil {
		return nil, leftOut(fmt.Sprintf("strace does not work here: %v: %s", err, said))
	}
	return command, nil
}

const noStrace = "there is no strace"

func (l *lab) traceFile() string { return filepath.Join(l.folder, "trace") }

// flushing waits until a hub under strace has begun to flush.
func (l *lab) flushing(ctx context.Context) error {
	return eventually(ctx, "the hub flushes", func() (bool, error) {
		trace, err := os.ReadFile(l.traceFile())
		return strings.Contains(string(trace), "fdatasync("), err
	})
}

// endTracer kills the strace that watches the hub, which then goes on by itself.
func (h *hub) endTracer() error {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	if err != nil {
		return err
	}
	pid := field(status, "TracerPid:")
	if pid == 0 {
		return errors.New("nobody traces the hub")
	}
	tracer, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return tracer.Kill()
}

// usable asks for what needs no writing.
func (h *hub) usable(ctx context.Context, by *member) error {
	for _, path := range []string{"/healthz", "/api/people", "/api/rooms", "/api/rooms/lobby/messages?limit=20"} {
		a, err := h.get(ctx, by, path)
		if err == nil && !a.good() {
			err = errors.New(a.String())
		}
		if err != nil {
			return fmt.Errorf("GET %s: %w", path, err)
		}
	}
	return nil
}

// says waits until the hub has said something to whoever started it.
func (h *hub) says(ctx context.Context, text string) error {
	return eventually(ctx, fmt.Sprintf("the hub says %q", text), func() (bool, error) {
		return strings.Contains(h.said.String(), text), nil
	})
}

// logged looks for a line in the hub's log.
func (h *hub) logged(text string) error {
	log, err := os.ReadFile(filepath.Join(h.data, "hearth.log"))
	if err == nil && !strings.Contains(string(log), text) {
		err = fmt.Errorf("the log does not say %q:\n%s", text, log)
	}
	return err
}

func all(answers []answer, code string) bool {
	for _, a := range answers {
		if a.code != code {
			return false
		}
	}
	return true
}
