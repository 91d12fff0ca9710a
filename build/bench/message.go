package bench

import (
	"bytes"
	"fmt"
)

// textBytes is the length of each message's text.
const textBytes = 150

// message is a post to a room, ready to be sent again and again, each time with another client id.
type message struct {
	frame []byte
	id    []byte // the digits in frame
	posts int
}

func newMessage(room string) *message {
	const digits = "0000000000"
	before := fmt.Sprintf(`{"id":1,"op":"post","room":%q,"client_id":"`, room)
	after := fmt.Sprintf(`","text":%q}`, bytes.Repeat([]byte("x"), textBytes))
	m := &message{frame: appendFrame(nil, opText, []byte(before+digits+after))}
	at := bytes.Index(m.frame, []byte(digits+`","text"`))
	m.id = m.frame[at : at+len(digits)]
	return m
}

// post sends the message by p.
func (m *message) post(p *poster) error {
	m.posts++
	for i, n := len(m.id)-1, m.posts; i >= 0; i, n = i-1, n/10 {
		m.id[i] = byte('0' + n%10)
	}
	_, err := p.conn.Write(m.frame)
	return err
}
