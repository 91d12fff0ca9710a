package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"hearth/backend"
)

type doctorCmd struct{ remote }

func (doctorCmd) Help() string {
	return `Example:

    hearth doctor
    hearth doctor > report.txt

It says what may keep other devices out, with the command that mends it, and whom the hub refused lately and why. It works without a network and while no hub runs, too. The text is made for a bug report: it has the addresses of this computer and of who was refused, paths and the data folder, but no messages and no secrets.`
}

// checkup is the answer of GET /api/doctor.
type checkup struct {
	Version  string            `json:"version"`
	URL      string            `json:"url"`
	Started  time.Time         `json:"started"`
	Shared   bool              `json:"shared"`
	Findings []backend.Finding `json:"findings"` // null = it does not say
	Refusals []refused         `json:"refusals"` // the newest first
}

// refused is somebody whom the hub did not let in.
type refused struct {
	Time    time.Time `json:"time"`
	Address string    `json:"address"`
	Path    string    `json:"path"`
	Agent   string    `json:"agent"`
	Code    string    `json:"code"`
	Cause   string    `json:"cause"`
	Fix     string    `json:"fix"`
	Count   int       `json:"count"`
}

// Run prints what the hub says and what this computer shows by itself. A hub that does not answer is something to report, not a
// failure.
func (c *doctorCmd) Run(ctx context.Context, g *globals) error {
	fmt.Println(about())
	if commit := commit(); commit != "" {
		line("commit", "%s", commit)
	}
	h, told := c.ask(ctx, g)
	if c.URL == "" { // else nothing on this computer speaks of that hub
		if err := c.examine(ctx, g, portOf(h), &told); err != nil {
			return err
		}
	}
	told.print()
	return nil
}

// line prints a fact, with a label before the first of its kind.
func line(label, format string, args ...any) {
	fmt.Printf("%-10s %s\n", label, oneLine(fmt.Sprintf(format, args...)))
}

// ask prints whether a hub answers and returns what it says.
func (c *doctorCmd) ask(ctx context.Context, g *globals) (hub, checkup) {
	var told checkup
	h, err := c.find(g)
	if err == nil {
		err = h.call(ctx, http.MethodGet, "/api/doctor", nil, &told)
	}
	if err != nil {
		line("hub", "%s", explain(err))
		return h, told
	}
	shared := "not shared"
	if told.Shared {
		shared = "shared with the network"
	}
	line("hub", "version %s runs at %s since %s, %s", told.Version, told.URL, clock(told.Started, time.Now()), shared)
	return h, told
}

// portOf is the port of the hub, or the one that a hub has unless told otherwise.
func portOf(h hub) int {
	for _, address := range []string{h.url, "http://" + backend.DefaultListen} {
		if u, err := url.Parse(address); err == nil {
			if port, err := strconv.Atoi(u.Port()); err == nil {
				return port
			}
		}
	}
	return 0
}

// examine prints what can be seen without a hub. What it finds stands in for what a hub that is silent would have found.
func (c *doctorCmd) examine(ctx context.Context, g *globals, port int, told *checkup) error {
	data, err := backend.DataFolder(g.Data)
	if err != nil {
		return err
	}
	seen := backend.Examine(data)
	line("data", "%s", seen.Data)
	line("store", "%s, last backup %s", size(float64(seen.StoreBytes)), moment(seen.LastBackup, "never"))
	for _, trouble := range seen.Trouble {
		line("trouble", "%s", trouble)
	}
	if holder := backend.PortHolder(port); holder != "" && told.URL == "" {
		line("port", "%d is in use by %s", port, holder)
	}
	label := "addresses"
	for _, a := range seen.Addresses {
		line(label, "%s %s %s", a.Address, a.Interface, words(a.Why))
		label = ""
	}
	if told.Findings == nil {
		told.Findings = seen.Diagnose(ctx, port)
	}
	return nil
}

// print prints what was found and who was refused.
func (t checkup) print() {
	if t.Findings != nil {
		fmt.Println("\nWhat may keep other devices out:")
		printFindings(t.Findings)
	}
	if t.URL == "" {
		return
	}
	fmt.Println("\nWhom the hub refused, the newest first:")
	for _, r := range t.Refusals {
		fmt.Printf("  %s %s\n", clock(r.Time, time.Now()), oneLine(r.what()))
		fmt.Printf("        %s\n", oneLine(r.why()))
	}
	if len(t.Refusals) == 0 {
		fmt.Println("  nobody")
	}
}

// what says who came where, and how often.
func (r refused) what() string {
	text := r.Address + " " + r.Path
	if r.Count > 1 {
		text += fmt.Sprintf(", %d times", r.Count)
	}
	if r.Agent != "" {
		text += ", " + r.Agent
	}
	return text
}

func (r refused) why() string {
	text := r.Code + ": " + r.Cause
	if r.Fix != "" {
		text += "; " + r.Fix
	}
	return text
}
