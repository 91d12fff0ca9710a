package server

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"hearth/backend/topic"
)

// door is what a WebSocket path is for: what its sessions are shown and what their text does.
type door struct {
	view   view
	begin  func(s *session) error                                // what is followed from the start; nil = nothing
	text   func(ctx context.Context, s *session, message []byte) // nil = what comes in is passed over
	speaks string                                                // subprotocol it was opened with, "" = none
	people bool                                                  // who is here shows in presence
}

// session is one live WebSocket connection. Its reader goroutine owns it: it handles what comes in, and cleans up when
// the connection ends. What is pending is written by
// one of the drains.
type session struct {
	stream
	server *Server
	door   door
	wire   *wire
	conn   *websocket.Conn // for reading and the closing handshake; set once by accept

	holder holder      // guarded by live.mu once it is live
	origin origin      // of its handshake; set once by newSession
	caller caller      // owned by the reader
	vacate func()      // gives back its place in the crowd; owned by the reader
	expiry *time.Timer // ends it when its token does, may be nil; owned by the reader
	gone   func()      // ends its presence, may be nil; owned by the reader

	draining bool           // it writes or waits for its turn, or may not write yet; guarded by mu
	again    bool           // the bell rang meanwhile; guarded by mu
	over     bool           // nothing is written any more; guarded by mu
	drains   sync.WaitGroup // counts one while it writes or waits for its turn; Add is called under mu, by whoever sets draining

	slot       int           // of the pinger; set once by live.start
	pings      *rate.Limiter // of the client's pings; owned by the reader, nil until the first
	unanswered atomic.Int64  // when the oldest of our pings without a pong went out, in Unix ns; 0 = none
}

func newSession(s *Server, r *http.Request, c caller, d door, vacate func()) *session {
	n := &session{draining: true, server: s, door: d, holder: holderOf(c), origin: originOf(r), caller: c, vacate: vacate}
	n.view = d.view
	n.room.L = &n.mu
	n.sub = s.topics.Subscribe(n.ring)
	return n
}

// release lets the drain run, now that there is something to write to.
func (s *session) release() {
	s.mu.Lock()
	s.draining = false
	s.mu.Unlock()
	s.ring()
}

// ring is the bell: it lets the session wait for a turn unless it does so or writes already. Writers call it: it must not
// block.
func (s *session) ring() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining || s.over {
		s.again = true
		return
	}
	s.draining = true
	s.drains.Add(1)
	s.server.drains.add(s)
}

// turn writes once what is pending, as far as that goes without waiting for anybody.
func (s *session) turn(p *pen) {
	if s.wire.raw == nil || !s.wire.writing.TryLock() { // every write may wait here, or the library is writing a close frame
		s.waitAlone(nil)
		return
	}
	l, err := s.pending(p.buf[:0], (*topic.Subscription).TakeTail)
	p.keep(l.frames)
	all := true
	if len(l.frames) > 0 {
		if ok, failed := s.wire.tryLocked(p, l.frames, l.last); failed != nil {
			err = failed
		} else {
			all = ok
		}
	}
	s.wire.writing.Unlock()
	if err == nil && l.last {
		err = errEnded
	}
	switch {
	case !all || errors.Is(err, topic.ErrBehind):
		s.waitAlone(err)
	case s.done(err):
		s.drains.Done()
	case l.more || s.goesOn():
		s.server.drains.add(s)
	default:
		s.drains.Done()
	}
}

// waitAlone goes on in a goroutine of its own after a turn that ended with err.
func (s *session) waitAlone(err error) {
	go func() {
		defer s.drains.Done()
		s.run(err)
	}()
}

// run writes and waits for the reader and the disk as long as they need. It ends when nothing is pending, or for good when
// the stream is over.
func (s *session) run(err error) {
	if errors.Is(err, topic.ErrBehind) {
		err = nil
	}
	if cut := s.wire.send(nil, false); cut != nil {
		err = cut
	}
	for !s.done(err) {
		if err = s.drain(); err == nil && !s.goesOn() {
			return
		}
	}
}

// done deals with the error of a write and reports whether it was the last one.
func (s *session) done(err error) bool {
	var unread topicError
	switch {
	case err == nil:
		return false
	case errors.As(err, &unread):
		s.giveUp(unread)
		return false
	default:
		s.finishWriting(err)
		return true
	}
}

// goesOn reports whether there is something to write again. If not, the next ring begins anew.
func (s *session) goesOn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.again && len(s.answers) == 0 {
		s.draining = false
		return false
	}
	s.again = false
	return true
}

// giveUp says goodbye to a reader whose topic cannot be read; it resumes by position.
func (s *session) giveUp(unread topicError) {
	if s.server.live.isClosing() {
		s.goodbye(closeGoingAway, sleepReason)
		return
	}
	s.server.log.Error("topic could not be read", "topic", unread.topic, "err", unread.err)
	s.goodbye(closeInternal, "the hub could not read a topic; its log says why")
}

// finishWriting ends a session after its last write.
func (s *session) finishWriting(err error) {
	switch {
	case errors.Is(err, errEnded):
		s.wire.finishBy(time.Now().Add(closeGrace))
	case errors.Is(err, errShut): // the library has answered a close frame, which is on its way; the reader ends by itself
		s.end(nil)
	default:
		s.end(nil)
		s.wire.drop()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.room.Broadcast()
}

// waitForLast waits until the last is written, or cannot be.
func (s *session) waitForLast() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.over {
		s.room.Wait()
	}
}

// answer puts one text frame on the way.
func (s *session) answer(text []byte) {
	s.say(func(buf []byte) []byte { return appendText(buf, "", text) })
	s.ring()
}

// goodbye lets a close frame follow the answers that wait. The other side then has closeGrace to close; the reader sees
// to that. Any goroutine may call it; only the first call counts.
func (s *session) goodbye(code closeCode, reason string) {
	if s.end(func(buf []byte) []byte { return appendClose(buf, code, reason) }) {
		s.ring()
	}
}

// close is the end of the reader: it waits for the drain and gives back all that the session held.
func (s *session) close() {
	s.sub.Close()
	s.end(nil)
	s.conn.CloseNow()
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.drains.Wait()
	if s.expiry != nil {
		s.expiry.Stop()
	}
	if s.gone != nil {
		s.gone()
	}
	s.vacate()
	s.server.live.remove(s)
}
