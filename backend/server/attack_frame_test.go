package server_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
)

// long returns the header of a frame that announces size bytes.
func long(first byte, size uint64) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, size), 1, 2, 3, 4)
}

// closeFrame returns a close frame as no client should send it.
func closeFrame(code uint16, reason string) []byte {
	return maskedFrame(0x80|opClose, append(binary.BigEndian.AppendUint16(nil, code), reason...))
}

// Frames that no client sends end the session with the code that is meant for them. What comes behind each is more than enough
// of the same.
func badFrames(t *testing.T, h *hub, _ *talk) {
	_, cookie := joined(t, h, "eve")
	const continuation = 0
	text := func(payload string) []byte { return maskedFrame(0x80|opText, []byte(payload)) }
	begun := maskedFrame(opText, []byte(`{"id":1,`))
	for name, c := range map[string]struct {
		sent []byte
		code int
	}{
		"2^62 bytes announced, and coming":   {append(long(0x80|opText, 1<<62), make([]byte, 100<<10)...), 1009},
		"2^63 bytes announced":               {long(0x80|opText, 1<<63), 1002},
		"2^62 bytes of a fragment":           {append(begun, append(long(0x80, 1<<62), make([]byte, 100<<10)...)...), 1009},
		"a ping of 2^62 bytes":               {long(0x80|opPing, 1<<62), 1002},
		"a ping of 126 bytes":                {maskedFrame(0x80|opPing, make([]byte, 126)), 1002},
		"a ping in fragments":                {maskedFrame(opPing, nil), 1002},
		"a close of 126 bytes":               {maskedFrame(0x80|opClose, make([]byte, 126)), 1002},
		"a close of one byte":                {maskedFrame(0x80|opClose, []byte{3}), 1002},
		"a close with a code of nobody":      {closeFrame(999, ""), 1002},
		"a close with a code never sent":     {closeFrame(1006, ""), 1002},
		"empty fragments without end":        {append(begun, bytes.Repeat(maskedFrame(continuation, nil), 20_000)...), 1009},
		"small fragments without end":        {append(begun, bytes.Repeat(maskedFrame(continuation, []byte("x")), 70_000)...), 1009},
		"an empty message of many fragments": {append(maskedFrame(opText, nil), bytes.Repeat(maskedFrame(continuation, nil), 20_000)...), 1009},
		"a fragment of nothing":              {maskedFrame(0x80, []byte("x")), 1002},
		"a message within a message":         {append(begun, text("x")...), 1002},
		"a compressed frame":                 {maskedFrame(0xC0|opText, []byte("x")), 1002},
		"reserved bits":                      {maskedFrame(0xB0|opText, []byte("x")), 1002},
		"a kind that there is not":           {maskedFrame(0x83, []byte("x")), 1002},
		"a control frame there is not":       {maskedFrame(0x8B, []byte("x")), 1002},
		"no mask":                            {[]byte{0x81, 0x02, 'h', 'i'}, 1002},
		"a ping without mask":                {[]byte{0x89, 0x00}, 1002},
		"binary":                             {maskedFrame(0x80|opBinary, []byte("{}")), 1003},
		"a byte that is no UTF-8":            {text("{\"op\":\"\xff\"}"), 1007},
		"half a surrogate pair":              {text("\xed\xa0\x80"), 1007},
		"a slash in two bytes":               {text("\xc0\xaf"), 1007},
		"half a character":                   {text("\xe2\x82"), 1007},
		"a message of 64 KiB and a byte":     {text(strings.Repeat("x", 64<<10+1)), 1009},
		"pings without end":                  {bytes.Repeat(maskedFrame(0x80|opPing, []byte("x")), 20_000), 1008},
		"pings within a message":             {append(begun, bytes.Repeat(maskedFrame(0x80|opPing, nil), 5_000)...), 1008},
		"another protocol":                   {[]byte(strings.Repeat("GET / HTTP/1.1\r\n\r\n", 100)), 1002},
	} {
		s, _ := shake(t, connect(t, h), h, "/ws", "Cookie", cookie, "Sec-WebSocket-Protocol", "hearth.v1")
		go s.conn.Write(c.sent) // the hub may close before it has taken all
		if code, reason := s.closed(); code != c.code {
			t.Errorf("%s: closed with %d %s, want %d", name, code, reason, c.code)
		}
		if got, err := io.ReadAll(s.r); len(got) > 0 {
			t.Errorf("%s: after the close frame came %q, %v", name, got, err)
		}
		s.conn.Close()
	}
	stranger, _ := shake(t, connect(t, h), h, "/ws", "Sec-Fetch-Site", "same-origin", "Sec-WebSocket-Protocol", "hearth.v1")
	defer stranger.conn.Close()
	stranger.send(opText, make([]byte, 4<<10+1))
	stranger.wantClosed(1009)
}
