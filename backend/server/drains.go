package server

import (
	"runtime"
	"sync"
)

// drains is where sessions with something to write wait for their turn, in the order in which their bells rang. A few
// goroutines serve them, and only while there is somebody to serve. A turn is one write of all that is pending, and
// waits neither for the reader nor for a disk: a session that would have to goes on in a goroutine of its own.
//
// A goroutine for every session cost a quarter more at 1,000 readers; and it filled the runtime's queue, in which whoever
// reads the next message or commits it had to stand behind all of them.
type drains struct {
	most int // writers at a time

	mu      sync.Mutex
	waiting queue[*session] // guarded by mu
	writers int             // guarded by mu
	all     sync.WaitGroup  // writers; Go is called under mu
}

// newDrains leaves one processor to those who read and commit.
func newDrains() *drains { return &drains{most: max(1, runtime.GOMAXPROCS(0)-1)} }

// add lets s wait for its turn. Writers of topics call it: it does not block.
func (d *drains) add(s *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting.push(s)
	if d.writers < min(d.most, d.waiting.n) {
		d.writers++
		d.all.Go(d.write)
	}
}

// write serves sessions until none waits.
func (d *drains) write() {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	for s := d.next(); s != nil; s = d.next() {
		s.turn(p)
	}
}

var pens = sync.Pool{New: func() any { return newPen() }}

// next returns the session whose turn it is, or nil, and then the caller is no writer any more.
func (d *drains) next() *session {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.waiting.pop()
	if !ok {
		d.writers--
	}
	return s
}

// queue is first in, first out. It keeps room for the most that ever waited at once.
type queue[T any] struct {
	ring []T // its length is a power of two
	head int // of the longest waiting
	n    int
}

func (q *queue[T]) push(v T) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = v
	q.n++
}

func (q *queue[T]) pop() (v T, ok bool) {
	if q.n == 0 {
		return v, false
	}
	q.ring[q.head], v = v, q.ring[q.head]
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	return v, true
}

func (q *queue[T]) grow() {
	ring := make([]T, max(16, 2*len(q.ring)))
	n := copy(ring, q.ring[q.head:])
	copy(ring[n:], q.ring[:q.head])
	q.ring, q.head = ring, 0
}
