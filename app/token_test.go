package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestATokenPublishesFromTheLineItIsShownInUntilItIsRevoked(t *testing.T) {
	lookup(t, "curl")
	d := newDesk(t)
	d.serve()
	shown := strings.Split(strings.TrimSpace(d.must("token", "create", "nightly", "--topic", "backups", "--topic", "disk*", "--days", "3")), "\n")
	line := strings.TrimSpace(shown[len(shown)-1])
	if r := d.finish(shell(d, line+" -sS -o /dev/null -w '%{http_code}'"), ""); r.out != "200" {
		t.Fatalf("%s: got %s%s, want 200", line, r.out, r.err)
	}
	d.start("sub", "backups", "--since", "all").expect(" hello")

	other := strings.Replace(line, "/backups", "/elsewhere", 1)
	if r := d.finish(shell(d, other+" -sS -o /dev/null -w '%{http_code}'"), ""); r.out != "403" {
		t.Errorf("on a topic that it is not for: got %s%s, want 403", r.out, r.err)
	}

	list := d.must("token", "list")
	if !strings.Contains(list, "nightly   publish   backups, disk*") || strings.Contains(list, "hs_") {
		t.Errorf("got %s, want the token and not its secret", list)
	}
	var listed struct{ Tokens []token }
	if err := json.Unmarshal([]byte(d.must("token", "list", "--json")), &listed); err != nil || len(listed.Tokens) != 1 {
		t.Fatalf("got %+v, %v; want one token", listed, err)
	}
	d.must("token", "revoke", listed.Tokens[0].ID)
	if r := d.finish(shell(d, line+" -sS -o /dev/null -w '%{http_code}'"), ""); r.out != "401" {
		t.Errorf("after the end: got %s%s, want 401", r.out, r.err)
	}
	if got := d.must("token", "list"); !strings.Contains(got, "hearth token create") {
		t.Errorf("got %q, want that there is none and how to make one", got)
	}
	if r := d.run("", "token", "revoke", "nobody"); r.code != exitRefused || !strings.Contains(r.err, "nobody") {
		t.Errorf("got exit %d and %q", r.code, r.err)
	}
}
