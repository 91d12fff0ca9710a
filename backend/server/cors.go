package server

import (
	"net/http"
	"strings"
)

// preflight answers a browser that asks whether a foreign page may call a door where it could use a token, and reports
// whether it did. Such a request carries no token yet.
func (s *Server) preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h := w.Header()
	switch kind := s.kindOf(preflown(r)); {
	case kind == ntfyDoor:
		h.Set("Access-Control-Allow-Origin", "*")
	case kind == classicDoor && s.guard.lists(r):
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		h.Add("Vary", "Origin")
	default:
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, PUT, POST, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "*, Authorization") // the star alone does not stand for Authorization
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return true
}

// preflown returns the request that a preflight asks about, as far as routing goes.
func preflown(r *http.Request) *http.Request {
	return &http.Request{Method: r.Header.Get("Access-Control-Request-Method"), URL: r.URL}
}

// shareWith lets a foreign page read the answer to r, which carries a token: any page on the notification doors, and a
// listed one on the classic doors.
func (s *Server) shareWith(h http.Header, r *http.Request) {
	switch kind := s.kindOf(r); {
	case kind == ntfyDoor:
		h.Set("Access-Control-Allow-Origin", "*")
	case kind == classicDoor && s.guard.lists(r):
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		h.Add("Vary", "Origin")
	}
}

// lists reports whether r comes from a page that --allow-origin names.
func (g *guard) lists(r *http.Request) bool {
	sent := r.Header["Origin"]
	return len(sent) == 1 && g.origins[strings.ToLower(sent[0])]
}
