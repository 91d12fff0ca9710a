package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"hearth/backend/topic"
)

// Options configures a store. The zero value logs nothing.
type Options struct {
	Log     *slog.Logger
	Stopped func(error) // called once when the store stops writing, with what writers are told; must return at once
}

// Store is one open file of logs and tables. It implements topic.Engine.
type Store struct {
	path    string
	epoch   string
	log     *slog.Logger
	db      *bolt.DB
	raw     *os.File             // the file beneath db, which closes it
	stopped func(error)          // Options.Stopped
	flush   func(*bolt.Tx) error // commits a transaction; set once, replaced by tests that need a failing disk

	queue     queue
	sequencer sync.WaitGroup
	closed    sync.Once

	gate    sync.RWMutex // read transactions hold it shared; see scrub
	copies  copies       // backups under way
	doubted atomic.Bool  // the file has the mark of doubt

	mu   sync.Mutex
	logs map[string]*log // guarded by mu

	damages damages

	// Owned by the sequencer.
	group  group
	marked bool   // this boot is on the mark beside the file, or it could not be written
	broken error  // why nothing is written any more; nil while all is well
	full   bool   // the disk had no room when something was last written
	cuts   []*log // logs with records to delete
	scrub  scrub
}

var _ topic.Engine = (*Store)(nil)

// Open opens the store in the file at path, making it if there is no such file. Errors: ErrLocked, ErrNewer, ErrDamaged
// (all of them faults with a sentence for a person), or the system's.
func Open(path string, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f, err := openFile(path, o.Log)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{
		path:    path,
		epoch:   f.epoch,
		log:     o.Log,
		stopped: o.Stopped,
		db:      f.db,
		raw:     f.raw,
		flush:   (*bolt.Tx).Commit,
		logs:    make(map[string]*log),
		marked:  f.marked,
	}
	s.queue.ready.L = &s.queue.mu
	s.copies.stop = make(chan struct{})
	s.scrub.marked, s.scrub.wanted = f.scrub, f.scrub
	s.resumeClears(f.clear)
	s.sequencer.Go(s.run)
	return s, nil
}

// Epoch is the identity of the histories in this file: made once, with the file.
func (s *Store) Epoch() string { return s.epoch }

// Damaged returns how many different damaged records were met since the store was opened.
func (s *Store) Damaged() uint64 { return s.damages.count() }

// Close breaks off backups, commits what waits, ends the sequencer and closes the file. Whatever comes after it gets
// topic.ErrClosed.
func (s *Store) Close() (err error) {
	s.closed.Do(func() {
		s.copies.close()
		s.queue.close()
		s.sequencer.Wait()
		s.markClosed()
		err = s.db.Close()
	})
	return err
}

// Open returns the log of that name. The retention of the first Open counts; committed replaces an earlier one.
func (s *Store) Open(ctx context.Context, name string, r topic.Retention, committed func(topic.Commit)) (topic.Log, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := s.known(name)
	if l == nil {
		fresh, err := s.load(name, r)
		if err != nil {
			return nil, err
		}
		l = s.know(fresh)
	}
	l.committed.Store(&committed)
	return l, nil
}

// Names lists the logs that were ever appended to and whose names begin with prefix, sorted.
func (s *Store) Names(ctx context.Context, prefix string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	names := []string{}
	err := s.view(func(tx *bolt.Tx) error {
		c := cursor{at: tx.Cursor()}
		begin := logPrefix + prefix
		for k, _ := c.seek([]byte(begin)); k != nil && strings.HasPrefix(string(k), begin); k, _ = c.next() {
			names = append(names, string(k[len(logPrefix):]))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return names, nil
}

// Table returns the table of that name.
func (s *Store) Table(name string) topic.Table {
	return &table{store: s, bucket: []byte(tablePrefix + name)}
}

func (s *Store) known(name string) *log {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logs[name]
}

// know remembers l, or returns the log of that name which somebody else has opened meanwhile.
func (s *Store) know(l *log) *log {
	s.mu.Lock()
	defer s.mu.Unlock()
	if earlier := s.logs[l.name]; earlier != nil {
		return earlier
	}
	s.logs[l.name] = l
	return l
}

// view runs f in a read transaction. Readers hold back free pages and the growing of the map, so f must be short, copy
// out what it keeps, and call nothing that reads or writes the store.
func (s *Store) view(f func(*bolt.Tx) error) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	err := rescued(func() error { return s.db.View(f) })
	switch {
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return topic.ErrClosed
	case errors.Is(err, ErrDamaged):
		s.doubt()
		s.log.Error("the store's file is damaged", "err", err)
	}
	return err
}
