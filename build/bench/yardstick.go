package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// yardstickArg is the first argument of a process that is to be a yardstick.
const yardstickArg = "bench-yardstick"

// PlayYardstick turns this process into a yardstick if args, without the program's name, ask for one, and does not return
// then. The bench starts its own program so, to measure against it.
func PlayYardstick(args []string) {
	if len(args) != 3 || args[0] != yardstickArg {
		return
	}
	y := &yardstick{deliver: (*follower).write, rooms: make(map[string]*yardRoom)}
	if args[1] == "conn" {
		y.deliver = (*follower).send
	}
	server := &http.Server{Addr: args[2], Handler: y.routes(), ReadHeaderTimeout: startPatience}
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
	os.Exit(1)
}

// yardstick is a hub as small as can be: it keeps nothing and knows nobody, and of hearth.v1 it speaks what the bench says.
// It encodes an entry once and gives it to one reader after another.
type yardstick struct {
	deliver func(f *follower, frame []byte) error

	mu    sync.Mutex
	rooms map[string]*yardRoom // guarded by mu
}

type yardRoom struct {
	seq       uint64
	followers map[*follower]struct{}
}

type follower struct {
	conn *websocket.Conn
	raw  net.Conn // beneath conn
}

// write is the floor: the whole frame in one system call.
func (f *follower) write(frame []byte) error {
	_, err := f.raw.Write(frame)
	return err
}

// send is what most programs do: the library frames and flushes each message.
func (f *follower) send(frame []byte) error {
	return f.conn.Write(context.Background(), websocket.MessageText, frame[entryHead:])
}

func (y *yardstick) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /ws", y.serve)
	return mux
}

func (y *yardstick) serve(w http.ResponseWriter, r *http.Request) {
	keeper := &connKeeper{ResponseWriter: w}
	conn, err := websocket.Accept(keeper, r, &websocket.AcceptOptions{Subprotocols: []string{modern.protocol}})
	if err != nil {
		return
	}
	f := &follower{conn: conn, raw: keeper.conn}
	defer y.forget(f)
	for {
		_, message, err := conn.Read(context.Background())
		if err != nil {
			return
		}
		var c struct {
			Op, Topic, Room, Text string
			ClientID              string `json:"client_id"`
		}
		if err := json.Unmarshal(message, &c); err != nil {
			return
		}
		answer := ""
		if c.Op == "follow" {
			answer = y.follow(f, strings.TrimPrefix(c.Topic, "room/"))
		} else {
			answer = y.post(c.Room, c.Text, c.ClientID)
		}
		if err := conn.Write(context.Background(), websocket.MessageText, []byte(answer)); err != nil {
			return
		}
	}
}

func (y *yardstick) roomLocked(name string) *yardRoom {
	if y.rooms[name] == nil {
		y.rooms[name] = &yardRoom{followers: make(map[*follower]struct{})}
	}
	return y.rooms[name]
}

func (y *yardstick) follow(f *follower, room string) (answer string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	r := y.roomLocked(room)
	r.followers[f] = struct{}{}
	return fmt.Sprintf(`{"id":1,"ok":{"position":{"epoch":"q","seq":%d},"first":1}}`, r.seq)
}

func (y *yardstick) forget(f *follower) {
	y.mu.Lock()
	defer y.mu.Unlock()
	f.conn.CloseNow()
	for _, r := range y.rooms {
		delete(r.followers, f)
	}
}

func (y *yardstick) post(room, text, id string) (answer string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	r := y.roomLocked(room)
	r.seq++
	frame := frameEntry(fmt.Appendf(make([]byte, entryHead), `{"topic":"room/%s","seq":%d,"time":%q,"kind":"message","data":`+
		`{"from":{"id":"k3v9q2mx7rbt","name":"bench 17","tag":"K3QX","hue":176},"text":%q,"client_id":%q}}`,
		room, r.seq, time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), text, id))
	for f := range r.followers {
		if y.deliver(f, frame) != nil {
			delete(r.followers, f)
		}
	}
	return fmt.Sprintf(`{"id":1,"ok":{"topic":"room/%s","seq":%d,"dup":false}}`, room, r.seq)
}

// connKeeper keeps the connection that the library takes over.
type connKeeper struct {
	http.ResponseWriter
	conn net.Conn
}

func (k *connKeeper) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(k.ResponseWriter).Hijack()
	k.conn = conn
	return conn, buffered, err
}
