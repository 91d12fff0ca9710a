package server_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"hearth/backend/server"
)

func built(d *server.Deps) {
	d.Pages = fstest.MapFS{
		"index.html":           {Data: []byte("<!doctype html><title>Hearth</title>")},
		"boot.js":              {Data: []byte("start()")},
		"icon.svg":             {Data: []byte("<svg/>")},
		"plainname":            {Data: []byte("could be a topic")},
		".gitkeep":             {Data: []byte("")},
		"assets/app-1a2b.js":   {Data: []byte("app()")},
		"assets/app-1a2b.css":  {Data: []byte("a{}")},
		"assets/deep/file.txt": {Data: []byte("x")},
	}
}

func TestThePageIsServedAsBuilt(t *testing.T) {
	h := openHub(t, built)
	for path, want := range map[string]struct{ body, kind, cache string }{
		"/":                     {"<!doctype html><title>Hearth</title>", "text/html; charset=utf-8", "no-store"},
		"/host?t=abc":           {"<!doctype html><title>Hearth</title>", "text/html; charset=utf-8", "no-store"},
		"/boot.js":              {"start()", "text/javascript; charset=utf-8", "no-cache"},
		"/icon.svg":             {"<svg/>", "image/svg+xml", "no-cache"},
		"/assets/app-1a2b.js":   {"app()", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/assets/app-1a2b.css":  {"a{}", "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		"/assets/deep/file.txt": {"x", "text/plain; charset=utf-8", "public, max-age=31536000, immutable"},
	} {
		got := call(t, "GET", h.url+path, "", "Sec-Fetch-Site", "none")
		if got.status != 200 || got.body != want.body || got.header.Get("Content-Type") != want.kind || got.header.Get("Cache-Control") != want.cache {
			t.Errorf("GET %s: got %d %q %v", path, got.status, got.body, got.header)
		}
		etag := got.header.Get("Etag")
		if again := call(t, "GET", h.url+path, "", "If-None-Match", etag); etag == "" || again.status != 304 || again.body != "" {
			t.Errorf("GET %s with its ETag %s: got %d %q", path, etag, again.status, again.body)
		}
		if head := call(t, "HEAD", h.url+path, ""); head.status != 200 || head.body != "" || head.header.Get("Content-Type") != want.kind {
			t.Errorf("HEAD %s: got %d %q", path, head.status, head.body)
		}
	}
	for _, path := range []string{"/assets/", "/assets/deep", "/assets/none.js", "/index.html", "/.gitkeep", "/plainname", "/favicon.ico"} {
		if got := call(t, "GET", h.url+path, ""); got.status != 404 {
			t.Errorf("GET %s: got %d %q, want 404", path, got.status, got.body)
		}
	}
}

func TestThePageMayLoadFromItsHubAlone(t *testing.T) {
	h := openHub(t, built)
	host := strings.TrimPrefix(h.url, "http://")
	policy := call(t, "GET", h.url+"/", "").header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self' ws://" + host + " wss://" + host,
		"frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types svelte-trusted-html"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy is %q, want %s in it", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("the policy is %q", policy)
	}
	if got := call(t, "GET", h.url+"/boot.js", "").header.Get("Content-Security-Policy"); got != "" {
		t.Errorf("a script has a policy of its own: %q", got)
	}
}

func TestAHubWithoutAPageSaysHowToBuildIt(t *testing.T) {
	for name, pages := range map[string]fstest.MapFS{"nothing": nil, "an empty build": {".gitkeep": {}}} {
		h := openHub(t, func(d *server.Deps) {
			if pages != nil {
				d.Pages = pages
			}
		})
		for _, path := range []string{"/", "/host?t=abc"} {
			got := call(t, "GET", h.url+path, "")
			if got.status != 503 || got.header.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(got.body, "go run ./build run") {
				t.Errorf("%s: GET %s: got %d %q", name, path, got.status, got.body)
			}
		}
	}
}
