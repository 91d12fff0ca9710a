package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	startPatience = 10 * time.Second
	stopPatience  = 10 * time.Second
	knockEvery    = 200 * time.Microsecond
)

// hub is the program under test, serving an empty data folder of its own.
type hub struct {
	cmd   *exec.Cmd
	addr  string
	data  string
	took  time.Duration // from exec to the first answer
	said  *bytes.Buffer // read it after ended
	ended chan error
}

// startHub starts a hub and waits until it answers.
func startHub(ctx context.Context, b *bench) (*hub, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp("", "hearth-bench-data-")
	if err != nil {
		return nil, err
	}
	h := &hub{addr: addr, data: data, said: new(bytes.Buffer), ended: make(chan error, 1)}
	h.cmd = exec.Command(b.program, "serve", "--listen", addr, "--data", data)
	h.cmd.Env = withoutHearth(os.Environ())
	h.cmd.Stdout, h.cmd.Stderr = h.said, h.said
	begun := time.Now()
	if err := b.cores.start(h.cmd); err != nil {
		os.RemoveAll(data)
		return nil, fmt.Errorf("start %s: %w", b.program, err)
	}
	go func() { h.ended <- h.cmd.Wait() }() // ends with the hub, which stop sees to
	if err := h.await(ctx, begun.Add(startPatience)); err != nil {
		h.stop()
		return nil, err
	}
	h.took = time.Since(begun)
	return h, nil
}

// await knocks until the hub answers.
func (h *hub) await(ctx context.Context, deadline time.Time) error {
	for !h.healthy() {
		select {
		case err := <-h.ended:
			h.ended <- err
			return fmt.Errorf("the hub ended instead of serving: %v\n%s", err, h.said)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(knockEvery):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the hub did not answer within %v", startPatience)
		}
	}
	return nil
}

// healthy makes one connection and one request; it says quickly that nobody listens yet.
func (h *hub) healthy() bool {
	conn, err := net.DialTimeout("tcp", h.addr, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", h.addr); err != nil {
		return false
	}
	const ok = "HTTP/1.1 200"
	answer := make([]byte, len(ok))
	_, err = io.ReadFull(conn, answer)
	return err == nil && string(answer) == ok
}

// stop ends the hub and removes its folder.
func (h *hub) stop() {
	defer os.RemoveAll(h.data)
	if h.cmd.Process.Signal(os.Interrupt) != nil { // Windows has no such signal
		h.cmd.Process.Kill()
	}
	select {
	case <-h.ended:
	case <-time.After(stopPatience):
		h.cmd.Process.Kill()
		<-h.ended
	}
}

// errLater says that the hub takes no more joins this second.
var errLater = errors.New("the hub takes no more joins this second")

// join makes a member and returns its cookie.
func (h *hub) join(ctx context.Context, name string) (string, error) {
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+h.addr+"/api/join", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusTooManyRequests {
		return "", errLater
	}
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
