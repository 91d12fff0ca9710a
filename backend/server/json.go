package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

// object is one JSON object that a stranger sent, known to be valid down to its leaves. Its getters return zero for what
// is absent or null; the first value of a wrong type is kept in err. Fields that nobody asks for are ignored, unless it
// asks only.
type object struct {
	names  []string
	values []json.RawMessage
	asked  uint64 // a bit for each of the first 64 fields: a getter asked for it
	err    error
}

// parseObject accepts exactly one JSON object: UTF-8, nested at most maxDepth deep, no name twice, nothing after it.
func parseObject(data []byte) (*object, error) {
	if !utf8.Valid(data) {
		return nil, fault.New(fault.BadJSON, "the JSON is not valid UTF-8")
	}
	s := scanner{data: data}
	o := &object{}
	s.blanks()
	if s.peek() != '{' {
		return nil, fault.New(fault.BadJSON, "expected one JSON object, like {\"text\":\"hi\"}")
	}
	err := s.object(func(name string, value []byte) {
		o.names = append(o.names, name)
		o.values = append(o.values, value)
	})
	if err != nil {
		return nil, err
	}
	if s.blanks(); s.at < len(data) {
		return nil, s.fail("something follows the JSON object")
	}
	return o, nil
}

// raw returns the value of that name, or nil if it is absent or null.
func (o *object) raw(name string) json.RawMessage {
	i := slices.Index(o.names, name)
	if i < 0 {
		return nil
	}
	o.asked |= 1 << i
	if string(o.values[i]) == "null" {
		return nil
	}
	return o.values[i]
}

// only returns err, or else an error if there is a field that nobody asked for. It is for requests that change what a hub
// lets people do: whoever misspells a lock must not be told that all is well. Commands that also go over sockets ignore such
// fields.
func (o *object) only() error {
	if o.err != nil {
		return o.err
	}
	for i, name := range o.names {
		if o.asked&(1<<i) == 0 {
			name = loggable(name)
			return fault.New(fault.BadRequest, "%q is not a field of this request; nothing was changed, check its spelling", name).In(name)
		}
	}
	return nil
}

func (o *object) wrong(name, wanted string) {
	if o.err == nil {
		o.err = fault.New(fault.BadJSON, "%s must be %s", name, wanted).In(name)
	}
}

// text returns a string.
func (o *object) text(name string) string {
	v := o.raw(name)
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		o.wrong(name, "a string")
	}
	return s
}

// isYes reports whether there is a true.
func (o *object) isYes(name string) bool {
	yes := o.yesNo(name)
	return yes != nil && *yes
}

// maybeText returns a string, or nil if there is none.
func (o *object) maybeText(name string) *string {
	if o.raw(name) == nil {
		return nil
	}
	text := o.text(name)
	return &text
}

// whole returns a whole number from 0 to topic.MaxSeq.
func (o *object) whole(name string) uint64 {
	v := o.raw(name)
	if v == nil {
		return 0
	}
	n, err := strconv.ParseUint(string(v), 10, 64)
	if err != nil || n > topic.MaxSeq {
		o.wrong(name, "a whole number from 0 to 2^53 - 1")
		return 0
	}
	return n
}

// bounded returns a whole number from 0 to most.
func (o *object) bounded(name string, most uint64) uint64 {
	n := o.whole(name)
	if n > most && o.err == nil {
		o.err = fault.New(fault.BadRequest, "%s must be a whole number from 0 to %d", name, most).In(name)
	}
	return n
}

// yesNo returns true or false, or nil if there is none.
func (o *object) yesNo(name string) *bool {
	v := o.raw(name)
	if v == nil {
		return nil
	}
	yes := string(v) == "true"
	if !yes && string(v) != "false" {
		o.wrong(name, "true or false")
	}
	return &yes
}

// texts returns a list of strings.
func (o *object) texts(name string) []string {
	v := o.raw(name)
	if v == nil {
		return nil
	}
	var list []string
	if json.Unmarshal(v, &list) != nil {
		o.wrong(name, "a list of strings")
	}
	return list
}

// position returns a position, or nil if there is none.
func (o *object) position(name string) *topic.Position {
	v := o.raw(name)
	if v == nil {
		return nil
	}
	in, err := parseObject(v)
	if err != nil {
		o.wrong(name, `a position like {"epoch":"q3","seq":120}`)
		return nil
	}
	p := &topic.Position{Epoch: in.text("epoch"), Seq: in.whole("seq")}
	if in.err != nil {
		o.wrong(name, `a position like {"epoch":"q3","seq":120}`)
	}
	return p
}

// scanner reads JSON strictly, as RFC 8259 has it.
type scanner struct {
	data  []byte
	at    int
	depth int
}

func (s *scanner) fail(format string, args ...any) error {
	return fault.New(fault.BadJSON, "not valid JSON at byte %d: %s", s.at, fmt.Sprintf(format, args...))
}

// unexpected says what stands where something else must.
func (s *scanner) unexpected(wanted string) error {
	if s.at >= len(s.data) {
		return s.fail("it ends where %s is expected", wanted)
	}
	r, _ := utf8.DecodeRune(s.data[s.at:])
	return s.fail("%q stands where %s is expected", r, wanted)
}

// peek returns the next byte, or 0 at the end: 0 is no part of JSON.
func (s *scanner) peek() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

func (s *scanner) blanks() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) value() error {
	s.blanks()
	switch c := s.peek(); {
	case c == '{':
		return s.object(func(string, []byte) {})
	case c == '[':
		return s.array()
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	default:
		return s.word()
	}
}

// object calls found for each member, in order.
func (s *scanner) object(found func(name string, value []byte)) error {
	if err := s.enter(); err != nil {
		return err
	}
	var seen names
	s.blanks()
	if s.peek() == '}' {
		return s.leave()
	}
	for {
		s.blanks()
		if s.peek() != '"' {
			return s.unexpected("a name in quotes")
		}
		name, err := s.text()
		if err != nil {
			return err
		}
		if !seen.add(name) {
			return fault.New(fault.BadJSON, "%q stands twice in one JSON object", name).In(name)
		}
		if s.blanks(); s.peek() != ':' {
			return s.unexpected("a colon")
		}
		s.at++
		s.blanks()
		start := s.at
		if err := s.value(); err != nil {
			return err
		}
		found(name, s.data[start:s.at])
		switch s.blanks(); s.peek() {
		case ',':
			s.at++
		case '}':
			return s.leave()
		default:
			return s.unexpected("a comma or }")
		}
	}
}

func (s *scanner) array() error {
	if err := s.enter(); err != nil {
		return err
	}
	s.blanks()
	if s.peek() == ']' {
		return s.leave()
	}
	for {
		if err := s.value(); err != nil {
			return err
		}
		switch s.blanks(); s.peek() {
		case ',':
			s.at++
		case ']':
			return s.leave()
		default:
			return s.unexpected("a comma or ]")
		}
	}
}

func (s *scanner) enter() error {
	if s.depth++; s.depth > maxDepth {
		return s.fail("it is nested more than %d deep", maxDepth)
	}
	s.at++
	return nil
}

func (s *scanner) leave() error {
	s.depth--
	s.at++
	return nil
}

// text reads a string and returns what it means.
func (s *scanner) text() (string, error) {
	start := s.at
	plain := true
	for s.at++; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return unquote(s.data[start:s.at], plain), nil
		case c == '\\':
			plain = false
			if err := s.escape(); err != nil {
				return "", err
			}
		case c < ' ':
			return "", s.fail("a control character stands in a string; write it as an escape")
		}
	}
	return "", s.unexpected("the end of a string")
}

// escape checks what follows a backslash and stops on its last byte.
func (s *scanner) escape() error {
	s.at++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
		for range 4 {
			s.at++
			switch c := s.peek(); {
			case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
			default:
				return s.unexpected("a hexadecimal digit")
			}
		}
		return nil
	default:
		return s.unexpected(`one of " \ / b f n r t u after a backslash`)
	}
}

func unquote(quoted []byte, plain bool) string {
	if plain {
		return string(quoted[1 : len(quoted)-1])
	}
	var text string
	json.Unmarshal(quoted, &text) // its syntax has been checked
	return text
}

func (s *scanner) number() error {
	if s.peek() == '-' {
		s.at++
	}
	switch c := s.peek(); {
	case c == '0':
		s.at++
	case '1' <= c && c <= '9':
		s.digits()
	default:
		return s.unexpected("a digit")
	}
	if s.peek() == '.' {
		s.at++
		if s.digits() == 0 {
			return s.unexpected("a digit")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if s.digits() == 0 {
			return s.unexpected("a digit")
		}
	}
	return nil
}

func (s *scanner) digits() (n int) {
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.at++
		n++
	}
	return n
}

func (s *scanner) word() error {
	for _, w := range []string{"true", "false", "null"} {
		if len(s.data)-s.at >= len(w) && string(s.data[s.at:s.at+len(w)]) == w {
			s.at += len(w)
			return nil
		}
	}
	return s.unexpected("a value")
}

// names is a set of strings that needs no memory of its own while it is small.
type names struct {
	few  [16]string
	n    int
	many map[string]struct{}
}

// add reports whether name was not there.
func (s *names) add(name string) bool {
	for _, other := range s.few[:min(s.n, len(s.few))] {
		if other == name {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.many == nil {
		s.many = make(map[string]struct{})
	}
	if _, there := s.many[name]; there {
		return false
	}
	s.many[name] = struct{}{}
	return true
}
