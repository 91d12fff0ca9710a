package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// Refusal is what the owner is told of callers who did not get in, or went over a limit inside. Of each kind, from one
// address at one path, there is one, with a count. It holds no query, where a secret may stand, and nothing of a body or a
// message.
type Refusal struct {
	Time    time.Time  `json:"time"`    // of the newest, in whole seconds UTC
	Address string     `json:"address"` // IP address
	Path    string     `json:"path"`    // at most 200 characters, like agent
	Agent   string     `json:"agent"`   // User-Agent, "" = none was sent
	Code    fault.Code `json:"code"`
	Cause   string     `json:"cause"` // what was wrong
	Fix     string     `json:"fix"`   // what helps, "" = nothing is known to
	Count   int        `json:"count"` // from 1
}

// refusals holds the newest refusals, at most maxRefusals.
type refusals struct {
	mu   sync.Mutex
	kept []Refusal // the newest last; guarded by mu
}

// toldRefusals are the codes that keep people and programs out: of the guard, of handshakes, of limits, and of the door. A known caller
// who may not do something is not among them.
var toldRefusals = map[fault.Code]bool{
	hostNotAllowed: true, originNotAllowed: true, fault.Unauthenticated: true, fault.RateLimited: true,
	peer.InviteUnknown: true, peer.InviteExpired: true, peer.InviteUsedUp: true, peer.InviteRevoked: true,
	peer.DoorLocked: true, peer.PINWrong: true, peer.PINNeeded: true, peer.Removed: true, peer.KnockRefused: true,
	notAWebSocket: true, proxyDropped: true, badHandshake: true, wrongVersion: true, tooManyStreams: true,
}

// note remembers that r was answered with f, if that is worth telling.
func (l *refusals) note(r *http.Request, f *fault.Error) {
	if toldRefusals[f.Code] {
		l.add(refusalOf(originOf(r), f))
	}
}

// note remembers that a command was answered with err, if that is worth telling.
func (s *session) note(err error) {
	if f := toFault(err); toldRefusals[f.Code] {
		s.server.refusals.add(refusalOf(s.origin, f))
	}
}

// origin is where a request came from, as refusals show it.
type origin struct {
	address     netip.Addr
	path, agent string
}

func originOf(r *http.Request) origin {
	return origin{addressOf(r), loggable(r.URL.Path), loggable(r.UserAgent())}
}

func refusalOf(from origin, f *fault.Error) Refusal {
	cause, fix := f.Message, ""
	if at := strings.LastIndex(cause, "; "); at >= 0 { // the sentences of those codes are made so; cause may quote a stranger
		cause, fix = cause[:at], cause[at+2:]
	}
	return newRefusal(from, f.Code, cause, fix)
}

func newRefusal(from origin, code fault.Code, cause, fix string) Refusal {
	return Refusal{
		Time: time.Now().UTC().Truncate(time.Second), Address: from.address.String(), Path: from.path,
		Agent: from.agent, Code: code, Cause: cause, Fix: fix, Count: 1,
	}
}

func (l *refusals) add(n Refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	same := func(o Refusal) bool { return o.Address == n.Address && o.Path == n.Path && o.Code == n.Code }
	if i := slices.IndexFunc(l.kept, same); i >= 0 {
		n.Count += l.kept[i].Count
		l.kept = slices.Delete(l.kept, i, i+1)
	}
	if len(l.kept) >= maxRefusals {
		l.kept = slices.Delete(l.kept, 0, 1)
	}
	l.kept = append(l.kept, n)
}

// list returns what is remembered, the newest first.
func (l *refusals) list() []Refusal {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := append([]Refusal{}, l.kept...)
	slices.Reverse(list)
	return list
}
