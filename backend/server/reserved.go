package server

import (
	"net/http"
	"strings"
)

// reserved lists the first path segments that the hub uses itself; no notification topic may have such a name. It is the
// only list of them.
var reserved = func() map[string]bool {
	m := make(map[string]bool)
	for name := range strings.FieldsSeq(`_matrix account api app assets auth ca chat docs favicon.ico file healthz host join login
		manifest.webmanifest metrics notifications settings signup static system-monitor v1 ws ws-chat`) {
		m[name] = true
	}
	return m
}()

// ownPath reports whether a path is the hub's own, "/" and the files of the page included; every other belongs to the
// notification topics.
func (s *Server) ownPath(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, page := s.pages.root[first]
	return first == "" || reserved[first] || page
}

// reservedTopic returns an error if a request that leads nowhere looks like one to a notification topic with a reserved
// name.
func reservedTopic(r *http.Request) error {
	first, rest, nested := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if !reserved[first] {
		return nil
	}
	err := checkTopicName(first)
	switch {
	case !nested && (r.Method == http.MethodPost || r.Method == http.MethodPut):
		return ntfyShaped{err}
	case r.Method == http.MethodGet && (rest == "json" || rest == "sse" || rest == "ws"):
		return ntfyShaped{subscribing(err)}
	}
	return nil
}
