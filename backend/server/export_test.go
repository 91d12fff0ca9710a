package server

import (
	"net/netip"

	"hearth/backend/topic"
)

// OwnSocket opens the question whose a socket is to its tests.
func OwnSocket(near, far netip.AddrPort) (bool, error) {
	var s sockets
	defer s.close()
	return s.own(near, far)
}

// Object opens the JSON reader to its tests.
type Object struct{ o *object }

// ParseObject is parseObject.
func ParseObject(data []byte) (*Object, error) {
	o, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	return &Object{o}, nil
}

func (o *Object) Text(name string) string              { return o.o.text(name) }
func (o *Object) Whole(name string) uint64             { return o.o.whole(name) }
func (o *Object) Texts(name string) []string           { return o.o.texts(name) }
func (o *Object) Position(name string) *topic.Position { return o.o.position(name) }
func (o *Object) Err() error                           { return o.o.err }
func (o *Object) Len() int                             { return len(o.o.names) }

// Queue opens the queue of the drains to its test.
type Queue struct{ q queue[int] }

func (q *Queue) Push(v int)       { q.q.push(v) }
func (q *Queue) Pop() (int, bool) { return q.q.pop() }

// Places returns how many places in the crowd are taken.
func (s *Server) Places() int {
	s.crowd.mu.Lock()
	defer s.crowd.mu.Unlock()
	return s.crowd.all
}

// Patterns returns the pattern of every route.
func (s *Server) Patterns() []string { return s.patterns }
