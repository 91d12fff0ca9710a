package server

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// doorKind says which clients a path is for, and so where they can put a token and from which pages they may come.
type doorKind int

const (
	ownDoor     doorKind = iota // the hub's page and API
	classicDoor                 // what a script or a foreign page reaches for first
	ntfyDoor                    // notification topics, as ntfy's clients know them
)

// classicPaths are the first path segments of the classic doors.
var classicPaths = []string{"chat", "ws-chat", "system-monitor", "notifications"}

func (s *Server) kindOf(r *http.Request) doorKind {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case !s.ownPath(r.URL.Path), first == "" && (r.Method == http.MethodPost || r.Method == http.MethodPut):
		return ntfyDoor
	case slices.Contains(classicPaths, first):
		return classicDoor
	default:
		return ownDoor
	}
}

// bearerProtocol begins the subprotocol by which a page hands a token to a classic door: it can set no header there.
const bearerProtocol = "bearer."

// tokenIn returns the token that came with r: in the Authorization header; at a door that is not our own also in the query,
// in ntfy's way; and at a classic door as a subprotocol.
func (s *Server) tokenIn(r *http.Request) (token string, sent bool) {
	if header := r.Header.Get("Authorization"); header != "" {
		return tokenOf(header), true
	}
	kind := s.kindOf(r)
	if kind == ownDoor {
		return "", false
	}
	if header, sent := queryAuthorization(r); sent {
		return tokenOf(header), true
	}
	if protocol := offeredBearer(r); kind == classicDoor && protocol != "" {
		return strings.TrimPrefix(protocol, bearerProtocol), true
	}
	return "", false
}

// tokenOf returns the token in an Authorization header: of Bearer, or the password of Basic.
func tokenOf(header string) string {
	if scheme, rest, _ := strings.Cut(header, " "); strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest)
	}
	_, password, _ := (&http.Request{Header: http.Header{"Authorization": {header}}}).BasicAuth()
	return password
}

// queryAuthorization returns the whole Authorization header that a client put into the query as base64. What is no base64
// counts as sent: it is a token that is not valid.
func queryAuthorization(r *http.Request) (header string, sent bool) {
	if r.URL.RawQuery == "" {
		return "", false
	}
	q := r.URL.Query()
	for _, name := range []string{"authorization", "auth"} {
		if v := q.Get(name); v != "" {
			plain, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(v, "="))
			if err != nil {
				return "", true
			}
			return string(plain), true
		}
	}
	return "", false
}

// offeredBearer returns the subprotocol that carries a token, or "". A browser wants it named in the answer.
func offeredBearer(r *http.Request) string {
	for _, protocol := range tokens(r.Header, "Sec-Websocket-Protocol") {
		if strings.HasPrefix(protocol, bearerProtocol) {
			return protocol
		}
	}
	return ""
}
