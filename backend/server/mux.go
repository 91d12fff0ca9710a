package server

import (
	"net/http"
	"strings"

	"hearth/backend/fault"
)

// mux routes to endpoints and answers what it does not know with our own errors.
type mux struct {
	s        *Server
	inner    http.ServeMux
	patterns []string // of all routes
}

// at adds a route; a pattern is as for http.ServeMux.
func (m *mux) at(pattern string, e endpoint) {
	m.patterns = append(m.patterns, pattern)
	m.inner.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := e(w, r); err != nil {
			m.s.fail(w, r, err)
		}
	})
}

func (m *mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h, pattern := m.inner.Handler(r); pattern == "" {
		err := reservedTopic(r)
		if err == nil {
			err = refusal(h, w, r)
		}
		m.s.fail(w, r, err)
		return
	}
	m.inner.ServeHTTP(w, r)
}

// refusal asks the handler that ServeMux has for what it does not know whether it is the path or the method.
func refusal(h http.Handler, w http.ResponseWriter, r *http.Request) error {
	var seen refused
	h.ServeHTTP(&seen, r)
	if seen.status == http.StatusMethodNotAllowed {
		allowed := seen.Header().Get("Allow")
		w.Header().Set("Allow", allowed)
		return fault.New(methodNotAllowed, "%s does not take %s, only %s", loggable(r.URL.Path), r.Method, allowed)
	}
	return fault.New(fault.NotFound, "there is nothing at %s", loggable(r.URL.Path))
}

// refused is a ResponseWriter that keeps the status and the header alone.
type refused struct {
	header http.Header
	status int
}

func (f *refused) Header() http.Header {
	if f.header == nil {
		f.header = make(http.Header)
	}
	return f.header
}

func (f *refused) Write(p []byte) (int, error) { return len(p), nil }

func (f *refused) WriteHeader(status int) { f.status = status }

// badPath is the answer to a path with trouble in it. To ntfy's clients such a path is no topic.
func (s *Server) badPath(r *http.Request, trouble string) error {
	code := fault.NotFound
	if s.ownPath(r.URL.Path) {
		code = fault.BadRequest
	}
	return fault.New(code, "a path may not contain %s", trouble)
}

// pathTrouble names the parts of a path that change its meaning when it is decoded: dots, and slashes in disguise.
func pathTrouble(r *http.Request) string {
	if !strings.HasPrefix(r.URL.Path, "/") { // the * of OPTIONS, with another method
		return "anything before its first slash"
	}
	escaped := strings.ToLower(r.URL.EscapedPath())
	if strings.Contains(escaped, "%2f") || strings.Contains(escaped, "%5c") {
		return "encoded slashes; write them plainly"
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	for i, part := range parts {
		switch {
		case part == "." || part == "..":
			return "the parts . and .."
		case part == "" && i < len(parts)-1:
			return "empty parts"
		case strings.ContainsFunc(part, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }):
			return "control characters or backslashes"
		}
	}
	return ""
}
