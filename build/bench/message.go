package bench

import (
	"bytes"
	"strings"
)

// textBytes is the length of each message's text. It begins with the message's number.
const (
	textBytes = 150
	noNumber  = "0000000000"
)

// message is a post to a room, ready to be sent again and again, each time with the next number.
type message struct {
	frame  []byte
	places [][]byte // where the number stands in frame
	posts  int      // the number of the newest
}

// newMessage returns the post of a text as d takes it.
func newMessage(d door, room string) *message {
	return frameMessage(d.post(room, noNumber, noNumber+strings.Repeat("x", textBytes-len(noNumber))))
}

func frameMessage(payload string) *message {
	m := &message{frame: appendFrame(nil, opText, []byte(payload))}
	for rest := m.frame; ; {
		at := bytes.Index(rest, []byte(noNumber))
		if at < 0 {
			return m
		}
		m.places = append(m.places, rest[at:at+len(noNumber)])
		rest = rest[at+len(noNumber):]
	}
}

// post sends the message by l.
func (m *message) post(l *link) error {
	m.posts++
	for _, place := range m.places {
		for i, n := len(place)-1, m.posts; i >= 0; i, n = i-1, n/10 {
			place[i] = byte('0' + n%10)
		}
	}
	_, err := l.conn.Write(m.frame)
	return err
}
