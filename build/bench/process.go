package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	startPatience = 10 * time.Second
	stopPatience  = 10 * time.Second
	knockEvery    = 200 * time.Microsecond
)

// process is a program under test.
type process struct {
	cmd    *exec.Cmd
	addr   string
	health string // path that answers 200 when it serves
	data   string // folder to remove when it has ended; "" = none

	took  time.Duration // from exec to the first answer
	said  *bytes.Buffer // read it after ended
	ended chan error
}

// launch says how a hub is started. The zero value is an empty folder, and everything as shipped.
type launch struct {
	data   string   // a folder to serve, which is kept
	limits []string // NAME=VALUE
	env    []string
}

// startHub starts a hub and waits until it answers.
func startHub(ctx context.Context, b *bench, l launch) (*process, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &process{addr: addr, health: "/healthz"}
	data := l.data
	if data == "" {
		if data, err = os.MkdirTemp("", "hearth-bench-data-"); err != nil {
			return nil, err
		}
		p.data = data
	}
	p.cmd = exec.Command(b.program, "serve", "--listen", addr, "--data", data)
	for _, limit := range l.limits {
		p.cmd.Args = append(p.cmd.Args, "--limit", limit)
	}
	p.cmd.Env = append(withoutHearth(os.Environ()), l.env...)
	return b.run(ctx, p)
}

// run starts a process on the hub's cores and waits until it answers. If it does not, its folder is removed.
func (b *bench) run(ctx context.Context, p *process) (*process, error) {
	p.said, p.ended = new(bytes.Buffer), make(chan error, 1)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	begun := time.Now()
	if err := b.cores.start(p.cmd); err != nil {
		p.clean()
		return nil, fmt.Errorf("start %s: %w", p.cmd.Path, err)
	}
	go func() { p.ended <- p.cmd.Wait() }() // ends with the process, which stop sees to
	if err := p.await(ctx, begun.Add(startPatience)); err != nil {
		p.stop()
		return nil, err
	}
	p.took = time.Since(begun)
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) clean() {
	if p.data != "" {
		os.RemoveAll(p.data)
	}
}

// await knocks until the process answers.
func (p *process) await(ctx context.Context, deadline time.Time) error {
	for !p.healthy() {
		select {
		case err := <-p.ended:
			p.ended <- err
			return fmt.Errorf("%s ended instead of serving: %v\n%s", filepath.Base(p.cmd.Path), err, p.said)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(knockEvery):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s did not answer within %v", filepath.Base(p.cmd.Path), startPatience)
		}
	}
	return nil
}

// healthy makes one connection and one request; it says quickly that nobody listens yet.
func (p *process) healthy() bool {
	conn, err := net.DialTimeout("tcp", p.addr, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", p.health, p.addr); err != nil {
		return false
	}
	const ok = "HTTP/1.1 200"
	answer := make([]byte, len(ok))
	_, err = io.ReadFull(conn, answer)
	return err == nil && string(answer) == ok
}

// stop ends the process and removes its folder.
func (p *process) stop() {
	defer p.clean()
	if p.cmd.Process.Signal(os.Interrupt) != nil { // Windows has no such signal
		p.cmd.Process.Kill()
	}
	select {
	case <-p.ended:
	case <-time.After(stopPatience):
		p.cmd.Process.Kill()
		<-p.ended
	}
}

// join makes a member and returns its cookie.
func (p *process) join(ctx context.Context, name string) (string, error) {
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.addr+"/api/join", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated || len(response.Cookies()) == 0 {
		answer, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		return "", fmt.Errorf("join as %s: %s: %s", name, response.Status, answer)
	}
	cookie := response.Cookies()[0]
	return cookie.Name + "=" + cookie.Value, nil
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// withoutHearth keeps a person's own settings away from the hub that is measured.
func withoutHearth(env []string) []string {
	var kept []string
	for _, setting := range env {
		if !strings.HasPrefix(setting, "HEARTH_") {
			kept = append(kept, setting)
		}
	}
	return kept
}
