package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"hearth/backend/topic"
)

// Backup writes the store as of now to w, as a file that Open and Verify take, and returns its size. Writes and reads go
// on meanwhile. Errors: ErrClosed when the store closes on the way, ctx's, w's, or the system's.
//
// w should be as fast as a disk: until Backup returns, no page that was freed is used again or cleaned, and should the
// file outgrow its map (see mapBytes), everything waits.
func (s *Store) Backup(ctx context.Context, w io.Writer) (int64, error) {
	tx, err := s.snapshot()
	if err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	defer s.release(tx)
	n, err := writeTo(ctx, tx, w, s.copies.stop)
	if err != nil {
		return n, fmt.Errorf("backup: %w", err)
	}
	return n, nil
}

// Copy is Backup for a file that no store has open.
func Copy(ctx context.Context, path string, w io.Writer) (int64, error) {
	f, err := openToRead(path)
	if err != nil {
		return 0, fmt.Errorf("copy: %w", err)
	}
	defer f.db.Close()
	n := int64(0)
	err = f.db.View(func(tx *bolt.Tx) error {
		n, err = writeTo(ctx, tx, w, nil)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("copy %s: %w", path, err)
	}
	return n, nil
}

// snapshot begins a read transaction that the scrub knows of. It does not hold the gate: the sequencer would have to wait
// at it for the end of the backup, and everybody else for the sequencer.
func (s *Store) snapshot() (*bolt.Tx, error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if !s.copies.begin() {
		return nil, topic.ErrClosed
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		s.copies.end()
		if errors.Is(err, berrors.ErrDatabaseNotOpen) {
			return nil, topic.ErrClosed
		}
		return nil, err
	}
	return tx, nil
}

func (s *Store) release(tx *bolt.Tx) {
	_ = tx.Rollback() // of a read transaction cannot fail
	s.copies.end()
	s.queue.nudge() // the scrub may have waited
}

// copies are the backups under way. While there are any, no free page is cleaned: one that a newer commit freed may belong
// to their snapshot.
type copies struct {
	stop  chan struct{} // closed by close
	ended sync.WaitGroup

	mu     sync.Mutex
	n      int  // guarded by mu
	closed bool // guarded by mu
}

// begin reports whether one more may begin.
func (c *copies) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.n++
	c.ended.Add(1)
	return true
}

func (c *copies) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n--
	c.ended.Done()
}

func (c *copies) any() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n > 0
}

// close breaks off what is under way and waits for its end.
func (c *copies) close() {
	c.mu.Lock()
	c.closed = true
	close(c.stop)
	c.mu.Unlock()
	c.ended.Wait()
}

// writeTo writes what tx sees to w, until ctx ends or stop is closed.
func writeTo(ctx context.Context, tx *bolt.Tx, w io.Writer, stop <-chan struct{}) (int64, error) {
	to := &stoppable{ctx: ctx, stop: stop, to: w}
	n, err := tx.WriteTo(to)
	if to.err != nil { // bbolt keeps the text of some errors alone
		err = to.err
	}
	return n, err
}

// stoppable is a writer that fails when ctx has ended or stop is closed.
type stoppable struct {
	ctx  context.Context // of one writeTo
	stop <-chan struct{}
	to   io.Writer
	err  error // the first
}

func (s *stoppable) Write(p []byte) (n int, err error) {
	select {
	case <-s.ctx.Done():
		err = s.ctx.Err()
	case <-s.stop:
		err = topic.ErrClosed
	default:
		n, err = s.to.Write(p)
	}
	if s.err == nil {
		s.err = err
	}
	return n, err
}
