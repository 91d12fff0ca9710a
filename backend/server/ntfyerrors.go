package server

import (
	"net/http"

	"hearth/backend/fault"
)

// Numbers of ntfy's errors: the first three digits are the HTTP status.
const (
	ntfyBadRequest   = 40000
	ntfyPriority     = 40007
	ntfySince        = 40008
	ntfyTopic        = 40009
	ntfyReserved     = 40010
	ntfyNotUTF8      = 40011
	ntfyNoFiles      = 40014
	ntfyNotWebSocket = 40016
	ntfyJSON         = 40024
	ntfyUnauthorized = 40101
	ntfyForbidden    = 40301
	ntfyNotFound     = 40401
	ntfyTooLong      = 41303
	ntfyTooOften     = 42901
	ntfyTooMany      = 42903
	ntfyInternal     = 50001
)

// ntfyError is an error as ntfy's clients know it. They accept no other keys.
type ntfyError struct {
	Code  int    `json:"code"`
	HTTP  int    `json:"http"`
	Error string `json:"error"`
}

// ntfyCodes maps our codes to ntfy's numbers, where a field does not tell more.
var ntfyCodes = map[fault.Code]int{
	fault.BadJSON:         ntfyJSON,
	fault.BadRequest:      ntfyBadRequest,
	fault.NotFound:        ntfyNotFound,
	methodNotAllowed:      ntfyNotFound,
	fault.Unauthenticated: ntfyUnauthorized,
	fault.Forbidden:       ntfyForbidden,
	fault.TooLong:         ntfyTooLong,
	fault.RateLimited:     ntfyTooOften,
	hostNotAllowed:        ntfyForbidden,
	originNotAllowed:      ntfyForbidden,
	notAWebSocket:         ntfyNotWebSocket,
	proxyDropped:          ntfyNotWebSocket,
	badHandshake:          ntfyNotWebSocket,
	wrongVersion:          ntfyNotWebSocket,
	tooManyStreams:        ntfyTooMany,
}

// ntfyFields maps the inputs that have numbers of their own.
var ntfyFields = map[string]int{
	"priority": ntfyPriority,
	"since":    ntfySince,
	"topic":    ntfyTopic,
}

// ntfyNumber returns ntfy's number for f and the HTTP status that goes with it.
func ntfyNumber(f *fault.Error) (code, status int) {
	if n, ok := f.Err.(ntfyCode); ok {
		return int(n), int(n) / 100
	}
	if n, ok := ntfyFields[f.Field]; ok && f.Code == fault.BadRequest {
		return n, n / 100
	}
	if n, ok := ntfyCodes[f.Code]; ok {
		return n, n / 100
	}
	if status := statusOf(f); status != http.StatusInternalServerError {
		return status * 100, status
	}
	return ntfyInternal, http.StatusInternalServerError
}

// ntfyCode is carried by a fault whose number ntfy's clients know.
type ntfyCode int

func (n ntfyCode) Error() string { return "ntfy error" }

func ntfyFault(code fault.Code, number ntfyCode, format string, args ...any) error {
	return fault.Wrap(number, code, format, args...)
}

func failNtfy(w http.ResponseWriter, f *fault.Error) {
	code, status := ntfyNumber(f)
	answer(w, status, ntfyError{Code: code, HTTP: status, Error: f.Message})
}
