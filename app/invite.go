package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"
)

type inviteCmd struct {
	remote
	Uses   int    `help:"How many people may come in by it; 0 for any number." default:"20" placeholder:"N"`
	Hours  int    `help:"How long it is good." default:"24" placeholder:"H"`
	List   bool   `help:"List the invites instead."`
	Revoke string `help:"End the invite with this id instead." placeholder:"ID"`
	JSON   bool   `help:"Print the hub's answer as JSON."`
}

func (inviteCmd) Help() string {
	return `Example:

    hearth invite --uses 5 --hours 2
    hearth invite --list
    hearth invite --revoke k3v9

Whoever opens the link joins as a guest, without a PIN. The hub must be shared with the network: switch it on in the window, or run hearth serve --lan.`
}

// invite is one as the hub lists it. What lets people in is not in it.
type invite struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Uses    int       `json:"uses"` // 0 = no count
	Used    int       `json:"used"`
	State   string    `json:"state"`   // open, expired, used_up or revoked
	Sharing bool      `json:"sharing"` // the link of the sharing panel and its QR code
}

func (c *inviteCmd) Run(ctx context.Context, g *globals) error {
	if c.List && c.Revoke != "" {
		return usageError("choose one of --list and --revoke")
	}
	h, err := c.find(g)
	if err != nil {
		return err
	}
	switch {
	case c.List:
		return c.list(ctx, h)
	case c.Revoke != "":
		if err := h.call(ctx, http.MethodDelete, "/api/invites/"+url.PathEscape(c.Revoke), nil, nil); err != nil {
			return err
		}
		fmt.Printf("The invite %s lets nobody in any more.\n", oneLine(c.Revoke))
		return nil
	}
	return c.create(ctx, h)
}

func (c *inviteCmd) create(ctx context.Context, h hub) error {
	var made struct {
		Invite invite `json:"invite"`
		URL    string `json:"url"`
	}
	answer := new([]byte)
	if err := h.call(ctx, http.MethodPost, "/api/invites", map[string]int{"uses": c.Uses, "hours": c.Hours}, answer); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(*answer)
	}
	if err := h.decode(*answer, &made); err != nil {
		return err
	}
	if !atTerminal() {
		fmt.Println(made.URL) // for the next program
		return nil
	}
	showCode(made.URL)
	i := made.Invite
	fmt.Printf("It is good for %s until %s; `hearth invite --revoke %s` ends it.\n", i.whom(), clock(i.Expires, time.Now()), i.ID)
	return nil
}

// whom says whom an invite lets in.
func (i invite) whom() string {
	if i.Uses == 0 {
		return "everybody who has it"
	}
	return counted(i.Uses, "person", "people")
}

func (c *inviteCmd) list(ctx context.Context, h hub) error {
	answer := new([]byte)
	if err := h.call(ctx, http.MethodGet, "/api/invites", nil, answer); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(*answer)
	}
	var listed struct {
		Invites []invite `json:"invites"`
	}
	if err := h.decode(*answer, &listed); err != nil {
		return err
	}
	rows := [][]string{{"ID", "STATE", "CAME IN", "UNTIL", "LINK"}}
	for _, i := range listed.Invites {
		came := fmt.Sprint(i.Used)
		if i.Uses > 0 {
			came += fmt.Sprintf(" of %d", i.Uses)
		}
		link := "made by the owner"
		if i.Sharing {
			link = "of the QR code"
		}
		rows = append(rows, []string{i.ID, words(i.State), came, clock(i.Expires, time.Now()), link})
	}
	return printTable(os.Stdout, rows, "There are no invites; `hearth invite` makes one.")
}
