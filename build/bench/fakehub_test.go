package bench_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"hearth/build/bench"
)

// TestMain turns this program into a hub or a yardstick when the bench starts it as one.
func TestMain(m *testing.M) {
	bench.PlayYardstick(os.Args[1:])
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serve(os.Args[3], os.Getenv("FAKE_HUB"))
	}
	os.Exit(m.Run())
}

func serve(addr, behaviour string) {
	if behaviour == "broken" {
		fmt.Println("the data folder is on fire")
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		panic(err)
	}
	h := &fakeHub{behaviour: behaviour, seqs: map[string]int{}, readers: map[string][]*fakeReader{}}
	go http.Serve(l, h.routes())
	<-ctx.Done()
	os.Exit(0)
}

// fakeHub knows of the protocol what the bench needs, and can misbehave.
type fakeHub struct {
	behaviour string

	mu      sync.Mutex
	joined  int
	seqs    map[string]int           // by room; guarded by mu
	readers map[string][]*fakeReader // by room; guarded by mu
}

type fakeReader struct {
	conn    *websocket.Conn
	classic bool
}

func (h *fakeHub) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("POST /api/join", h.join)
	mux.HandleFunc("GET /api/rooms/{room}/messages", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("GET /ws", h.socket)
	mux.HandleFunc("GET /chat/{room}", h.classicDoor)
	return mux
}

func (h *fakeHub) join(w http.ResponseWriter, r *http.Request) {
	if h.behaviour == "unwelcome" {
		http.Error(w, "nobody may join", http.StatusForbidden)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.joined++
	http.SetCookie(w, &http.Cookie{Name: "hearth_test", Value: fmt.Sprint(h.joined)})
	w.WriteHeader(http.StatusCreated)
}

func (h *fakeHub) classicDoor(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	h.mu.Lock()
	room := r.PathValue("room")
	h.readers[room] = append(h.readers[room], &fakeReader{conn: conn, classic: true})
	h.mu.Unlock()
	conn.Read(context.Background()) // it says nothing; this waits for its end
}

func (h *fakeHub) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"hearth.v1"}})
	if err != nil || conn.Subprotocol() != "hearth.v1" {
		return
	}
	_, cookieErr := r.Cookie("hearth_test")
	for {
		_, message, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var c struct{ Op, Topic, Room, Text string }
		if err := json.Unmarshal(message, &c); err != nil {
			panic(err)
		}
		switch {
		case c.Op == "follow":
			h.follow(conn, strings.TrimPrefix(c.Topic, "room/"))
		case c.Op == "post" && cookieErr == nil && (len(c.Text) == 150 || len(c.Text) == 16<<10):
			h.post(conn, c.Room, c.Text)
		default:
			write(conn, `{"id":1,"error":{"code":"bad_request","message":"what?"}}`)
		}
	}
}

func (h *fakeHub) follow(conn *websocket.Conn, room string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readers[room] = append(h.readers[room], &fakeReader{conn: conn})
	write(conn, fmt.Sprintf(`{"id":1,"ok":{"position":{"epoch":"q","seq":%d},"first":1}}`, h.seqs[room]))
}

func (h *fakeHub) post(conn *websocket.Conn, room, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seqs[room]++
	seq := h.seqs[room]
	write(conn, fmt.Sprintf(`{"id":1,"ok":{"topic":"room/%s","seq":%d,"dup":false}}`, room, seq))
	for i, r := range h.readers[room] {
		entry := fmt.Sprintf(`{"topic":"room/%s","seq":%d,"time":"2026-11-22T08:00:00.123Z","kind":"message","data":{"text":%q}}`, room, seq, text)
		if r.classic {
			entry = fmt.Sprintf("Room %s: %s", room, text)
		}
		switch {
		case r.classic && h.behaviour != "stuttering":
		case h.behaviour == "lossy" && i == 0 && seq%10 == 5:
			write(r.conn, fmt.Sprintf(`{"topic":"room/%s","kind":"gap","missed":1}`, room))
			continue
		case h.behaviour == "lossy" && i == 0 && seq%10 == 9 && strings.HasPrefix(room, "fanout-7-"):
			continue // and does not even say so
		case h.behaviour == "stuttering" && seq%10 == 0:
			write(r.conn, entry)
		}
		write(r.conn, entry)
	}
}

// write cannot fail in a way that matters: the bench notices what does not come.
func write(conn *websocket.Conn, text string) {
	_ = conn.Write(context.Background(), websocket.MessageText, []byte(text))
}
