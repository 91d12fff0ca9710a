package server

import (
	"bufio"
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

// hearthV1 is the subprotocol of /ws.
const hearthV1 = "hearth.v1"

const (
	readBufferBytes  = 512 // per session, of the library
	writeBufferBytes = 256 // likewise; below 131 the library would tear its control frames
)

// checkHandshake says what keeps a request from becoming a WebSocket. howto says how to connect to this path.
func checkHandshake(r *http.Request, howto string) error {
	upgrade := hasToken(r.Header, "Upgrade", "websocket")
	connection := hasToken(r.Header, "Connection", "upgrade")
	key := r.Header.Get("Sec-Websocket-Key")
	switch {
	case !upgrade && key == "":
		return fault.New(notAWebSocket, "this is a WebSocket door; connect with %s", howto)
	case !r.ProtoAtLeast(1, 1):
		return fault.New(proxyDropped, "the handshake came as %s; a proxy in between must speak HTTP/1.1 to the hub (nginx: proxy_http_version 1.1)", r.Proto)
	case !upgrade:
		return fault.New(proxyDropped, "the handshake came without Upgrade: websocket; a proxy in between must pass it on (nginx: proxy_set_header Upgrade $http_upgrade)")
	case !connection:
		return fault.New(proxyDropped, "the handshake came without Connection: upgrade; a proxy in between must pass it on (nginx: proxy_set_header Connection \"upgrade\")")
	case r.Header.Get("Sec-Websocket-Version") != "13":
		return fault.New(wrongVersion, "the handshake asks for WebSocket version %q; the hub speaks 13, as every client since 2011",
			loggable(r.Header.Get("Sec-Websocket-Version")))
	case !validKey(r.Header.Values("Sec-Websocket-Key")):
		return fault.New(badHandshake, "the handshake needs one Sec-WebSocket-Key of 16 bytes in base64; any WebSocket client sends one")
	}
	return nil
}

func validKey(keys []string) bool {
	if len(keys) != 1 {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0]))
	return err == nil && len(key) == 16
}

// tokens returns the elements of a header that is a list.
func tokens(h http.Header, name string) []string {
	var list []string
	for _, v := range h.Values(name) {
		for t := range strings.SplitSeq(v, ",") {
			list = append(list, strings.TrimSpace(t))
		}
	}
	return list
}

func hasToken(h http.Header, name, token string) bool {
	return slices.ContainsFunc(tokens(h, name), func(t string) bool { return strings.EqualFold(t, token) })
}

// offers reports whether the client would speak hearth.v1.
func offers(r *http.Request) bool {
	return slices.Contains(tokens(r.Header, "Sec-Websocket-Protocol"), hearthV1)
}

// open turns a request into a session of that door. The handshake has been checked.
func (s *Server) open(w http.ResponseWriter, r *http.Request, c caller, d door) error {
	if !s.live.begin() {
		return topic.ErrClosed
	}
	defer s.live.all.Done()
	vacate, err := s.crowd.enter(c)
	if err != nil {
		return err
	}
	n := newSession(s, r, c, d, vacate)
	// What is followed comes first: a client that sees its handshake answered misses nothing from then on.
	if d.begin != nil {
		err = d.begin(n)
	}
	if err != nil {
		n.discard()
		return err
	}
	if err := n.accept(w, r); err != nil { // answered by the library
		n.discard()
		s.log.Warn("a handshake failed", "path", loggable(r.URL.Path), "address", r.RemoteAddr, "err", err)
		return nil
	}
	n.enter()
	return nil
}

// discard gives back what a session holds that never came to be.
func (s *session) discard() {
	s.sub.Close()
	s.vacate()
}

// enter starts a session whose handshake is done. The handler's goroutine ends after it, with its stack and its request.
func (s *session) enter() {
	if s.door.people && s.caller.how == byCookie {
		if s.server.sharing != nil {
			s.server.sharing.Joined(s.caller.from, s.caller.Name)
		}
		s.gone = s.server.presence.Enter(s.caller.Face)
	}
	s.expire(s.caller)
	s.release()
	who := s.caller // the reader may soon know better
	s.server.live.start(s, func() { s.read(context.Background()) })
	if code, reason := s.server.recheck(who); code != 0 {
		s.goodbye(code, reason)
	}
}

// accept does the handshake on a connection that library and session share.
func (s *session) accept(w http.ResponseWriter, r *http.Request) (err error) {
	options := &websocket.AcceptOptions{
		InsecureSkipVerify: true, // the guard has checked the Origin
		CompressionMode:    websocket.CompressionDisabled,
		// These come within a message in fragments; the answer goes the way of all answers, so the library gives none.
		OnPingReceived: func(_ context.Context, payload []byte) bool { s.control(opPing, payload); return false },
		OnPongReceived: func(_ context.Context, payload []byte) { s.control(opPong, payload) },
	}
	if s.door.speaks != "" {
		options.Subprotocols = []string{s.door.speaks}
	}
	s.conn, err = websocket.Accept(&hijacker{ResponseWriter: w, session: s}, r, options)
	if err != nil {
		return err
	}
	s.conn.SetReadLimit(-1) // the reader has its own
	return nil
}

// hijacker hands the library a connection that it shares with the session.
type hijacker struct {
	http.ResponseWriter
	session *session
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	conn.SetDeadline(time.Time{})
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	w := newWire(conn, slices.Clone(early), h.session.server.limits.MessageBytes)
	h.session.wire, h.session.sink = w, frames{w}
	return w, bufio.NewReadWriter(w.in, bufio.NewWriterSize(w, writeBufferBytes)), nil
}
