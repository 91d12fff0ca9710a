package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"hearth/backend/chat"
	"hearth/backend/notify"
	"hearth/backend/peer"
	"hearth/backend/presence"
	"hearth/backend/server"
	"hearth/backend/topic"
)

const adminToken = "test-admin-token"

// hub is a server on a real loopback listener, in front of the real domains on the memory ring.
type hub struct {
	*server.Server
	url      string // http://127.0.0.1:…
	topics   *topic.Topics
	peers    *peer.Peers
	rooms    *chat.Rooms
	presence *presence.Presence
	notify   *notify.Notify
}

// openHub serves a hub until the test ends. Each change may replace what the server stands in front of.
func openHub(t testing.TB, change ...func(*server.Deps)) *hub {
	t.Helper()
	return openHubOn(t, nil, change...)
}

// openHubOn is openHub with connections that wrap wraps; nil leaves them as they are.
func openHubOn(t testing.TB, wrap func(net.Conn) net.Conn, change ...func(*server.Deps)) *hub {
	t.Helper()
	l := listen(t)
	h := newHub(t, change...)
	if wrap != nil {
		l = listener{l, wrap}
	}
	h.serve(t, l)
	return h
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve serves on l until the test ends.
func (h *hub) serve(t testing.TB, l net.Listener) {
	t.Helper()
	h.url = "http://" + l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- h.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		h.close(t)
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

func (h *hub) close(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Errorf("close the server: %v", err)
	}
}

// newHub returns a hub that serves nothing yet.
func newHub(t testing.TB, change ...func(*server.Deps)) *hub {
	t.Helper()
	return newHubOn(t, nil, change...)
}

// newHubOn is newHub on an engine for durable topics; nil is the memory ring.
func newHubOn(t testing.TB, durable topic.Engine, change ...func(*server.Deps)) *hub {
	t.Helper()
	h := &hub{topics: topic.New(durable)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	var err error
	h.peers, err = peer.Open(ctx, h.topics, peer.Options{OwnerName: "Boss"})
	must(err)
	h.presence, err = presence.Open(ctx, h.topics, presence.Options{Peers: h.peers})
	must(err)
	t.Cleanup(h.presence.Close)
	h.notify, err = notify.Open(ctx, h.topics, notify.Options{})
	must(err)
	h.rooms, err = chat.Open(ctx, h.topics, chat.Options{Peers: h.peers, Read: h.presence.Seq, Forget: h.notify.Forget,
		Mentioned: func(ctx context.Context, to peer.Face, m chat.Mention) { must(h.notify.Mention(ctx, to, m)) }})
	must(err)
	d := server.Deps{Topics: h.topics, Peers: h.peers, Rooms: h.rooms, Presence: h.presence, Notify: h.notify,
		Name: "workshop", Version: "0.1.0", AdminToken: adminToken}
	for _, c := range change {
		c(&d)
	}
	h.Server, err = server.New(d)
	must(err)
	return h
}

// joined returns the Cookie header of a new member.
func joined(t testing.TB, h *hub, name string) (peer.Peer, string) {
	t.Helper()
	p, session, err := h.peers.Join(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p, "hearth_" + h.peers.HubID() + "=" + session
}

// reply is a whole answer.
type reply struct {
	status int
	header http.Header
	body   string
}

// call sends a request whose headers are given as pairs. A Host among them is what the request says, not where it goes.
func call(t testing.TB, method, url, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		req.Body, req.ContentLength = nil, 0
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return reply{res.StatusCode, res.Header, string(got)}
}

// raw sends bytes as they are and returns all that comes back until the hub closes the connection.
func raw(t testing.TB, h *hub, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil && len(got) == 0 {
		t.Fatal(err)
	}
	return string(got)
}

// handshake returns the headers that ask for a WebSocket.
func handshake() []string {
	return []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
}

// byOwner calls the API with the admin token and returns a good answer's JSON.
func byOwner(t testing.TB, h *hub, method, path, body string, want int) string {
	t.Helper()
	got := call(t, method, h.url+path, body, "Authorization", "Bearer "+adminToken)
	if got.status != want {
		t.Fatalf("%s %s: got %d %s, want %d", method, path, got.status, got.body, want)
	}
	return strings.TrimSuffix(got.body, "\n")
}
