package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

const (
	endPatience = 5 * time.Second // a hub that is asked to end is gone by then, whatever its clients do
	atOnce      = 16              // clients that connect at the same time
)

// playEnd asks a hub to end while clients read and posters write.
func playEnd(ctx context.Context, l *lab) (string, error) {
	data := l.dataFolder("data")
	h, err := l.start(ctx, data)
	if err != nil {
		return "", err
	}
	defer h.kill()
	c, err := gather(ctx, h, "lobby")
	if err != nil {
		return "", err
	}
	g := &guests{}
	if err := g.come(ctx, h, "lobby", l.clients); err != nil {
		return "", err
	}
	s, err := c.work(ctx, h, l.clients/50)
	if err != nil {
		return "", err
	}
	if err := s.reach(ctx); err != nil {
		return "", err
	}
	took, err := h.end()
	s.posting.Wait()
	c.reading.Wait()
	g.reading.Wait()
	if err := errors.Join(err, g.farewell(), unavailable(s.refusals())); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d clients got 1001, gone after %.1f s; %d entries acknowledged or seen and all there",
		l.clients, took.Seconds(), c.promises()), l.recovered(ctx, c, data)
}

// end asks the hub to end and returns how long it took.
func (h *hub) end() (time.Duration, error) {
	begun := time.Now()
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		h.kill()
		return 0, leftOut(fmt.Sprintf("this system cannot ask a process to end: %v", err))
	}
	err := h.gone()
	took := time.Since(begun)
	if err == nil && took > endPatience {
		err = fmt.Errorf("the hub took %v to end, %v are allowed", took, endPatience)
	}
	return took, err
}

// unavailable returns an error if a post was refused for another reason than that the hub ends.
func unavailable(refused []answer) error {
	for _, a := range refused {
		if a.code != "engine_unavailable" {
			return fmt.Errorf("while the hub ended a post was answered with %v", a)
		}
	}
	return nil
}

// guests are WebSocket clients that read a room and write nothing.
type guests struct {
	reading sync.WaitGroup

	mu     sync.Mutex
	closes map[websocket.StatusCode]int // how the hub said goodbye; guarded by mu
	other  error                        // another end; guarded by mu
}

// come lets so many follow a room.
func (g *guests) come(ctx context.Context, h *hub, room string, n int) error {
	g.closes = map[websocket.StatusCode]int{}
	return together(ctx, n, func(ctx context.Context, _ int) error {
		conn, err := h.enter(ctx, nil, room)
		if err != nil {
			return err
		}
		g.reading.Go(func() { g.read(conn) }) // ends with the hub
		return nil
	})
}

func (g *guests) read(conn *websocket.Conn) {
	defer conn.CloseNow()
	var err error
	for err == nil {
		_, _, err = conn.Read(context.Background())
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if code := websocket.CloseStatus(err); code >= 0 {
		g.closes[code]++
	} else if g.other == nil {
		g.other = err
	}
}

// farewell returns an error unless the hub told all of them that it is going away.
func (g *guests) farewell() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.other != nil || len(g.closes) != 1 || g.closes[websocket.StatusGoingAway] == 0 {
		return fmt.Errorf("clients were closed with %v, one of them with %v; want 1001 for all", g.closes, g.other)
	}
	return nil
}

// playChurn lets clients come and go, and looks what they leave behind in the hub.
func playChurn(ctx context.Context, l *lab) (string, error) {
	h, err := l.start(ctx, l.dataFolder("data"))
	if err != nil {
		return "", err
	}
	defer h.kill()
	if _, err := gather(ctx, h, "lobby"); err != nil {
		return "", err
	}
	if err := h.visits(ctx, l.connects/5); err != nil { // what the first ones leave stays: pools, stacks, buffers
		return "", err
	}
	before, err := h.held()
	if err != nil {
		return "", err
	}
	if err := h.visits(ctx, l.connects); err != nil {
		return "", err
	}
	var after holding
	err = eventually(ctx, "the hub has closed what it opened", func() (bool, error) {
		after, err = h.held()
		return after.files <= before.files, err
	})
	if err == nil && after.resident > before.resident+churnMemory {
		err = fmt.Errorf("resident memory went from %d to %d kB", before.resident>>10, after.resident>>10)
	}
	if err != nil {
		return "", fmt.Errorf("%d connects, before %v, after %v: %w", l.connects, before, after, err)
	}
	return fmt.Sprintf("%d connects: before %v, after %v", l.connects, before, after), h.leave()
}

// churnMemory is how much more memory a hub may have after the visits than before them: what a collection leaves differs
// from one to the next. One kilobyte kept of each connection would show in the long form.
const churnMemory = 8 << 20

// visits lets so many clients come and go, in each of the ways in which clients go.
func (h *hub) visits(ctx context.Context, n int) error {
	return together(ctx, n, func(ctx context.Context, i int) error {
		if i%4 == 0 {
			stream, err := h.follow(ctx, nil, "lobby", "?follow=1&last=1")
			if err != nil {
				return err
			}
			stream.next()
			stream.close()
			return stream.err
		}
		conn, err := h.enter(ctx, nil, "lobby")
		if err != nil {
			return err
		}
		if i%2 == 0 {
			return conn.CloseNow() // as when the wire is cut
		}
		return conn.Close(websocket.StatusNormalClosure, "")
	})
}

// together does n things, some of them at the same time, until one fails.
func together(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for first := range atOnce {
		all.Go(func() {
			for i := first; i < n && ctx.Err() == nil; i += atOnce {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// holding is what a process has of the system.
type holding struct {
	files, threads int
	resident       int // bytes
}

func (g holding) String() string {
	return fmt.Sprintf("%d files, %d threads, %.1f MB", g.files, g.threads, float64(g.resident)/1e6)
}

// held asks the system what the hub has. Our own idle connections are closed first.
func (h *hub) held() (holding, error) {
	transport.CloseIdleConnections()
	process := fmt.Sprintf("/proc/%d", h.cmd.Process.Pid)
	files, err := os.ReadDir(filepath.Join(process, "fd"))
	if err != nil {
		return holding{}, leftOut(fmt.Sprintf("this system does not tell what a process has open: %v", err))
	}
	status, err := os.ReadFile(filepath.Join(process, "status"))
	if err != nil {
		return holding{}, err
	}
	return holding{files: len(files), threads: field(status, "Threads:"), resident: field(status, "VmRSS:") << 10}, nil
}

// field reads a number of /proc/<pid>/status.
func field(status []byte, name string) int {
	_, rest, _ := strings.Cut(string(status), name)
	number, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	n, _ := strconv.Atoi(strings.TrimSuffix(number, " kB"))
	return n
}
