package server

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// Codes of answers that only HTTP has. The others are fault's.
const (
	hostNotAllowed   fault.Code = "host_not_allowed"
	originNotAllowed fault.Code = "origin_not_allowed"
	methodNotAllowed fault.Code = "method_not_allowed"
	notAWebSocket    fault.Code = "upgrade_required"      // a plain request to a WebSocket door
	proxyDropped     fault.Code = "proxy_dropped_upgrade" // what is left of a handshake when a proxy did not pass it on
	badHandshake     fault.Code = "bad_handshake"
	wrongVersion     fault.Code = "websocket_version"
	tooManyStreams   fault.Code = "too_many_connections"
)

// Codes of refusals for which a socket was closed. They are in no answer.
const (
	badMessage   fault.Code = "bad_message"
	tooSlow      fault.Code = "too_slow"
	tooManyPings fault.Code = "too_many_pings"
)

// httpStatus maps every code to its HTTP status.
var httpStatus = map[fault.Code]int{
	fault.BadJSON:         http.StatusBadRequest,
	fault.BadRequest:      http.StatusBadRequest,
	fault.UnknownOp:       http.StatusBadRequest,
	fault.NotFound:        http.StatusNotFound,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.TooLong:         http.StatusRequestEntityTooLarge,
	fault.RateLimited:     http.StatusTooManyRequests,
	fault.StorageFull:     http.StatusInsufficientStorage,
	fault.ReadOnly:        http.StatusServiceUnavailable,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Conflict:        http.StatusConflict,
	fault.Internal:        http.StatusInternalServerError,

	peer.InviteUnknown: http.StatusForbidden,
	peer.InviteExpired: http.StatusForbidden,
	peer.InviteUsedUp:  http.StatusForbidden,
	peer.InviteRevoked: http.StatusForbidden,
	peer.DoorLocked:    http.StatusForbidden,
	peer.PINWrong:      http.StatusForbidden,
	peer.PINNeeded:     http.StatusForbidden,
	peer.Removed:       http.StatusForbidden,
	peer.KnockRefused:  http.StatusForbidden,

	chat.Muted:        http.StatusForbidden,
	chat.RoomReadOnly: http.StatusForbidden,
	chat.RoomArchived: http.StatusForbidden,

	hostNotAllowed:   http.StatusForbidden,
	originNotAllowed: http.StatusForbidden,
	methodNotAllowed: http.StatusMethodNotAllowed,
	notAWebSocket:    http.StatusUpgradeRequired,
	proxyDropped:     http.StatusUpgradeRequired,
	badHandshake:     http.StatusBadRequest,
	wrongVersion:     http.StatusUpgradeRequired,
	tooManyStreams:   http.StatusServiceUnavailable,
}

func statusOf(f *fault.Error) int {
	if status, ok := httpStatus[f.Code]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// toFault returns what a person is told of err. The sentinels of topic become faults here and nowhere else.
func toFault(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	for sentinel, f := range topicFaults {
		if errors.Is(err, sentinel) {
			return f
		}
	}
	return fault.From(err)
}

var topicFaults = map[error]*fault.Error{
	topic.ErrNoTopic:         fault.New(fault.NotFound, "there is no topic of that name").In("topic"),
	topic.ErrNoEntry:         fault.New(fault.NotFound, "there is no entry with that seq").In("seq"),
	topic.ErrName:            fault.New(fault.BadRequest, "a topic's name is 1 to 128 of a-z A-Z 0-9 . _ - in parts joined by slashes").In("topic"),
	topic.ErrPosition:        fault.New(fault.BadRequest, "a position without an epoch must have seq 0").In("from"),
	topic.ErrClosed:          fault.New(fault.Unavailable, "the hub is closing; try again when it is back"),
	topic.ErrFull:            fault.New(fault.Unavailable, "the hub has too many topics open"),
	topic.ErrRange:           fault.New(fault.StorageFull, "this topic has used up its numbers"),
	context.Canceled:         fault.New(fault.Unavailable, "the request was given up; what it asked for may have been done"),
	context.DeadlineExceeded: fault.New(fault.Unavailable, "this took too long; what was asked for may have been done"),
}

// wireError is an error as clients see it.
type wireError struct {
	Code       fault.Code `json:"code"`
	Message    string     `json:"message"`
	Field      string     `json:"field,omitempty"`
	RetryAfter int        `json:"retry_after,omitempty"` // seconds
}

func toWire(f *fault.Error) wireError {
	return wireError{Code: f.Code, Message: f.Message, Field: f.Field, RetryAfter: wholeSeconds(f.RetryAfter)}
}

func wholeSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// fail answers a request with an error, in the shape that belongs to its path. The answer may not have begun.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := toFault(err)
	if f.Code == fault.Internal {
		s.log.Error("request failed", "method", r.Method, "path", loggable(r.URL.Path), "err", err)
	}
	s.refusals.note(r, f)
	h := w.Header()
	for _, of := range []string{"Cache-Control", "Etag", "X-Hearth-Position"} {
		h.Del(of) // they belonged to the answer that was not given
	}
	h.Set("Cache-Control", "no-store")
	h.Set("X-Hearth-Error", string(f.Code)) // most WebSocket clients hide the body of a refused handshake
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(wholeSeconds(f.RetryAfter)))
	}
	if !s.ownPath(r.URL.Path) || asNtfy(err) {
		failNtfy(w, f)
		return
	}
	if statusOf(f) == http.StatusUpgradeRequired {
		h["Connection"], h["Upgrade"], h["Sec-Websocket-Version"] = []string{"Upgrade"}, []string{"websocket"}, []string{"13"}
	}
	if f.Code == fault.Unauthenticated {
		h.Set("WWW-Authenticate", `Bearer realm="hearth"`)
	}
	answer(w, statusOf(f), errorOf(f))
}

// failure is an error as the whole of an answer.
type failure struct {
	Error wireError `json:"error"`
}

func errorOf(err error) failure { return failure{toWire(toFault(err))} }

// loggable cuts what strangers sent to a length and characters that a log can take.
func loggable(text string) string {
	const most = 200
	kept := make([]rune, 0, min(len(text), most))
	for _, r := range text {
		if len(kept) == most {
			break
		}
		if r < ' ' || r == 0x7f {
			r = '?'
		}
		kept = append(kept, r)
	}
	return string(kept)
}
