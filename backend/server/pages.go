package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"hearth/backend/fault"
)

// pages is the built page.
type pages struct {
	files fs.FS
	index *file           // nil when the page was not built
	root  map[string]file // the files beside index.html, by name; they are small
}

// file is one file of the page, held in memory.
type file struct {
	body []byte
	kind string // Content-Type
	etag string
}

// openPages reads what lies at the root of the built page; assets are read when they are asked for.
func openPages(files fs.FS) (*pages, error) {
	p := &pages{files: files, root: make(map[string]file)}
	if files == nil {
		return p, nil
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		// A name without a dot could be a notification topic's.
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || !strings.Contains(e.Name(), ".") {
			continue
		}
		f, err := p.read(e.Name())
		if err != nil {
			return nil, err
		}
		p.root[e.Name()] = f
	}
	if index, ok := p.root["index.html"]; ok {
		p.index = &index
		delete(p.root, "index.html") // it answers at / alone
	}
	return p, nil
}

func (p *pages) read(name string) (file, error) {
	body, err := fs.ReadFile(p.files, name)
	if err != nil {
		return file{}, err
	}
	sum := sha256.Sum256(body)
	return file{body: body, kind: kindOf(name), etag: `"` + hex.EncodeToString(sum[:12]) + `"`}, nil
}

// kinds are the content types of what the build makes. The system's own table may be wrong, as some Windows registries are.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml", ".png": "image/png",
	".ico": "image/x-icon", ".webp": "image/webp", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8", ".map": "application/json",
}

func kindOf(name string) string {
	if kind, ok := kinds[path.Ext(name)]; ok {
		return kind
	}
	return "application/octet-stream"
}

const notBuilt = `The hub is running, but its page was not built into this program.

Build it and start again, in the folder of the project:

    go run ./build run

The doors for scripts work meanwhile: try  curl %ADDRESS%/healthz
`

// getPage serves the page. It is the same for everyone; who is asking shows only through the API.
func (s *Server) getPage(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if s.pages.index == nil {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(strings.ReplaceAll(notBuilt, "%ADDRESS%", address(r))))
		return nil
	}
	h.Set("Content-Security-Policy", contentPolicy(r.Host))
	s.pages.index.serve(w, r)
	return nil
}

// contentPolicy lets the page load from this hub alone, and run no inline script. host has passed the guard: no character
// in it ends a directive.
func contentPolicy(host string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; " +
		"connect-src 'self' ws://" + host + " wss://" + host + "; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
		"frame-src 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html"
}

// getRootFile serves one of the files beside index.html.
func (s *Server) getRootFile(w http.ResponseWriter, r *http.Request) error {
	f, ok := s.pages.root[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		return fault.New(fault.NotFound, "there is nothing at %s", loggable(r.URL.Path))
	}
	w.Header().Set("Cache-Control", "no-cache") // asked for again each time, answered with 304
	f.serve(w, r)
	return nil
}

// getAsset serves a file whose name holds its hash: it never changes.
func (s *Server) getAsset(w http.ResponseWriter, r *http.Request) error {
	name := "assets/" + r.PathValue("file")
	if s.pages.files == nil || !fs.ValidPath(name) {
		return fault.New(fault.NotFound, "there is nothing at %s", loggable(r.URL.Path))
	}
	f, err := s.pages.read(name)
	if err != nil {
		return fault.Wrap(err, notThere(err), "there is nothing at %s", loggable(r.URL.Path))
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	f.serve(w, r)
	return nil
}

// notThere is not_found for every file that cannot be read as one: folders too.
func notThere(err error) fault.Code {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fault.NotFound
	}
	return fault.Internal
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Etag", f.etag)
	if hasToken(r.Header, "If-None-Match", f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	w.Write(f.body)
}
