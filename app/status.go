package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"
)

type statusCmd struct {
	remote
	JSON bool `help:"Print the hub's answer as JSON."`
}

func (statusCmd) Help() string { return "Example:\n\n    hearth status" }

// status is the answer of GET /api/status.
type status struct {
	Version  string    `json:"version"`
	PID      int       `json:"pid"`
	URL      string    `json:"url"`
	Data     string    `json:"data"`
	Started  time.Time `json:"started"`
	Uptime   int64     `json:"uptime_sec"`
	Rooms    int       `json:"rooms"`
	People   int       `json:"people"`
	Sessions int       `json:"sessions"`
	Window   bool      `json:"window"`
	Backup   time.Time `json:"last_backup"`
}

func (c *statusCmd) Run(ctx context.Context, g *globals) error {
	h, err := c.find(g)
	if err != nil {
		return err
	}
	var raw []byte
	if err := h.call(ctx, http.MethodGet, "/api/status", nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(raw)
	}
	var s status
	if err := h.decode(raw, &s); err != nil {
		return err
	}
	window := "none"
	if s.Window {
		window = "yes"
	}
	fmt.Printf("Hearth %s runs at %s\n", s.Version, s.URL)
	fmt.Printf("process   %d, for %s\n", s.PID, span(time.Duration(s.Uptime)*time.Second))
	fmt.Printf("data      %s\n", s.Data)
	backup := "none yet"
	if !s.Backup.IsZero() {
		backup = clock(s.Backup, time.Now())
	}
	fmt.Printf("rooms     %d\npeople    %d, %d connected sessions\nwindow    %s\nbackup    %s\n", s.Rooms, s.People, s.Sessions, window, backup)
	return nil
}

type openCmd struct{ remote }

func (openCmd) Help() string {
	return `Example:

    hearth open

A link is good once, and for ten minutes. Whoever opens it is the owner of the hub: keep it to yourself.`
}

func (c *openCmd) Run(ctx context.Context, g *globals) error {
	h, err := c.find(g)
	if err != nil {
		return err
	}
	err = h.show(ctx)
	if err == nil {
		fmt.Println("The window of Hearth is shown.")
		return nil
	}
	if statusOf(err) != http.StatusConflict {
		return err
	}
	var link struct {
		URL string `json:"url"`
	}
	if err := h.call(ctx, http.MethodPost, "/api/host/link", nil, &link); err != nil {
		return err
	}
	fmt.Println(link.URL)
	return nil
}

// show brings the window to the front. Where the hub has none it is refused with http.StatusConflict.
func (h hub) show(ctx context.Context) error {
	return h.call(ctx, http.MethodPost, "/api/host/show", nil, nil)
}

type quitCmd struct{ remote }

func (quitCmd) Help() string { return "Example:\n\n    hearth quit" }

// Bounds of the wait for a hub to end. It closes what is connected first, for which it allows itself three seconds.
const (
	quitWait  = 15 * time.Second
	quitProbe = 50 * time.Millisecond
)

func (c *quitCmd) Run(ctx context.Context, g *globals) error {
	h, err := c.find(g)
	if err != nil {
		return err
	}
	if err := h.call(ctx, http.MethodPost, "/api/host/quit", nil, nil); err != nil {
		return err
	}
	if err := h.gone(ctx); err != nil {
		return err
	}
	fmt.Println("Hearth has stopped.")
	return nil
}

// gone waits until nothing answers at the hub's address any more.
func (h hub) gone(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, quitWait, fmt.Errorf("the hub at %s was asked to stop and still answers after %s", h.url, quitWait))
	defer cancel()
	tick := time.NewTicker(quitProbe)
	defer tick.Stop()
	for {
		if err := h.call(ctx, http.MethodGet, "/healthz", nil, nil); exitCode(err) == exitUnreachable {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// printJSON writes one line of JSON as the hub sent it.
func printJSON(line []byte) error {
	if n := len(line); n == 0 || line[n-1] != '\n' {
		line = append(line[:n:n], '\n')
	}
	_, err := os.Stdout.Write(line)
	return err
}
