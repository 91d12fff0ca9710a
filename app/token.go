package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// tokenCmd is about the tokens with which programs on other computers use the hub.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token and print it, once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens, without their secrets."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token, and what was opened with it."`
}

func (tokenCmd) Help() string {
	return `Example:

    hearth token create nightly --topic backups --can publish

Programs on this computer need no token.`
}

type tokenCreateCmd struct {
	remote
	Name  string   `arg:"" help:"What the token is for, like nightly."`
	Topic []string `help:"Notification topic, or several with a * in it. Can be given several times; all topics unless it is." placeholder:"GLOB"`
	Can   []string `help:"What it may: publish and subscribe to notifications, see the monitor, use the rooms." enum:"publish,subscribe,monitor,rooms" default:"publish" placeholder:"publish,subscribe,monitor,rooms"`
	Rate  int      `help:"Messages a second that it may send; the hub's standard unless given." placeholder:"N"`
	Days  int      `help:"How long it is good; for ever unless given." placeholder:"N"`
	JSON  bool     `help:"Print the hub's answer as JSON."`
}

func (tokenCreateCmd) Help() string {
	return `Example:

    hearth token create nightly --topic "backup*" --can publish --days 90

The token is shown now and never again: the hub keeps only what recognizes it.`
}

func (c *tokenCreateCmd) Run(ctx context.Context, g *globals) error {
	if c.Days < 0 || c.Rate < 0 {
		return usageError("--days and --rate are numbers from 1; leave them out for no end and for the standard rate")
	}
	h, err := c.find(g)
	if err != nil {
		return err
	}
	answer := new([]byte)
	if err := h.call(ctx, http.MethodPost, "/api/tokens", c.wish(), answer); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(*answer)
	}
	var made struct {
		Token token  `json:"token"`
		Curl  string `json:"curl"` // with the token in it
	}
	if err := h.decode(*answer, &made); err != nil {
		return err
	}
	fmt.Printf("Token %s, called %s, is shown this once:\n\n    %s\n", made.Token.ID, oneLine(made.Token.Name), oneLine(made.Curl))
	return nil
}

// wish is what the hub is asked for.
func (c *tokenCreateCmd) wish() map[string]any {
	w := map[string]any{"name": c.Name, "topics": []string{"*"}, "can": c.Can}
	if c.Topic != nil {
		w["topics"] = c.Topic
	}
	if c.Rate > 0 {
		w["rate"] = c.Rate
	}
	if c.Days > 0 {
		w["days"] = c.Days
	}
	return w
}

// token is one as the hub lists it. What it is recognized by is not in it.
type token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Topics  []string  `json:"topics"`
	Can     []string  `json:"can"`
	Rate    int       `json:"rate"` // messages a second, 0 = the standard
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"` // zero = never
	Used    time.Time `json:"used"`    // zero = never
}

type tokenListCmd struct {
	remote
	JSON bool `help:"Print the hub's answer as JSON."`
}

func (tokenListCmd) Help() string { return "Example:\n\n    hearth token list" }

func (c *tokenListCmd) Run(ctx context.Context, g *globals) error {
	h, err := c.find(g)
	if err != nil {
		return err
	}
	answer := new([]byte)
	if err := h.call(ctx, http.MethodGet, "/api/tokens", nil, answer); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(*answer)
	}
	var listed struct {
		Tokens []token `json:"tokens"`
	}
	if err := h.decode(*answer, &listed); err != nil {
		return err
	}
	rows := [][]string{{"ID", "NAME", "MAY", "TOPICS", "USED", "UNTIL"}}
	for _, t := range listed.Tokens {
		rows = append(rows, []string{t.ID, t.Name, strings.Join(t.Can, ", "), strings.Join(t.Topics, ", "), moment(t.Used, "never"), moment(t.Expires, "revoked")})
	}
	return printTable(os.Stdout, rows, "There are no tokens; `hearth token create NAME` makes one.")
}

type tokenRevokeCmd struct {
	remote
	ID string `arg:"" help:"Id of the token, as list shows it."`
}

func (tokenRevokeCmd) Help() string { return "Example:\n\n    hearth token revoke k3v9" }

func (c *tokenRevokeCmd) Run(ctx context.Context, g *globals) error {
	h, err := c.find(g)
	if err != nil {
		return err
	}
	if err := h.call(ctx, http.MethodDelete, "/api/tokens/"+url.PathEscape(c.ID), nil, nil); err != nil {
		return err
	}
	fmt.Printf("The token %s is good for nothing any more.\n", oneLine(c.ID))
	return nil
}
