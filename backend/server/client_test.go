package server_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what must come. It bounds failing tests only.
const patience = 20 * time.Second

const (
	opText   = 1
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10
)

// client is a WebSocket client that sees frames, and checks that they are as RFC 6455 has them.
type client struct {
	t        testing.TB
	conn     net.Conn
	r        *bufio.Reader
	protocol string        // that the hub chose
	patience time.Duration // for the next frame
}

// frame is one frame that came from the hub.
type frame struct {
	op      byte
	payload []byte
}

func (f frame) String() string {
	if f.op == opClose && len(f.payload) >= 2 {
		return fmt.Sprintf("close %d %s", binary.BigEndian.Uint16(f.payload), f.payload[2:])
	}
	return fmt.Sprintf("op %d %q", f.op, f.payload)
}

// dial opens a WebSocket. Headers are given as pairs, as for call.
func dial(t testing.TB, h *hub, path string, headers ...string) *client {
	t.Helper()
	c, res := tryDial(t, h, path, headers...)
	if res.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(res.Body)
		t.Fatalf("dial %s: %d %s", path, res.StatusCode, body)
	}
	return c
}

func tryDial(t testing.TB, h *hub, path string, headers ...string) (*client, *http.Response) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return shake(t, conn, h, path, headers...)
}

// shake does the handshake on a connection.
func shake(t testing.TB, conn net.Conn, h *hub, path string, headers ...string) (*client, *http.Response) {
	t.Helper()
	conn.SetDeadline(time.Now().Add(patience))
	req, err := http.NewRequest("GET", h.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers)-1; i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	for i, pair := 0, handshake(); i < len(pair); i += 2 {
		req.Header.Set(pair[i], pair[i+1])
	}
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, req)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Time{})
	return &client{t: t, conn: conn, r: r, protocol: res.Header.Get("Sec-WebSocket-Protocol"), patience: patience}, res
}

// send sends one masked frame.
func (c *client) send(op byte, payload []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(maskedFrame(0x80|op, payload)); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

func (c *client) say(text string) {
	c.t.Helper()
	c.send(opText, []byte(text))
}

// maskedFrame returns a frame as clients send it; first is its first byte.
func maskedFrame(first byte, payload []byte) []byte {
	buf := []byte{first}
	switch n := len(payload); {
	case n < 126:
		buf = append(buf, 0x80|byte(n))
	case n < 1<<16:
		buf = binary.BigEndian.AppendUint16(append(buf, 0x80|126), uint16(n))
	default:
		buf = binary.BigEndian.AppendUint64(append(buf, 0x80|127), uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	buf = append(buf, mask[:]...)
	for i, b := range payload {
		buf = append(buf, b^mask[i%4])
	}
	return buf
}

// next returns the next frame, of any kind; an error is the end of the connection.
func (c *client) next() (frame, error) {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(c.patience))
	var head [2]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return frame{}, err
	}
	op, size := head[0]&0x0f, int(head[1])
	if head[0]&0xf0 != 0x80 || size > 127 || op != opText && op != opPing && op != opPong && op != opClose {
		c.t.Fatalf("torn or unknown frame: header %x", head)
	}
	switch size {
	case 126:
		var n [2]byte
		if _, err := io.ReadFull(c.r, n[:]); err != nil {
			return frame{}, err
		}
		size = int(binary.BigEndian.Uint16(n[:]))
	case 127:
		var n [8]byte
		if _, err := io.ReadFull(c.r, n[:]); err != nil {
			return frame{}, err
		}
		size = int(binary.BigEndian.Uint64(n[:]))
	}
	if op >= opClose && size > 125 || size > 1<<20 {
		c.t.Fatalf("frame with op %d has %d bytes", op, size)
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(c.r, payload)
	return frame{op, payload}, err
}

// text returns the next text and answers pings meanwhile.
func (c *client) text() string {
	c.t.Helper()
	for {
		f, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for a text: %v", err)
		}
		switch f.op {
		case opText:
			return string(f.payload)
		case opPing:
			c.send(opPong, f.payload)
		case opClose:
			c.t.Fatalf("waiting for a text: %v", f)
		}
	}
}

// want fails the test unless the next texts are these.
func (c *client) want(texts ...string) {
	c.t.Helper()
	for _, want := range texts {
		if got := c.text(); got != want {
			c.t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

// closed returns the code and reason with which the hub closes; everything before is passed over.
func (c *client) closed() (code int, reason string) {
	c.t.Helper()
	for {
		f, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for a close frame: %v", err)
		}
		switch {
		case f.op == opClose && len(f.payload) == 0:
			return 1005, ""
		case f.op == opClose:
			return int(binary.BigEndian.Uint16(f.payload)), string(f.payload[2:])
		}
	}
}

// wantClosed fails the test unless the hub closes with that code, and then the connection.
func (c *client) wantClosed(code int) {
	c.t.Helper()
	got, reason := c.closed()
	if got != code {
		c.t.Errorf("closed with %d %s, want %d", got, reason, code)
	}
	c.send(opClose, binary.BigEndian.AppendUint16(nil, uint16(got)))
	if f, err := c.next(); err == nil {
		c.t.Errorf("after the close frame came %v", f)
	}
}

// hello is one connection that speaks hearth.v1, and the commands of a test.
func hello(t testing.TB, h *hub, headers ...string) *client {
	t.Helper()
	c := dial(t, h, "/ws", append(headers, "Sec-WebSocket-Protocol", "hearth.v1")...)
	if c.protocol != "hearth.v1" {
		t.Fatalf("subprotocol is %q, want hearth.v1", c.protocol)
	}
	return c
}

// envelope is any frame of hearth.v1.
type envelope struct {
	ID    *int            `json:"id"`
	OK    json.RawMessage `json:"ok"`
	Error *struct {
		Code, Message, Field string
		RetryAfter           int `json:"retry_after"`
	} `json:"error"`
	Topic    string          `json:"topic"`
	Seq      uint64          `json:"seq"`
	Kind     string          `json:"kind"`
	Missed   uint64          `json:"missed"`
	Data     json.RawMessage `json:"data"`
	Position *struct {
		Epoch string
		Seq   uint64
	} `json:"position"`
}

// envelope returns the next text as hearth.v1 has it.
func (c *client) envelope() envelope {
	c.t.Helper()
	text := c.text()
	var e envelope
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
	return e
}

// do sends a command, given without its braces, and returns its answer. What comes before the answer is passed over.
func (c *client) do(id int, command string) envelope {
	c.t.Helper()
	c.say(fmt.Sprintf(`{"id":%d,%s}`, id, command))
	for {
		if e := c.envelope(); e.ID != nil && *e.ID == id {
			return e
		}
	}
}

// ok is do for a command that must be carried out.
func (c *client) ok(id int, command string) string {
	c.t.Helper()
	e := c.do(id, command)
	if e.Error != nil {
		c.t.Fatalf("%s: %s %s", command, e.Error.Code, e.Error.Message)
	}
	return string(e.OK)
}

// refused is do for a command that must not; it returns the code.
func (c *client) refused(id int, command string) string {
	c.t.Helper()
	e := c.do(id, command)
	if e.Error == nil {
		c.t.Fatalf("%s: answered %s, want an error", command, e.OK)
	}
	if e.Error.Message == "" {
		c.t.Errorf("%s: %s without a sentence", command, e.Error.Code)
	}
	return e.Error.Code
}
