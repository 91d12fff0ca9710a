package topic

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Ring is the engine that keeps entries in memory until the process ends. It serves rings, state, and tests.
type Ring struct {
	epoch  string
	closed atomic.Bool

	mu     sync.Mutex
	logs   map[string]*ring     // guarded by mu
	tables map[string]*memTable // guarded by mu
}

// NewRing returns an empty memory engine with an epoch of its own.
func NewRing() *Ring {
	return &Ring{epoch: NewEpoch(), logs: make(map[string]*ring), tables: make(map[string]*memTable)}
}

// NewEpoch returns an identity for a new history: 8 random characters.
func NewEpoch() string { return rand.Text()[:8] }

func (e *Ring) Epoch() string { return e.epoch }

func (e *Ring) Open(_ context.Context, name string, r Retention, committed func(Commit)) (Log, error) {
	if e.closed.Load() {
		return nil, ErrClosed
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.logs[name]
	if l == nil {
		l = &ring{engine: e, retention: r}
		if r.Entries == 0 && !r.Durable {
			l.retention.Entries = 1
		}
		l.first.Store(1)
		e.logs[name] = l
	}
	l.committed = committed
	return l, nil
}

func (e *Ring) Names(_ context.Context, prefix string) ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	used := make(map[string]*ring)
	for name, l := range e.logs {
		if l.last.Load() > 0 {
			used[name] = l
		}
	}
	return sortedNames(used, prefix), nil
}

func (e *Ring) Table(name string) Table {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tables[name]
	if t == nil {
		t = &memTable{engine: e, values: make(map[string][]byte)}
		e.tables[name] = t
	}
	return t
}

func (e *Ring) Close() error {
	e.closed.Store(true)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.logs { // waits for appends under way
		l.mu.Lock()
		l.mu.Unlock() //nolint:staticcheck // empty on purpose
	}
	return nil
}

// ring is one log in memory.
type ring struct {
	engine      *Ring
	retention   Retention
	committed   func(Commit) // set by Open, before the first Append
	first, last atomic.Uint64

	mu      sync.Mutex
	records []Record  // guarded by mu; by seq, without holes unless it holds state
	ids     ClientIDs // guarded by mu
}

func (l *ring) Bounds() (first, last uint64) {
	first = l.first.Load() // first: a cut moves it after last
	return first, l.last.Load()
}

// Append holds the lock while it publishes, so that commits are published in order.
func (l *ring) Append(ctx context.Context, d Draft) (Record, bool, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.engine.closed.Load() {
		return Record{}, false, ErrClosed
	}
	if r, ok := l.repeatLocked(d.ClientID); ok {
		return r, true, nil
	}
	last := l.last.Load()
	if last >= MaxSeq {
		return Record{}, false, ErrRange
	}
	r := Record{Seq: last + 1, Time: l.nowLocked(), Kind: d.Kind, Key: d.Key, ClientID: d.ClientID, Data: d.Data}
	rewritten, err := l.rewriteLocked(r.Seq, d.Rewrites)
	if err != nil {
		return Record{}, false, err
	}
	if l.retention.State {
		l.records = slices.DeleteFunc(l.records, func(o Record) bool { return o.Key == d.Key })
	}
	l.records = append(l.records, r)
	l.ids.Add(r.ClientID, r.Seq)
	l.last.Store(r.Seq)
	l.cutLocked(r.Time, d.Clears)
	l.committed(Commit{Records: []Record{r}, Rewritten: rewritten})
	return r, false, nil
}

func (l *ring) After(_ context.Context, seq uint64, limit int) ([]Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	start := l.indexLocked(seq + 1)
	return slices.Clone(l.records[start:min(start+limit, len(l.records))]), nil
}

func (l *ring) Before(_ context.Context, seq uint64, limit int) ([]Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := l.indexLocked(seq)
	return slices.Clone(l.records[max(0, end-limit):end]), nil
}

func (l *ring) indexLocked(seq uint64) int {
	i, _ := slices.BinarySearchFunc(l.records, seq, func(r Record, seq uint64) int {
		return int(int64(r.Seq) - int64(seq))
	})
	return i
}

func (l *ring) repeatLocked(id string) (Record, bool) {
	seq := l.ids.Seq(id)
	if seq == 0 {
		return Record{}, false
	}
	i := l.indexLocked(seq)
	if i == len(l.records) || l.records[i].Seq != seq {
		return Record{}, false
	}
	return l.records[i], true
}

// rewriteLocked checks all before it changes any.
func (l *ring) rewriteLocked(by uint64, rewrites []Rewrite) ([]Record, error) {
	at := make([]int, len(rewrites))
	for n, w := range rewrites {
		i := l.indexLocked(w.Seq)
		if i == len(l.records) || l.records[i].Seq != w.Seq {
			return nil, ErrNoEntry
		}
		at[n] = i
	}
	rewritten := make([]Record, len(rewrites))
	for n, w := range rewrites {
		r := &l.records[at[n]]
		r.Data, r.Changed = w.Data, by
		rewritten[n] = *r
	}
	return rewritten, nil
}

// nowLocked returns the time of the next entry: whole milliseconds, never before the newest one.
func (l *ring) nowLocked() time.Time {
	now := time.Now().UTC().Truncate(time.Millisecond)
	if n := len(l.records); n > 0 && now.Before(l.records[n-1].Time) {
		return l.records[n-1].Time
	}
	return now
}

// cutLocked drops what retention has cut, or all but the newest.
func (l *ring) cutLocked(now time.Time, all bool) {
	drop := 0
	if all {
		drop = len(l.records) - 1
	}
	if n := l.retention.Entries; n > 0 {
		drop = max(drop, len(l.records)-n)
	}
	if age := l.retention.Age; age > 0 {
		for drop < len(l.records)-1 && now.Sub(l.records[drop].Time) > age {
			drop++
		}
	}
	if drop > 0 {
		clear(l.records[:drop]) // the data is free at once, the array when append moves it
		l.records = l.records[drop:]
	}
	l.first.Store(l.records[0].Seq)
}

// memTable is a table in memory.
type memTable struct {
	engine *Ring
	mu     sync.Mutex
	values map[string][]byte // guarded by mu
}

func (t *memTable) Get(_ context.Context, key string) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.values[key]), nil
}

func (t *memTable) Put(_ context.Context, key string, value []byte) error {
	if t.engine.closed.Load() {
		return ErrClosed
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.values[key] = slices.Clone(value)
	return nil
}

func (t *memTable) Delete(_ context.Context, key string) error {
	if t.engine.closed.Load() {
		return ErrClosed
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.values, key)
	return nil
}

func (t *memTable) Each(_ context.Context, f func(key string, value []byte) bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range sortedNames(t.values, "") {
		if !f(key, slices.Clone(t.values[key])) {
			break
		}
	}
	return nil
}
