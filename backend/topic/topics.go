package topic

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
)

// MaxOpen is how many topics a hub may have open at once; names come from strangers.
const MaxOpen = 16384

// Topics holds the open topics of a hub.
type Topics struct {
	memory  Engine
	durable Engine

	mu     sync.Mutex
	open   map[string]*slot // guarded by mu
	closed bool             // guarded by mu
}

type slot struct {
	once  sync.Once
	topic atomic.Pointer[Topic] // nil until it is open
	err   error                 // set by once
}

// New returns an empty set of topics. Durable topics are kept by durable, which Close closes; without one they are kept
// in memory.
func New(durable Engine) *Topics {
	memory := NewRing()
	if durable == nil {
		durable = memory
	}
	return &Topics{memory: memory, durable: durable, open: make(map[string]*slot)}
}

// Open returns the topic of that name, opening it if need be. It writes nothing: a topic comes to be on disk with its
// first entry. The retention of the first Open counts. Errors: ErrName, ErrFull, ErrClosed, or the engine's.
func (ts *Topics) Open(ctx context.Context, name string, r Retention) (*Topic, error) {
	if !ValidName(name) {
		return nil, ErrName
	}
	s, err := ts.slot(name)
	if err != nil {
		return nil, err
	}
	s.once.Do(func() {
		var t *Topic
		t, s.err = ts.load(context.WithoutCancel(ctx), name, r)
		s.topic.Store(t)
	})
	if s.err != nil {
		ts.forget(name, s)
		return nil, fmt.Errorf("open topic %s: %w", name, s.err)
	}
	return s.topic.Load(), nil
}

// Lookup returns the topic of that name if it is open, else ErrNoTopic. It does not wait for an Open under way.
func (ts *Topics) Lookup(name string) (*Topic, error) {
	ts.mu.Lock()
	s := ts.open[name]
	ts.mu.Unlock()
	if s == nil {
		return nil, ErrNoTopic
	}
	if t := s.topic.Load(); t != nil {
		return t, nil
	}
	return nil, ErrNoTopic
}

// Names lists the durable topics with a history whose names begin with prefix, sorted.
func (ts *Topics) Names(ctx context.Context, prefix string) ([]string, error) {
	return ts.durable.Names(ctx, prefix)
}

// Table returns the table of that name in the durable engine.
func (ts *Topics) Table(name string) Table { return ts.durable.Table(name) }

// Close closes the engines, which wait for commits under way.
func (ts *Topics) Close() error {
	ts.mu.Lock()
	ts.closed = true
	ts.mu.Unlock()
	return errors.Join(ts.durable.Close(), ts.memory.Close())
}

func (ts *Topics) slot(name string) (*slot, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.closed {
		return nil, ErrClosed
	}
	s := ts.open[name]
	if s == nil {
		if len(ts.open) >= MaxOpen {
			return nil, ErrFull
		}
		s = &slot{}
		ts.open[name] = s
	}
	return s, nil
}

// forget lets a later Open try again.
func (ts *Topics) forget(name string, s *slot) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.open[name] == s {
		delete(ts.open, name)
	}
}

func (ts *Topics) load(ctx context.Context, name string, r Retention) (*Topic, error) {
	engine := ts.memory
	if r.Durable {
		if r.State {
			return nil, errors.New("state is kept in memory only")
		}
		engine = ts.durable
	}
	t := &Topic{name: name, epoch: engine.Epoch(), encode: newEncoder(name), cursors: make(map[*cursor]struct{})}
	log, err := engine.Open(ctx, name, r, t.publish)
	if err != nil {
		return nil, err
	}
	t.log = log
	_, last := log.Bounds()
	t.tail.Store(&tail{first: last + 1, last: last, state: r.State})
	return t, nil
}

// ValidName reports whether name may name a topic: 1 to 128 of a-z A-Z 0-9 . _ - in non-empty parts joined by slashes,
// no part of dots alone.
func ValidName(name string) bool {
	if name == "" || len(name) > 128 {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.Trim(part, ".") == "" {
			return false
		}
		for i := range len(part) {
			if !nameByte(part[i]) {
				return false
			}
		}
	}
	return true
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

// sortedNames returns the keys that begin with prefix, sorted.
func sortedNames[V any](m map[string]V, prefix string) []string {
	names := []string{}
	for name := range m {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}
