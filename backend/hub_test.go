package backend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"hearth/backend"
	"hearth/backend/fault"
)

// runHub opens a hub on data and runs it; the returned function ends it and waits.
func runHub(t *testing.T, data string) (h *backend.Hub, stop func()) {
	t.Helper()
	return runHubWith(t, backend.Config{Data: data})
}

// runHubWith is runHub for a hub that is built otherwise.
func runHubWith(t *testing.T, config backend.Config) (h *backend.Hub, stop func()) {
	t.Helper()
	config.Listen = "127.0.0.1:0"
	return runHubOn(t, config)
}

// runHubOn is runHubWith for a hub that listens elsewhere.
func runHubOn(t *testing.T, config backend.Config) (h *backend.Hub, stop func()) {
	t.Helper()
	h, err := backend.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(stop)
	return h, stop
}

// call makes a request as a local program does and returns the body of a 2xx answer.
func call(t *testing.T, method, url, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s %s %v", method, url, res.Status, b, err)
	}
	return b
}

// texts returns the texts of the lobby's newest messages, oldest first.
func texts(t *testing.T, h *backend.Hub) []string {
	t.Helper()
	var page struct {
		Messages []struct{ Data struct{ Text string } }
	}
	if err := json.Unmarshal(call(t, "GET", h.URL()+"/api/rooms/lobby/messages?limit=200", ""), &page); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range page.Messages {
		all = append(all, m.Data.Text)
	}
	return all
}

func TestWhatWasAcknowledgedIsThereAfterARestart(t *testing.T) {
	data := t.TempDir()
	h, stop := runHub(t, data)
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprint("line ", i))
		call(t, "POST", h.URL()+"/chat/lobby", want[i])
	}
	stop()
	h, _ = runHub(t, data)
	if got := texts(t, h); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestASecondHubOnAFolderIsRefusedAndHarmsNothing(t *testing.T) {
	data := t.TempDir()
	h, _ := runHub(t, data)
	_, err := backend.Open(t.Context(), backend.Config{Data: data, Listen: "127.0.0.1:0"})
	if !errors.Is(err, backend.ErrRunning) {
		t.Fatalf("got %v, want ErrRunning", err)
	}
	if info, ok := backend.Running(data); !ok || info.URL != h.URL() || info.PID != os.Getpid() {
		t.Errorf("hub.json says %+v, %v", info, ok)
	}
	call(t, "POST", h.URL()+"/chat/lobby", "still here")
}

func TestAPortInUseSaysByWhomAndNamesTheFlag(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = backend.Open(t.Context(), backend.Config{Data: t.TempDir(), Listen: taken.Addr().String()})
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "--listen") {
		t.Fatalf("got %v, want a conflict that names --listen", err)
	}
	if runtime.GOOS == "linux" && !strings.Contains(err.Error(), fmt.Sprintf("(process %d)", os.Getpid())) {
		t.Errorf("got %q, want this process named", err)
	}
}

func TestAHubListensOnLoopbackUnlessItIsShared(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.168.1.5:7420", "[::]:0", "example.com:80", "7420"} {
		_, err := backend.Open(t.Context(), backend.Config{Data: t.TempDir(), Listen: address})
		if !fault.Is(err, fault.BadRequest) || fault.From(err).Field != "listen" {
			t.Errorf("--listen %s: got %v, want a refusal", address, err)
		}
		if address != "7420" && !strings.Contains(err.Error(), "--lan") {
			t.Errorf("--listen %s: got %q, want --lan named", address, err)
		}
	}
}

func TestTheDataFolderIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps the folder private by where it lies")
	}
	data := filepath.Join(t.TempDir(), "deep", "hearth")
	_, stop := runHub(t, data)
	if info, err := os.Stat(data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got mode %v, %v; want 0700", info.Mode(), err)
	}
	entries, err := os.ReadDir(data)
	if err != nil || len(entries) < 4 {
		t.Fatalf("got %v, %v; want the store, the log, hub.json and admin.token", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got mode %v, %v; want 0600", e.Name(), info.Mode(), err)
		}
	}
	stop()
	if _, ok := backend.Running(data); ok {
		t.Error("hub.json is still there after the hub closed")
	}
}

func TestTheTokenFileActsForTheOwner(t *testing.T) {
	data := t.TempDir()
	h, _ := runHub(t, data)
	token, err := backend.AdminToken(data)
	if err != nil || len(token) < 40 {
		t.Fatalf("got token of %d characters, %v", len(token), err)
	}
	for _, c := range []struct {
		token string
		want  int
	}{{token, http.StatusOK}, {token[1:], http.StatusUnauthorized}, {"", http.StatusForbidden}} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", h.URL()+"/api/host/link", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.token != "" {
			req.Header.Set("Authorization", "Bearer "+c.token)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("token of %d characters: got %s %s, want %d", len(c.token), res.Status, body, c.want)
		}
		if c.want == http.StatusOK && !bytes.Contains(body, []byte("/host?t=")) {
			t.Errorf("got %s, want an owner link", body)
		}
	}
}

func TestUrgentNotificationsAndMentionsOfTheOwnerAreAlerts(t *testing.T) {
	h, _ := runHub(t, t.TempDir())
	call(t, "POST", h.URL()+"/known", "before anybody listens")

	ctx, cancel := context.WithCancel(context.Background())
	alerts, done := make(chan backend.Alert), make(chan error, 1)
	go func() { done <- h.Alerts(ctx, func(a backend.Alert) { alerts <- a }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("alerts: %v", err)
		}
	})
	// Alerts begin now, so the first one is repeated until it is heard.
	for heard := false; !heard; {
		call(t, "POST", h.URL()+"/probe?priority=5", "listening?")
		select {
		case <-alerts:
			heard = true
		default:
		}
	}
	call(t, "POST", h.URL()+"/known", "calm")
	call(t, "POST", h.URL()+"/known?priority=4&title=Disk", "nearly full")
	call(t, "POST", h.URL()+"/new?priority=5", "on fire")
	owner := redeem(t, h)
	call(t, "POST", h.URL()+"/chat/lobby?name=ada", "@"+owner+" look at this")
	want := map[string]backend.Alert{
		"@" + owner + " look at this": {Title: "ada in Lobby", Body: "@" + owner + " look at this", Priority: 4, Link: "#/room/lobby"},
		"nearly full":                 {Title: "Disk", Body: "nearly full", Priority: 4, Link: "#/inbox"},
		"on fire":                     {Title: "new", Body: "on fire", Priority: 5, Link: "#/inbox"},
	}
	for len(want) > 0 {
		a := <-alerts
		if a.Body == "listening?" {
			continue
		}
		if want[a.Body] != a {
			t.Errorf("got %+v, want %+v", a, want[a.Body])
		}
		delete(want, a.Body)
	}
}

// redeem makes this program the owner's browser and returns the owner's name.
func redeem(t *testing.T, h *backend.Hub) string {
	t.Helper()
	_, token, ok := strings.Cut(h.OwnerLink(false), "/host?t=")
	if !ok {
		t.Fatalf("got owner link %q", h.OwnerLink(false))
	}
	var answer struct{ Me struct{ Name, Role string } }
	body := call(t, "POST", h.URL()+"/api/host/session", fmt.Sprintf(`{"token":%q}`, token))
	if err := json.Unmarshal(body, &answer); err != nil || answer.Me.Role != "owner" {
		t.Fatalf("got %s, %v; want the owner", body, err)
	}
	return answer.Me.Name
}
