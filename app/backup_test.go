package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestABackupOfARunningHubComesBackOnAnotherFolder(t *testing.T) {
	d := newDesk(t)
	d.serve()
	d.must("say", "lobby", "one")
	file := filepath.Join(t.TempDir(), "monday.db")
	if got := d.must("backup", file); !strings.HasPrefix(got, "Backed up 1 entry of 1 topic, ") || !strings.Contains(got, file) {
		t.Errorf("got %q", got)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode %v, %v; want it private", info.Mode(), err)
	}
	d.must("say", "lobby", "two")
	if r := d.run("", "backup", file); r.code != exitFailed || !strings.Contains(r.err, "--force") {
		t.Errorf("over an older one: exit %d, %q", r.code, r.err)
	}
	other := t.TempDir()
	d.must("--data", other, "restore", file)
	d.serve("--data", other)
	tail := d.start("tail", "lobby", "--data", other, "--last", "10")
	tail.expect("  one")

	d.must("backup", "--force", file)
	third := t.TempDir()
	d.must("--data", third, "restore", file)
	d.serve("--data", third)
	tail = d.start("tail", "lobby", "--data", third, "--last", "10")
	tail.expect("  one")
	tail.expect("  two")
	if left, _ := filepath.Glob(file + ".*"); len(left) != 0 {
		t.Errorf("left behind %v", left)
	}
}

func TestBackupAndRestoreWhileTheHubIsDown(t *testing.T) {
	d := newDesk(t)
	file := filepath.Join(t.TempDir(), "monday.db")
	if r := d.run("", "backup", file); r.code != exitFailed || !strings.Contains(r.err, d.data()) {
		t.Errorf("where no hub ever ran: exit %d, %q", r.code, r.err)
	}
	hub := d.serve()
	d.must("say", "lobby", "one")
	hub.kill() // hub.json stays behind
	d.must("backup", file)

	hub = d.serve()
	d.must("say", "lobby", "two")
	if r := d.run("", "restore", file); r.code != exitFailed || !strings.Contains(r.err, "hearth quit") {
		t.Errorf("while the hub runs: exit %d, %q", r.code, r.err)
	}
	d.must("quit")
	hub.wait()
	got := d.must("restore", file)
	aside, err := filepath.Glob(filepath.Join(d.data(), "hearth.db.aside-*"))
	if err != nil || len(aside) != 1 || !strings.Contains(got, aside[0]) {
		t.Errorf("got %q, want it to name what was moved aside: %v", got, aside)
	}
	d.serve()
	tail := d.start("tail", "lobby", "--last", "10")
	tail.expect("  one")
	d.must("say", "lobby", "after")
	tail.expect("  after")
}

func TestRestoreTakesBackupsAlone(t *testing.T) {
	d := newDesk(t)
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte("no backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{text, text + ".none"} {
		if r := d.run("", "restore", file); r.code != exitFailed || !strings.Contains(r.err, file) {
			t.Errorf("hearth restore %s: exit %d, %q", file, r.code, r.err)
		}
	}
}

func TestBackupNeedsTheOwner(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	stranger := newDesk(t) // finds no token
	file := filepath.Join(t.TempDir(), "stolen.db")
	if r := stranger.run("", "backup", file, "--url", hub.url); r.code != exitRefused || !strings.Contains(r.err, "owner") {
		t.Errorf("exit %d, %q", r.code, r.err)
	}
	if left, _ := filepath.Glob(file + "*"); len(left) != 0 {
		t.Errorf("left behind %v", left)
	}
}

func TestServeSaysLoudlyWhatHappenedToADamagedFile(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	d.must("say", "lobby", "one")
	daily := filepath.Join(d.data(), "backups", "hearth-2026-01-02T030405Z.db")
	if err := os.MkdirAll(filepath.Dir(daily), 0o700); err != nil {
		t.Fatal(err)
	}
	d.must("backup", daily)
	if got := d.must("status"); !strings.Contains(got, "backup    2026-01-02") {
		t.Errorf("got status %q, want the last backup", got)
	}
	d.must("quit")
	hub.wait()
	file := filepath.Join(d.data(), "hearth.db")
	if err := os.WriteFile(file, []byte(strings.Repeat("zap", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.serve().complains("damaged", "hearth.db.aside-", daily)
	d.start("tail", "lobby", "--last", "10").expect("  one")
	d.must("quit")

	if err := os.RemoveAll(filepath.Dir(daily)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r := d.run("", "serve", "--listen", "127.0.0.1:0")
		if r.code != exitFailed || !strings.Contains(r.err, "hearth restore FILE") || strings.Count(r.err, "\n") != 1 {
			t.Errorf("without a backup: exit %d, %q; want 1 and what to do", r.code, fmt.Sprint(r.out, r.err))
		}
	}
}
