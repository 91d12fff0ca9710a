package server

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"
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
// the connection ends. Beside it runs at most one drain, and only while something is pending.
type session struct {
	stream
	server *Server
	door   door
	wire   *wire
	conn   *websocket.Conn // for reading and the closing handshake; set once by accept

	secret string     // cookie it was opened with, or ""; set once
	from   netip.Addr // set once
	caller caller     // owned by the reader
	vacate func()     // gives back its place in the crowd; owned by the reader
	gone   func()     // ends its presence, may be nil; owned by the reader

	draining bool           // a drain runs, or may not run yet; guarded by mu
	again    bool           // the bell rang while it ran; guarded by mu
	over     bool           // no drain starts any more; guarded by mu
	drains   sync.WaitGroup // Go is called under mu, by whoever sets draining

	slot       int           // of the pinger; set once by live.start
	pings      *rate.Limiter // of the client's pings; owned by the reader, nil until the first
	unanswered atomic.Int64  // when the oldest of our pings without a pong went out, in Unix ns; 0 = none
}

func newSession(s *Server, c caller, from netip.Addr, d door, vacate func()) *session {
	n := &session{draining: true, server: s, door: d, secret: c.session, from: from, caller: c, vacate: vacate}
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

// ring is the bell: it starts a drain unless one runs. Writers call it: it must not block.
func (s *session) ring() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining || s.over {
		s.again = true
		return
	}
	s.draining = true
	s.drains.Go(s.run)
}

// run is the drain goroutine. It ends when nothing is pending, or for good when the stream is over.
func (s *session) run() {
	for {
		err := s.drain()
		var unread topicError
		switch {
		case errors.As(err, &unread):
			s.giveUp(unread)
			continue
		case err != nil:
			s.finishWriting(err)
			return
		}
		s.mu.Lock()
		if !s.again && len(s.answers) == 0 {
			s.draining = false
			s.mu.Unlock()
			return
		}
		s.again = false
		s.mu.Unlock()
	}
}

// giveUp says goodbye to a reader whose topic cannot be read; it resumes by position.
func (s *session) giveUp(unread topicError) {
	if s.server.live.isClosing() {
		s.goodbye(closeGoingAway, restartReason)
		return
	}
	s.server.log.Error("topic could not be read", "topic", unread.topic, "err", unread.err)
	s.goodbye(closeInternal, "the hub could not read a topic; its log says why")
}

// finishWriting ends a session after its last write.
func (s *session) finishWriting(err error) {
	if errors.Is(err, errEnded) {
		s.wire.finishBy(time.Now().Add(closeGrace))
	} else {
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
	if s.gone != nil {
		s.gone()
	}
	s.vacate()
	s.server.live.remove(s)
}
