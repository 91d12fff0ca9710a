package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheDoctorWorksWithoutAHub(t *testing.T) {
	d := newDesk(t)
	report := d.must("doctor")
	for _, want := range []string{"hearth ", "no hub runs", d.data(), "What may keep other devices out:"} {
		if !strings.Contains(report, want) {
			t.Errorf("got %s, want %q in it", report, want)
		}
	}
}

func TestTheDoctorSeesADataFolderThatIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hearth")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if report := newDesk(t).must("doctor", "--data", file); !strings.Contains(report, "\ntrouble ") || !strings.Contains(report, "name another with --data") {
		t.Errorf("got %s, want the trouble and what to do", report)
	}
}

func TestTheDoctorTellsWhomTheHubRefusedAndWhy(t *testing.T) {
	d := newDesk(t)
	hub := d.serve()
	req, err := http.NewRequest(http.MethodGet, hub.url+"/api/rooms?secret=hs_k3v9_hush", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "http://evil.example")
	for range 2 {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	report := d.must("doctor")
	for _, want := range []string{"runs at " + hub.url, "127.0.0.1 /api/rooms, 2 times", "origin_not_allowed", "--allow-origin"} {
		if !strings.Contains(report, want) {
			t.Errorf("got %s, want %q in it", report, want)
		}
	}
	if strings.Contains(report, "hush") {
		t.Errorf("got %s, which tells a secret", report)
	}
}
