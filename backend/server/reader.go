package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// closing is an error of the reader that the other side is told of in a close frame, and the owner among the refusals.
type closing struct {
	code   closeCode
	reason string
	told   fault.Code // under which the owner is told
	fix    string     // what the owner is told that helps
}

func (c closing) Error() string { return fmt.Sprintf("close %d: %s", c.code, c.reason) }

// read is the reader goroutine of a session. What was read is carried out even if the connection ends meanwhile: ctx does
// not end with it.
func (s *session) read(ctx context.Context) {
	defer s.close()
	if s.stranger() {
		s.wire.readBy(time.Now().Add(firstPatience))
	}
	for {
		err := s.wire.await(s.control)
		if err == nil {
			err = s.next(ctx)
		}
		if err != nil {
			s.finish(err)
			return
		}
		s.waitForRoom()
	}
}

func (s *session) stranger() bool { return s.caller.Role == peer.Visitor }

// messages holds what is read of one message; an idle session has none.
var messages = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

// next reads one message and does what it says.
func (s *session) next(ctx context.Context) error {
	kind, r, err := s.conn.Reader(ctx)
	if err != nil {
		return err
	}
	buf := messages.Get().(*[]byte)
	defer messages.Put(buf)
	text, err := s.receive(r, (*buf)[:0])
	*buf = text[:0]
	switch {
	case err != nil:
		return err
	case s.isEnding() || s.door.text == nil:
		return nil
	case kind == websocket.MessageBinary:
		return closing{closeBinary, "send text, not binary", badMessage, "let the program send text frames"}
	case !utf8.Valid(text):
		return closing{closeBadText, "the text is not valid UTF-8", badMessage, "let the program encode what it sends as UTF-8"}
	}
	s.door.text(ctx, s, text)
	return nil
}

// receive reads the rest of a message, within its limits of size and time.
func (s *session) receive(r io.Reader, buf []byte) ([]byte, error) {
	limit, stranger := s.server.limits.MessageBytes, s.stranger()
	if stranger {
		limit = maxFirstBytes
	}
	s.wire.begin(stranger) // whose deadline stands
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > limit:
			return buf, tooBig(limit, stranger)
		case err == io.EOF:
			s.wire.done()
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}

func tooBig(limit int, stranger bool) closing {
	c := closing{closeTooBig, fmt.Sprintf("a message may have at most %d bytes", limit), fault.TooLong, moreBytes}
	if stranger {
		c.fix = "until a program has said who it is, only a hello is let in"
	}
	return c
}

const moreBytes = "let the program send less at once, or start the hub with --limit message_bytes=N"

// finish says why nothing more is read, if the other side can still hear it.
func (s *session) finish(err error) {
	var known closing
	var network *net.OpError
	switch {
	case websocket.CloseStatus(err) != -1: // the other side closed, and was answered
		return
	case s.isEnding():
		return
	case errors.As(err, &known):
	case errors.Is(err, errWireBytes):
		known = closing{closeTooBig, fmt.Sprintf("a message may take at most %d bytes with its frame headers", s.server.limits.MessageBytes+frameBytes),
			fault.TooLong, moreBytes}
	case errors.Is(err, os.ErrDeadlineExceeded) && s.stranger():
		known = closing{closeUnknownPeer, "nothing said who you are within 5 s", fault.Unauthenticated,
			"join in a browser, or send a script token with the handshake or as the first message"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		known = closing{closePolicy, "a message took longer than 10 s", tooSlow,
			"the network loses much on the way, or the program stops in the middle of a message"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.As(err, &network):
		return
	default:
		known = closing{closeProtocol, "this is not what a WebSocket client sends", badMessage,
			"a proxy in between may not know WebSocket, or the program writes its frames itself"}
	}
	s.turnOut(known)
	s.waitForLast()
	s.linger()
}

// turnOut says goodbye to somebody who went over a limit. The owner knows of it before the other side does.
func (s *session) turnOut(c closing) {
	if s.isEnding() {
		return
	}
	s.server.refusals.add(newRefusal(s.origin, c.told, fmt.Sprintf("%s (close code %d)", c.reason, c.code), c.fix))
	s.goodbye(c.code, c.reason)
}

// linger takes what still comes in, so that the system does not throw away our close frame together with it.
func (s *session) linger() {
	s.wire.finishBy(time.Now().Add(closeGrace))
	if tcp, ok := beneath(s.wire.Conn).(interface{ CloseWrite() error }); ok {
		tcp.CloseWrite()
	}
	io.CopyN(io.Discard, s.wire.Conn, lingerBytes)
}

// control handles a ping or a pong.
func (s *session) control(op byte, payload []byte) {
	if op == opPong {
		s.unanswered.Store(0)
		return
	}
	if s.pings == nil {
		s.pings = rate.NewLimiter(pingRate, pingBurst)
	}
	if !s.pings.Allow() {
		s.turnOut(closing{closePolicy, "too many pings", tooManyPings, fmt.Sprintf("let the program ping at most %d times a second", pingRate)})
		return
	}
	s.say(func(buf []byte) []byte {
		if len(buf) > replyBytes {
			return buf
		}
		return appendPong(buf, payload)
	})
	s.ring()
}
