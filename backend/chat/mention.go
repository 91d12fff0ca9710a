package chat

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"hearth/backend/peer"
)

const (
	MaxMentions = 50  // peers that one message can mention: each of them costs a commit
	maxAts      = 256 // at-signs of one message that are looked at
)

// Mention is the data of a mention: somebody named a peer in a message.
type Mention struct {
	Room    string    `json:"room"`
	Title   string    `json:"title"` // of the room
	Seq     uint64    `json:"seq"`   // of the message
	From    peer.Face `json:"from"`
	Text    string    `json:"text,omitempty"`    // the first ExcerptRunes characters
	Deleted bool      `json:"deleted,omitempty"` // the message is gone, or names the peer no more; Text is ""

	// Again says that the peer was told of this message before and that this replaces it.
	Again bool `json:"-"`
}

// mention tells the peers that a message names, and those that it named before, what it says now.
func (r *Rooms) mention(ctx context.Context, rm *room, seq uint64, m Message, before []string) {
	now := Mention{Room: rm.id, Title: rm.about().Title, Seq: seq, From: m.From, Text: excerpt(m.Text)}
	for _, id := range m.Mentions {
		now.Again = slices.Contains(before, id)
		r.tellOne(ctx, id, now)
	}
	now.Text, now.Deleted, now.Again = "", true, true
	for _, id := range before {
		if !slices.Contains(m.Mentions, id) {
			r.tellOne(ctx, id, now)
		}
	}
}

func (r *Rooms) tellOne(ctx context.Context, id string, m Mention) {
	if to, ok := r.peers.Lookup(id); ok {
		r.tell(ctx, to, m)
	}
}

// named returns the ids of the peers that text names by @name, without regard to case, each once and without the author,
// at most MaxMentions. Names may hold spaces: of the names that begin at an at-sign the longest counts, and all peers who
// bear it.
func (r *Rooms) named(text, author string) []string {
	var ids []string
	text = norm.NFC.String(text) // as names are
	for at, n := strings.IndexByte(text, '@'), 0; at >= 0 && n < maxAts && len(ids) < MaxMentions; n++ {
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		text = text[at+1:]
		if !inWord(before) { // else an address, such as ada@example.org
			for _, f := range r.longest(text) {
				if f.ID != author && !slices.Contains(ids, f.ID) && len(ids) < MaxMentions {
					ids = append(ids, f.ID)
				}
			}
		}
		at = strings.IndexByte(text, '@')
	}
	return ids
}

// longest returns the peers of the longest name that text begins with.
func (r *Rooms) longest(text string) []peer.Face {
	for _, end := range slices.Backward(ends(text)) {
		if faces := r.peers.Named(text[:end]); len(faces) > 0 {
			return faces
		}
	}
	return nil
}

// ends returns where in text a name that begins it may end, shortest first.
func ends(text string) []int {
	var ends []int
	end := 0
	for range peer.MaxNameRunes {
		last, size := utf8.DecodeRuneInString(text[end:])
		if size == 0 {
			break
		}
		end += size
		next, _ := utf8.DecodeRuneInString(text[end:])
		if !unicode.IsSpace(last) && !(inWord(last) && inWord(next)) {
			ends = append(ends, end)
		}
	}
	return ends
}

// inWord reports whether r goes together with its neighbours in a word. Scripts that are written without spaces have no
// such words: between any two of their characters a name may end.
func inWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.M) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
