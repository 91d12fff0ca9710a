package main

import (
	"fmt"
	"os"
	"slices"

	"golang.org/x/term"

	"hearth/backend"
)

// announce says where the hub is. The owner's link goes to a person's terminal only: where standard output is a journal or a
// file, others may read it.
func announce(hub *backend.Hub) {
	fmt.Printf("Hearth is at %s\n", hub.URL())
	if atTerminal() {
		fmt.Printf("Your own link, good once within ten minutes: %s\nCtrl-C ends it.\n", hub.OwnerLink(false))
	}
}

// atTerminal reports whether a person reads standard output.
func atTerminal() bool { return term.IsTerminal(int(os.Stdout.Fd())) }

// teller says how others come in, and what changed about it. The link and the PIN go to a person's terminal only.
type teller struct {
	secrets bool
	last    backend.Sharing
}

func (t *teller) tell(now backend.Sharing) {
	before := t.last
	t.last = now
	if now.On != before.On || now.URL != before.URL {
		fmt.Println(where(now))
	}
	if t.secrets && now.Link != "" && now.Link != before.Link {
		showCode(now.Link)
	}
	if t.secrets && now.On && (!before.On || now.PIN != before.PIN) {
		fmt.Println(asked(now))
	}
	switch locked := before.On && before.Locked; {
	case now.On && now.Locked && !locked:
		fmt.Println("The door is locked: nobody new comes in.")
	case now.On && !now.Locked && locked:
		fmt.Println("The door is open again.")
	}
	tellVisits(before, now)
}

// tellVisits tells of who came, who waits at the door, and why nobody may have come.
func tellVisits(before, now backend.Sharing) {
	if l := now.Lamp; l.Name != "" && l.Time != before.Lamp.Time {
		fmt.Printf("%s joined from %s\n", oneLine(l.Name), l.Address)
	}
	for _, k := range now.Knocks {
		if !slices.Contains(before.Knocks, k) {
			fmt.Printf("%s knocks from %s; answer in the window, or in a browser that opened your link\n", oneLine(k.Name), k.From)
		}
	}
	if len(now.Causes) > 0 && len(before.Causes) == 0 {
		fmt.Println("Nobody has come yet. What may be the reason:")
		printFindings(now.Causes)
	}
}

// where says at which address the hub is shared.
func where(s backend.Sharing) string {
	switch {
	case !s.On:
		return "The hub is not shared with the network any more."
	case s.URL == "":
		return "Shared, but this computer has no address on a network yet."
	}
	return "Shared with the network at " + s.URL
}

// showCode draws the QR code of a link that lets people in, with the link below it.
func showCode(link string) {
	if err := printQR(link); err != nil {
		warn("%v", err) // the link is as good
	}
	fmt.Println("This code or link lets people in: " + link)
}

// asked says what those are asked for who come without the link.
func asked(s backend.Sharing) string {
	if s.PIN == "" {
		return "No PIN is asked for: everyone on the network can come in."
	}
	return "Who opens the address without it gives the PIN " + spaced(s.PIN)
}

// spaced is a PIN as people read it to each other.
func spaced(pin string) string {
	if n := len(pin); n%2 == 0 && n >= 6 {
		return pin[:n/2] + " " + pin[n/2:]
	}
	return pin
}
