package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

type pubCmd struct {
	remote
	Title    string   `help:"Title above the message." placeholder:"TEXT"`
	Priority string   `help:"How urgent: 1 to 5, or min, low, default, high, urgent. From 4 on the owner's desktop shows it." placeholder:"PRIORITY"`
	Tags     []string `help:"Tags, with commas between them." placeholder:"TAG,…"`
	Topic    string   `arg:"" help:"Topic, like backups. Its first notification makes it."`
	Message  []string `arg:"" help:"The message, or - to read it from standard input."`
}

func (pubCmd) Help() string {
	return `Example:

    hearth pub --title Nightly --priority high --tags floppy_disk backups "Backup done"
    tail -n 3 build.log | hearth pub builds -`
}

func (c *pubCmd) Run(ctx context.Context, g *globals) error {
	if strings.ContainsFunc(c.Title, unicode.IsControl) {
		return usageError("--title is one line, without control characters")
	}
	message, err := text(c.Message)
	if err != nil {
		return err
	}
	h, err := c.find(g)
	if err != nil {
		return err
	}
	req, err := h.request(ctx, http.MethodPost, "/"+url.PathEscape(c.Topic), strings.NewReader(message))
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"Title": c.Title, "Priority": c.Priority, "Tags": strings.Join(c.Tags, ",")} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	return h.read(req, nil)
}
