package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

type subCmd struct {
	remote
	Since   string   `help:"Begin with what came since then: all, a time ago like 10m, a Unix time, or the id of a notification." placeholder:"WHEN"`
	JSON    bool     `help:"Print each notification as one line of JSON, as the hub sends it."`
	Topic   string   `arg:"" help:"Topic, like backups."`
	Command []string `arg:"" optional:"" help:"Command to run for each notification."`
}

func (subCmd) Help() string {
	return `Example:

    hearth sub backups --since 12h
    hearth sub backups -- sh -c 'notify-send "$HEARTH_TITLE" "$HEARTH_MESSAGE"'

COMMAND runs once for each notification, one after the other. It has the message on standard input and, in the environment, HEARTH_TOPIC, HEARTH_ID, HEARTH_TITLE, HEARTH_PRIORITY, HEARTH_TAGS and HEARTH_MESSAGE. A hearth pub in it takes title, priority and tags from there, unless told otherwise.

It ends with Ctrl-C. When the hub is restarted it waits, and goes on after the last notification it handled.`
}

// notification is the data of an entry of a notification topic.
type notification struct {
	ID       string   `json:"id"`
	Topic    string   `json:"topic"`
	Text     string   `json:"text"`
	Title    string   `json:"title"`
	Priority int      `json:"priority"`
	Tags     []string `json:"tags"`
}

func (c *subCmd) Run(ctx context.Context, g *globals) error {
	if c.JSON && len(c.Command) > 0 {
		return usageError("--json prints and COMMAND does not: choose one of them")
	}
	f := follower{
		find:  func() (hub, error) { return c.find(g) },
		topic: "notify/" + url.PathEscape(c.Topic),
		start: url.Values{},
	}
	if c.Since != "" {
		f.start.Set("since", c.Since)
	}
	f.handle = func(e envelope) error {
		if e.Kind != "notification" { // a kind of a later version
			return nil
		}
		var n notification
		if err := json.Unmarshal(e.Data, &n); err != nil {
			return fmt.Errorf("the hub sent a notification that cannot be read: %w", err)
		}
		switch {
		case c.JSON:
			return printJSON(e.line)
		case len(c.Command) > 0:
			return n.hand(ctx, c.Command)
		}
		return n.print(os.Stdout, e.Time)
	}
	return f.run(ctx)
}

// print writes the notification as one line.
func (n notification) print(w io.Writer, at time.Time) error {
	line := clock(at, time.Now()) + " "
	if n.Priority > 3 {
		line += strings.Repeat("!", n.Priority-3) + " "
	}
	if n.Title != "" {
		line += oneLine(n.Title) + ": "
	}
	line += oneLine(n.Text)
	for _, tag := range n.Tags {
		line += " #" + oneLine(tag)
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// commandGrace is how long a command may take to end after the interrupt that ends hearth sub.
const commandGrace = 5 * time.Second

// hand runs the command for the notification and waits for it. A command that fails is told of, and the next notification
// comes all the same.
func (n notification) hand(ctx context.Context, command []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin = strings.NewReader(n.Text)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), n.environment()...)
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = commandGrace
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrPermission), errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("run %s: %w", command[0], err)
	case err != nil:
		warn("%s for notification %s: %v", command[0], n.ID, err)
	}
	return nil
}

// environment holds the notification for a command. A NUL, which no environment can carry, is left out.
func (n notification) environment() []string {
	set := func(name, value string) string { return "HEARTH_" + name + "=" + strings.ReplaceAll(value, "\x00", "") }
	return []string{
		set("TOPIC", n.Topic),
		set("ID", n.ID),
		set("TITLE", n.Title),
		set("PRIORITY", strconv.Itoa(n.Priority)),
		set("TAGS", strings.Join(n.Tags, ",")),
		set("MESSAGE", n.Text),
	}
}

// interrupt asks a command to end. Windows knows no such request.
func interrupt(p *os.Process) error {
	if err := p.Signal(os.Interrupt); err != nil {
		return p.Kill()
	}
	return nil
}
