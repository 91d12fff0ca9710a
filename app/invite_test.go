package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// join asks to come in by a link, as the page does that the link leads to, and returns the status of the answer.
func join(t *testing.T, link, name string) int {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	secret, ok := strings.CutPrefix(u.Fragment, "j=")
	if !ok {
		t.Fatalf("%s has no secret behind the #", link)
	}
	res, err := http.Post(u.Scheme+"://"+u.Host+"/api/join", "application/json", strings.NewReader(`{"name":"`+name+`","secret":"`+secret+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestAnInviteLetsInAsManyAsItSaysUntilItIsRevoked(t *testing.T) {
	d := newDesk(t)
	hub := d.serve("--lan")
	if line := hub.line(); !strings.Contains(line, "http") {
		t.Skip("this computer is on no network: " + line)
	}
	once := strings.TrimSpace(d.must("invite", "--uses", "1"))
	if got := join(t, once, "ada"); got != http.StatusCreated {
		t.Fatalf("the first: got %d, want 201", got)
	}
	if got := join(t, once, "bob"); got != http.StatusForbidden {
		t.Errorf("the second: got %d, want 403", got)
	}

	many := strings.TrimSpace(d.must("invite", "--uses", "0", "--hours", "1"))
	list := d.must("invite", "--list")
	if !strings.Contains(list, "used up   1 of 1") || strings.Contains(list, once[strings.Index(once, "#j="):]) {
		t.Errorf("got %s, want one that is used up, and no secret", list)
	}
	if strings.Count(list, "of the QR code") != 1 {
		t.Errorf("got %s, want the sharing panel's own link marked", list)
	}
	rows := strings.Split(list, "\n") // the newest first, below the head
	id, _, _ := strings.Cut(rows[1], " ")
	d.must("invite", "--revoke", id)
	if got := join(t, many, "eve"); got != http.StatusForbidden {
		t.Errorf("after the end: got %d, want 403", got)
	}
}
