package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	compactBytes = 16 << 20 // a file is rewritten when so much of it is free, and more than half:
	compactOf    = 2        // one in so many pages

	compactBatch = 4 << 20         // bytes that one transaction copies
	compactSays  = 5 * time.Second // between two lines in the log
)

// Compact rewrites the file at path without its free pages, if they are more than half of it and many. It is the same
// store afterwards, with the same epoch. Whenever it is cut off, there is either the old file at path or the whole new
// one. A missing file is fine, and one that Open is to check first is left alone. Errors leave the old file in place:
// openToRead's, ErrLocked while a store has it open, ctx's, or the system's, such as a full disk: there must be room for both.
func Compact(ctx context.Context, path string, log *slog.Logger) error {
	worth, err := worthCompacting(path)
	if err != nil || !worth {
		return err
	}
	db, raw, err := openBolt(path, bolt.Options{})
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	defer db.Close()
	if !isAt(raw, path) { // replaced in between, by somebody who did the same
		return nil
	}
	sweep(path)
	c := &compaction{ctx: ctx, log: log, begin: time.Now(), from: db}
	if err := c.run(path); err != nil {
		if errors.Is(err, ErrDamaged) {
			_ = doubtFile(path) // Open looks closer
		}
		return fmt.Errorf("compact %s: %w", path, err)
	}
	return nil
}

func worthCompacting(path string) (bool, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || !readMark(path).trusted() {
		return false, nil
	}
	f, err := openToRead(path)
	if err != nil {
		return false, err
	}
	defer f.db.Close()
	if f.bytes < compactBytes {
		return false, nil
	}
	worth := false
	err = f.db.View(func(tx *bolt.Tx) error {
		p := pages{raw: f.raw, tx: tx, size: f.db.Info().PageSize, committed: uint64(tx.ID())}
		ids, err := p.freeList()
		free := int64(len(ids)) * int64(p.size)
		worth = free >= compactBytes && free > f.bytes/compactOf
		return err
	})
	return worth, err
}

// compaction copies everything in one file to another.
type compaction struct {
	ctx      context.Context // of one Compact
	log      *slog.Logger
	from, to *bolt.DB
	begin    time.Time
	said     time.Time
	copied   int64 // bytes of keys and values
}

func (c *compaction) run(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*"+copySuffix) // 0600
	if err != nil {
		return err
	}
	fresh := f.Name()
	defer os.Remove(fresh) // in vain when all went well
	if err := f.Close(); err != nil {
		return err
	}
	old, err := os.Stat(path)
	if err != nil {
		return err
	}
	c.say("rewriting the store without its free space", "bytes", old.Size())
	if err := c.fill(fresh); err != nil {
		return err
	}
	survey, err := Verify(c.ctx, fresh)
	if err != nil {
		return err
	}
	if err := c.swap(fresh, path); err != nil {
		return err
	}
	c.say("the store is rewritten", "bytes", survey.Bytes, "records", survey.Records, "took", time.Since(c.begin).Round(time.Millisecond))
	return nil
}

// fill copies all buckets to the empty file fresh. Nothing is flushed before the end.
func (c *compaction) fill(fresh string) (err error) {
	if c.to, _, err = openBolt(fresh, bolt.Options{NoSync: true, InitialMmapSize: mapBytes}); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	err = rescued(func() error {
		return c.from.View(c.buckets)
	})
	if err == nil {
		err = c.to.Sync()
	}
	return errors.Join(err, c.to.Close())
}

func (c *compaction) buckets(tx *bolt.Tx) error {
	at := cursor{at: tx.Cursor()}
	for name, _ := at.seek(nil); name != nil; name, _ = at.next() {
		from := tx.Bucket(name)
		if from == nil {
			return fmt.Errorf("%w: %q is no bucket", ErrDamaged, name)
		}
		if err := c.bucket(name, from); err != nil {
			return err
		}
	}
	return nil
}

// bucket copies one top-level bucket, a batch at a time.
func (c *compaction) bucket(name []byte, from *bolt.Bucket) error {
	at := cursor{at: from.Cursor()}
	k, v := at.seek(nil)
	for first := true; first || k != nil; first = false {
		err := c.to.Update(func(tx *bolt.Tx) error {
			to, err := tx.CreateBucketIfNotExists(name)
			if err != nil {
				return err
			}
			to.FillPercent = fillPercent
			n := 0
			for ; k != nil && n < compactBatch; k, v = at.next() {
				if v == nil {
					return fmt.Errorf("%w: bucket %q has a bucket", ErrDamaged, name)
				}
				if err := to.Put(k, v); err != nil {
					return err
				}
				n += len(k) + len(v)
			}
			c.copied += int64(n)
			return to.SetSequence(from.Sequence())
		})
		if err := errors.Join(err, c.ctx.Err()); err != nil {
			return err
		}
		if time.Since(c.said) >= compactSays {
			c.say("rewriting the store goes on", "copied_bytes", c.copied)
		}
	}
	return nil
}

// swap puts fresh in the place of the file at path, which is gone then.
func (c *compaction) swap(fresh, path string) error {
	if runtime.GOOS == "windows" { // which replaces no file that is open
		if err := c.from.Close(); err != nil {
			return err
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func (c *compaction) say(what string, args ...any) {
	c.said = time.Now()
	c.log.Info(what, args...)
}
