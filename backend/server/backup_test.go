package server_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hearth/backend/server"
)

func TestOnlyTheOwnerGetsABackup(t *testing.T) {
	taken := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	content := strings.Repeat("page ", 200_000) // more than goes out under one deadline
	closed := make(chan struct{}, 4)
	h := openHub(t, func(d *server.Deps) {
		d.LastBackup = func() time.Time { return taken }
		d.Backup = func(context.Context) (*server.Snapshot, error) {
			return &server.Snapshot{ReadCloser: borrowed{strings.NewReader(content), closed}, Bytes: int64(len(content))}, nil
		}
	})
	_, cookie := joined(t, h, "ada")
	for _, who := range [][]string{{"Cookie", cookie}, nil, {"Authorization", "Bearer wrong"}} {
		if got := call(t, "GET", h.url+"/api/backup", "", who...); got.status/100 != 4 || len(closed) != 0 {
			t.Errorf("%v got %d %.80s", who, got.status, got.body)
		}
	}
	got := call(t, "GET", h.url+"/api/backup", "", "Authorization", "Bearer "+adminToken)
	if got.status != http.StatusOK || got.body != content || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the owner got %d, %d bytes, %v", got.status, len(got.body), got.header)
	}
	<-closed
	status := call(t, "GET", h.url+"/api/status", "", "Authorization", "Bearer "+adminToken)
	if !strings.Contains(status.body, `"last_backup":"2026-11-23T03:00:00Z"`) {
		t.Errorf("got status %s", status.body)
	}
}

// TestABackupThatBreaksOffIsShorterThanItSays is how the other side notices.
func TestABackupThatBreaksOffIsShorterThanItSays(t *testing.T) {
	h := openHub(t, func(d *server.Deps) {
		d.Backup = func(context.Context) (*server.Snapshot, error) {
			broken := io.MultiReader(strings.NewReader("half"), brokenDisk{})
			return &server.Snapshot{ReadCloser: io.NopCloser(broken), Bytes: 8}, nil
		}
	})
	req, err := http.NewRequestWithContext(t.Context(), "GET", h.url+"/api/backup", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminToken)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v; want an end that comes too early", b, err)
	}
}

func TestAHubWithoutAStoreHasNoBackup(t *testing.T) {
	h := openHub(t)
	if got := call(t, "GET", h.url+"/api/backup", "", "Authorization", "Bearer "+adminToken); got.status != http.StatusConflict {
		t.Errorf("got %d %s, want 409", got.status, got.body)
	}
}

// borrowed says when it is closed.
type borrowed struct {
	io.Reader
	closed chan struct{}
}

func (b borrowed) Close() error { b.closed <- struct{}{}; return nil }

type brokenDisk struct{}

func (brokenDisk) Read([]byte) (int, error) { return 0, errors.New("the disk is broken") }
