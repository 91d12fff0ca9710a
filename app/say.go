package main

import (
	"context"
	"net/http"
	"net/url"
	"os/user"
	"strings"
)

type sayCmd struct {
	remote
	Room string   `arg:"" help:"Room, like lobby. Its first message makes it."`
	Text []string `arg:"" help:"The message, or - to read it from standard input."`
}

func (sayCmd) Help() string {
	return `Example:

    hearth say lobby "tea is ready"
    git log -1 | hearth say builds -
    hearth say lobby -- "-5 degrees outside"`
}

func (c *sayCmd) Run(ctx context.Context, g *globals) error {
	message, err := text(c.Text)
	if err != nil {
		return err
	}
	h, err := c.find(g)
	if err != nil {
		return err
	}
	path := "/chat/" + url.PathEscape(c.Room)
	if name := loginName(); name != "" {
		path += "?" + url.Values{"name": {name}}.Encode() // used when the hub does not know the caller
	}
	req, err := h.request(ctx, http.MethodPost, path, strings.NewReader(message))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	return h.read(req, nil)
}

// loginName is the name of the user who runs the program, without the domain that Windows puts before it.
func loginName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username[strings.LastIndex(u.Username, `\`)+1:]
}
