// Package fault holds errors for people: a code that programs act on and a sentence that says what was wrong and what
// to do about it.
//
// Codes are the ones that go over the wire (protocol: hearth.v1 and HTTP); the server alone maps them to HTTP statuses
// and WebSocket answers. An error that is not a fault is internal: its text belongs in the log, never on the wire.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code names the kind of an error in one word that does not change.
type Code string

const (
	BadJSON         Code = "bad_json"           // the bytes are not one JSON object of the expected shape
	BadRequest      Code = "bad_request"        // well-formed, but a value is missing or out of its range
	UnknownOp       Code = "unknown_op"         // a command that this hub does not know
	NotFound        Code = "not_found"          // no such thing, or it is not yours to see
	Unauthenticated Code = "unauthenticated"    // nobody knows who is asking: join first
	Forbidden       Code = "forbidden"          // known, and not allowed
	TooLong         Code = "too_long"           // over a documented size
	RateLimited     Code = "rate_limited"       // too often; RetryAfter says when to come back
	StorageFull     Code = "storage_full"       // the disk has no room; reads go on
	ReadOnly        Code = "read_only"          // the store stopped writing after a disk error
	Unavailable     Code = "engine_unavailable" // the hub is closing or its store is away: try again
	Conflict        Code = "conflict"           // clashes with what is there
	Internal        Code = "internal"           // our fault; the log has the reason
)

// Error is a fault. Message is one sentence for a person; Field names the input it speaks of, if one.
type Error struct {
	Code       Code
	Message    string
	Field      string        // "" or the JSON name of the offending input
	RetryAfter time.Duration // with RateLimited: when to try again
	Err        error         // what lies beneath, for the log; may be nil
}

// New makes a fault whose sentence is formatted as by fmt.Sprintf.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes a fault that keeps err for the log and for errors.Is.
func Wrap(err error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// In returns a copy of e that names the input it speaks of.
func (e *Error) In(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// After returns a copy of e that says when to try again.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// From returns the fault in err's chain, or an Internal one that hides err's text from people and keeps it for the log.
// From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return Wrap(err, Internal, "something went wrong in the hub; its log says what")
}

// Is reports whether err carries a fault of that code. A foreign error is Internal.
func Is(err error, code Code) bool {
	f := From(err)
	return f != nil && f.Code == code
}
