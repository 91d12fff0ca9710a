package main

import (
	"strings"
	"testing"
)

func TestExitCodes(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	nobody := "http://127.0.0.1:1"
	for _, c := range []struct {
		args []string
		code int
		says string // in the one sentence on standard error
	}{
		{[]string{"say", "lobby", "hi"}, exitOK, ""},
		{[]string{"statsu"}, exitUsage, `did you mean "status"?`},
		{[]string{"serve", "--lsiten", "x"}, exitUsage, `did you mean "--listen"?`},
		{[]string{"lst"}, exitUsage, "no command"},
		{[]string{"invite", "--list", "--revoke", "x"}, exitUsage, "choose one"},
		{[]string{"invite"}, exitRefused, "not shared"},
		{[]string{"token"}, exitUsage, "create"},
		{[]string{"token", "create"}, exitUsage, "hearth token create --help"},
		{[]string{"token", "create", "nightly", "--can", "fly"}, exitUsage, "subscribe"},
		{[]string{"token", "create", "nightly", "--days", "-1"}, exitUsage, "--days"},
		{[]string{"say", "lobby"}, exitUsage, "hearth say --help"},
		{[]string{"tail", "lobby", "--last", "-1"}, exitUsage, "--last"},
		{[]string{"monitor", "--interval", "0"}, exitUsage, "1s to 60s"},
		{[]string{"pub", "--title", "two\nlines", "backups", "hi"}, exitUsage, "--title"},
		{[]string{"sub", "backups", "--json", "--", "true"}, exitUsage, "choose one"},
		{[]string{"status", "--url", "ftp://example.com"}, exitUsage, "http://127.0.0.1:7420"},
		{[]string{"serve", "--data", t.TempDir(), "--listen", "7420"}, exitUsage, "--listen"},
		{[]string{"serve", "--data", t.TempDir(), "--listen", "0.0.0.0:7420"}, exitUsage, "--lan"},
		{[]string{"serve", "--data", t.TempDir(), "--pin", "12"}, exitUsage, "--pin"},
		{[]string{"serve", "--data", t.TempDir(), "--tls", "cret=a"}, exitUsage, "cert=FILE,key=FILE"},
		{[]string{"serve", "--data", t.TempDir(), "--tls", "cert=a"}, exitUsage, "cert=FILE,key=FILE"},
		{[]string{"serve", "--data", t.TempDir(), "--trusted-proxy", "x"}, exitUsage, "--trusted-proxy"},
		{[]string{"serve", "--data", t.TempDir(), "--limit", "conections=9"}, exitUsage, "per_peer"},
		{[]string{"serve", "--data", t.TempDir(), "--limit", "peer_rate=-1"}, exitUsage, "0 for none"},
		{[]string{"say", "lobby", "hi", "--url", nobody}, exitUnreachable, "hearth serve"},
		{[]string{"tail", "lobby", "--url", nobody}, exitUnreachable, nobody},
		{[]string{"monitor", "--url", nobody}, exitUnreachable, nobody},
		{[]string{"sub", "backups", "--url", nobody}, exitUnreachable, nobody},
		{[]string{"status", "--data", t.TempDir()}, exitUnreachable, "--url"},
		{[]string{"say", "Not a room", "hi"}, exitRefused, "room"},
		{[]string{"say", "lobby", " "}, exitRefused, ""},
		{[]string{"tail", "lobbby"}, exitRefused, "its first message makes it"},
		{[]string{"pub", "settings", "hi"}, exitRefused, "itself"},
		{[]string{"pub", "backups", "hi", "--priority", "9"}, exitRefused, "priority"},
		{[]string{"quit", "--url", hub.url, "--token", "wrong"}, exitRefused, ""},
	} {
		r := d.run("", c.args...)
		if r.code != c.code || !strings.Contains(r.err, c.says) {
			t.Errorf("hearth %q: got exit %d and %q, want %d and %q", c.args, r.code, r.err, c.code, c.says)
		}
		if good := r.err == ""; good != (c.code == exitOK) || r.out != "" {
			t.Errorf("hearth %q: printed %q and complained %q", c.args, r.out, r.err)
		}
	}
}

func TestFlagsComeFromTheEnvironmentToo(t *testing.T) {
	d := newDesk(t)
	d.vars = []string{"HEARTH_DATA=" + t.TempDir(), "HEARTH_LISTEN=127.0.0.1:0"}
	p := d.start("serve")
	url, _ := strings.CutPrefix(p.line(), "Hearth is at ")

	elsewhere := newDesk(t)
	elsewhere.vars = []string{"HEARTH_URL=" + url, "HEARTH_TITLE=From afar"}
	d.must("pub", "backups", "first")
	sub := elsewhere.start("sub", "backups", "--since", "all")
	sub.expect(" first")
	elsewhere.must("pub", "backups", "second")
	sub.expect(" From afar: second")
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	d := newDesk(t)
	commands := []string{"serve", "status", "open", "quit", "version", "say", "tail", "monitor", "pub", "sub", "backup", "restore", "invite", "token", "doctor"}
	top := d.must("--help")
	for _, name := range commands {
		if !strings.Contains(top, "\n  "+name+" ") {
			t.Errorf("hearth --help does not list %s", name)
		}
		if got := d.must(name, "--help"); !strings.Contains(got, "Example:\n\n    ") || !strings.Contains(got, "hearth "+name) {
			t.Errorf("hearth %s --help has no example: %s", name, got)
		}
	}
	for _, name := range []string{"create", "list", "revoke"} {
		if got := d.must("token", name, "--help"); !strings.Contains(got, "hearth token "+name) {
			t.Errorf("hearth token %s --help has no example: %s", name, got)
		}
	}
}
