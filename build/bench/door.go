package bench

import (
	"bytes"
	"fmt"
)

// door is a way into a program: how readers come to a room there, and what posts and entries look like.
type door struct {
	protocol string // the subprotocol that is asked for
	path     func(room string) string
	follow   func(room string) string              // what a reader says; nil = who is there follows
	post     func(room, id, text string) string    // a message
	entry    func(room string) string              // what an entry of the room begins with
	take     func(r *reader, payload []byte) error // receives what comes to a reader
	text     string                                // what stands before the text in an entry; "" = what it begins with
}

// modern is /ws with hearth.v1, classic is /chat/{room}, which the article's program has too.
var (
	modern = door{
		protocol: "hearth.v1",
		path:     func(string) string { return "/ws" },
		follow:   func(room string) string { return fmt.Sprintf(`{"id":1,"op":"follow","topic":"room/%s"}`, room) },
		post: func(room, id, text string) string {
			return fmt.Sprintf(`{"id":1,"op":"post","room":%q,"client_id":%q,"text":%q}`, room, id, text)
		},
		entry: func(room string) string { return fmt.Sprintf(`{"topic":"room/%s","seq":`, room) },
		take:  (*reader).takeNumbered,
		text:  `"text":"`,
	}
	classic = door{
		path:  func(room string) string { return "/chat/" + room },
		post:  func(_, _, text string) string { return text },
		entry: func(room string) string { return fmt.Sprintf("Room %s: ", room) },
		take:  (*reader).takePlain,
	}
)

// numberIn returns the number of the message that an entry is of.
func (d door) numberIn(entry, begin []byte) uint64 {
	if d.text == "" {
		return number(entry[len(begin):])
	}
	at := bytes.Index(entry, []byte(d.text))
	if at < 0 {
		return 0
	}
	return number(entry[at+len(d.text):])
}
