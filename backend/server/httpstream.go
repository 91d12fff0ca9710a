package server

import (
	"net/http"
	"sync"
	"time"

	"hearth/backend/topic"
)

// httpStream is one streamed HTTP answer. Its handler is its drain.
type httpStream struct {
	stream
	rang   chan struct{} // holds one ring
	over   chan struct{} // closed by stop
	once   sync.Once
	holder holder // set once

	every time.Duration // between two signs of life; 0 = none
	alive func()        // puts one on the way
}

func newHTTPStream(s *Server, r *http.Request, v view, to sink) *httpStream {
	h := &httpStream{rang: make(chan struct{}, 1), over: make(chan struct{}), holder: holderOf(callerOf(r))}
	h.view, h.sink, h.room.L = v, to, &h.mu
	h.sub = s.topics.Subscribe(func() {
		select {
		case h.rang <- struct{}{}:
		default:
		}
	})
	return h
}

// stop ends the stream soon. Any goroutine may call it.
func (h *httpStream) stop() { h.once.Do(func() { close(h.over) }) }

// serveStream answers r with a stream until it comes to its end, the client goes away, or the server closes. begin follows
// what is shown; its errors are answered, later ones only end the stream.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request, h *httpStream, begin func() error) error {
	leave, err := s.crowd.enter(callerOf(r))
	if err != nil {
		return err
	}
	defer leave()
	defer h.sub.Close()
	if err := begin(); err != nil {
		return err
	}
	if !s.live.add(h) {
		return topic.ErrClosed
	}
	defer s.live.removeStream(h)
	if code, _ := s.recheck(callerOf(r)); code != 0 {
		h.stop()
	}
	if expiry := endWith(callerOf(r), h.stop); expiry != nil {
		defer expiry.Stop()
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	http.NewResponseController(w).Flush() // the header goes out before the first entry
	h.serve(r)
	return nil
}

func (h *httpStream) serve(r *http.Request) {
	var life <-chan time.Time
	if h.every > 0 {
		tick := time.NewTicker(h.every)
		defer tick.Stop()
		life = tick.C
	}
	for {
		if err := h.drain(); err != nil || h.until != nil {
			return
		}
		select {
		case <-h.rang:
		case <-life:
			h.alive()
		case <-h.over:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// tell puts one message on the way.
func (h *httpStream) tell(m message) {
	h.say(func(buf []byte) []byte { return h.sink.frame(buf, m) })
}
