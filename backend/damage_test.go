package backend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/backend"
	"hearth/backend/fault"
	"hearth/backend/store"
)

// damages are ways in which a store's file may end.
var damages = map[string]func(whole []byte) []byte{
	"empty":   func([]byte) []byte { return nil },
	"cut off": func(b []byte) []byte { return b[:len(b)/2] },
	"zeros":   func(b []byte) []byte { return make([]byte, len(b)) },
	"foreign": func([]byte) []byte { return []byte(strings.Repeat("somebody's notes\n", 1000)) },
	"every page but the first two zeroed": func(b []byte) []byte {
		clear(b[2*os.Getpagesize():])
		return b
	},
}

// spoiled returns a data folder whose hub said "one", was backed up, and said "two" before its file was spoiled.
func spoiled(t *testing.T, spoil func([]byte) []byte, keepBackup bool) (data, backup string, file []byte) {
	t.Helper()
	data = t.TempDir()
	h, stop := runHub(t, data)
	call(t, "POST", h.URL()+"/chat/lobby", "one")
	stop()
	if keepBackup {
		backup = keep(t, data, time.Now().Add(-time.Hour))
	}
	h, stop = runHub(t, data)
	call(t, "POST", h.URL()+"/chat/lobby", "two")
	stop()
	path := filepath.Join(data, "hearth.db")
	var whole bytes.Buffer
	if _, err := store.Copy(t.Context(), path, &whole); err != nil { // without the room behind its last page
		t.Fatal(err)
	}
	file = spoil(whole.Bytes())
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return data, backup, file
}

// keep puts a backup into the folder of daily ones, as if it had been taken then.
func keep(t *testing.T, data string, then time.Time) string {
	t.Helper()
	path := filepath.Join(data, "backups", then.UTC().Format("hearth-2006-01-02T150405Z.db"))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := backend.Copy(t.Context(), data, f); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestADamagedFileGivesWayToTheNewestBackupAndEverybodyIsTold(t *testing.T) {
	for name, spoil := range damages {
		t.Run(name, func(t *testing.T) {
			data, backup, damagedFile := spoiled(t, spoil, true)
			useless := filepath.Join(data, "backups", time.Now().UTC().Format("hearth-2006-01-02T150405Z.db"))
			if err := os.WriteFile(useless, []byte("newer, and no backup"), 0o600); err != nil {
				t.Fatal(err)
			}
			var said []string
			h, _ := runHubWith(t, backend.Config{Data: data, Tell: func(s string) { said = append(said, s) }})
			if got := texts(t, h); !slices.Equal(got, []string{"one"}) {
				t.Errorf("got %q, want what the backup holds", got)
			}
			aside, err := filepath.Glob(filepath.Join(data, "hearth.db.aside-*"))
			if err != nil || len(aside) != 1 {
				t.Fatalf("got %v, %v; want the damaged file moved aside", aside, err)
			}
			if b, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(b, damagedFile) {
				t.Errorf("the damaged file is not as it was, %v", err)
			}
			if len(said) != 1 || !strings.Contains(said[0], aside[0]) || !strings.Contains(said[0], backup) {
				t.Errorf("said %q, want both files", said)
			}
			var n struct {
				Message  string
				Priority int
			}
			if err := json.Unmarshal(call(t, "GET", h.URL()+"/hearth/json?poll=1&since=all", ""), &n); err != nil {
				t.Fatal(err)
			}
			if n.Priority != 5 || !strings.Contains(n.Message, aside[0]) || !strings.Contains(n.Message, backup) {
				t.Errorf("got notification %+v, want both files", n)
			}
			if a := <-alertsOf(t, h); a.Priority != 5 || !strings.Contains(a.Body, backup) {
				t.Errorf("got alert %+v", a)
			}
		})
	}
}

// TestWhatAPowerCutTookIsFoundAtTheNextStart damages a page that no start would come upon, and starts the machine again.
func TestWhatAPowerCutTookIsFoundAtTheNextStart(t *testing.T) {
	data := t.TempDir()
	path := filepath.Join(data, "hearth.db")
	h, stop := runHub(t, data)
	for i := range 100 {
		call(t, "POST", h.URL()+"/chat/lobby", fmt.Sprintf("message %02d %s", i, strings.Repeat("x", 300)))
	}
	stop()
	keep(t, data, time.Now().Add(-time.Hour))
	zeroPagesWith(t, path, "message 50")
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatalf("need damage that nobody comes upon for this test to mean anything, got %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".check", []byte("another boot"), 0o600); err != nil {
		t.Fatal(err)
	}

	var said []string
	h, _ = runHubWith(t, backend.Config{Data: data, Tell: func(s string) { said = append(said, s) }})
	if got := texts(t, h); len(got) != 100 {
		t.Errorf("got %d messages, want those of the backup", len(got))
	}
	if len(said) != 1 || !strings.Contains(said[0], "was damaged") {
		t.Errorf("said %q, want what happened", said)
	}
}

// zeroPagesWith zeroes all pages that hold a text.
func zeroPagesWith(t *testing.T, path, text string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for page := range slices.Chunk(b, os.Getpagesize()) {
		if bytes.Contains(page, []byte(text)) {
			clear(page)
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutABackupADamagedFileIsRefusedAndLeftAlone(t *testing.T) {
	for name, spoil := range damages {
		t.Run(name, func(t *testing.T) {
			data, _, damagedFile := spoiled(t, spoil, false)
			for range 2 { // however often it is tried
				_, err := backend.Open(t.Context(), backend.Config{Data: data, Listen: "127.0.0.1:0"})
				if !errors.Is(err, store.ErrDamaged) || !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "hearth restore") {
					t.Fatalf("got %v, want damage and what to do", err)
				}
				if b, err := os.ReadFile(filepath.Join(data, "hearth.db")); err != nil || !bytes.Equal(b, damagedFile) {
					t.Errorf("the file was changed, %v", err)
				}
			}
		})
	}
}

// TestAHubThatCannotStoreSaysSo zeroes the file under a running hub. Nothing can be stored then, the news of it neither.
func TestAHubThatCannotStoreSaysSo(t *testing.T) {
	data := t.TempDir()
	h, stop := runHub(t, data)
	call(t, "POST", h.URL()+"/chat/lobby", "one")
	stop()
	keep(t, data, time.Now().Add(-time.Hour))

	said := make(chan string, 1)
	h, stop = runHubWith(t, backend.Config{Data: data, Tell: func(s string) { said <- s }})
	path := filepath.Join(data, "hearth.db")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var pages bytes.Buffer
	if _, err := store.Copy(t.Context(), filepath.Join(data, "backups", backups(t, data)[0]), &pages); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, pages.Len()), 2*int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(h.URL()+"/chat/lobby", "text/plain", strings.NewReader("two"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusServiceUnavailable || !bytes.Contains(body, []byte("read_only")) {
		t.Errorf("got %s %s, %v; want read_only", res.Status, body, err)
	}
	if s := <-said; !strings.Contains(s, "restart Hearth") {
		t.Errorf("said %q, want what to do", s)
	}
	if a := <-alertsOf(t, h); a.Priority != 5 || !strings.Contains(a.Body, "restart Hearth") {
		t.Errorf("got alert %+v", a)
	}
	call(t, "GET", h.URL()+"/healthz", "")
	stop()

	h, _ = runHub(t, data)
	if got := texts(t, h); !slices.Equal(got, []string{"one"}) {
		t.Errorf("got %q after the restart, want what the backup holds", got)
	}
}

func TestAMissingFileIsANewHub(t *testing.T) {
	h, _ := runHub(t, t.TempDir())
	if got := fmt.Sprint(call(t, "GET", h.URL()+"/hearth/json?poll=1&since=all", "")); got != "[]" {
		t.Errorf("got notifications %s of a new hub", got)
	}
}

func TestAMissingFileIsMentionedWhereThereAreBackups(t *testing.T) {
	data, backup, _ := spoiled(t, func([]byte) []byte { return nil }, true)
	if err := os.Remove(filepath.Join(data, "hearth.db")); err != nil {
		t.Fatal(err)
	}
	var said []string
	_, stop := runHubWith(t, backend.Config{Data: data, Tell: func(s string) { said = append(said, s) }})
	if len(said) != 1 || !strings.Contains(said[0], "hearth restore "+backup) {
		t.Errorf("said %q, want what would bring it back", said)
	}
	stop()
	runHubWith(t, backend.Config{Data: data, Tell: func(s string) { t.Errorf("said %q at the next start too", s) }})
}

func backups(t *testing.T, data string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(data, "backups"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// alertsOf returns the alerts of a hub, until the test ends.
func alertsOf(t *testing.T, h *backend.Hub) <-chan backend.Alert {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	alerts, done := make(chan backend.Alert, 16), make(chan error, 1)
	go func() { done <- h.Alerts(ctx, func(a backend.Alert) { alerts <- a }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("alerts: %v", err)
		}
	})
	return alerts
}
