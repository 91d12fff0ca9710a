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
	"strconv"
	"strings"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

var (
	// ErrLocked means that another process has the store open.
	ErrLocked = errors.New("store: locked by another process")
	// ErrNewer means that the file has a schema from the future. It is left untouched.
	ErrNewer = errors.New("store: written by a newer version")
	// ErrDamaged means that the file is empty, cut off, damaged, or something else than a store. It is left untouched.
	ErrDamaged = errors.New("store: damaged")
)

const (
	schema      = 1               // raised when an older program would misread the file
	lockTimeout = 2 * time.Second // how long Open waits for another process to let go of the file

	// Top-level buckets: meta, one per log, one per table.
	metaBucket  = "meta"
	logPrefix   = "log/"
	tablePrefix = "table/"

	// Keys of meta.
	schemaKey = "schema" // decimal
	epochKey  = "epoch"
	scrubKey  = "scrub"  // there while free pages may hold text that was taken back
	clearKey  = "clear/" // and the name of a log that was cleared and still has records from before: the first seq kept
)

// file is an open store file and what its meta bucket says.
type file struct {
	db     *bolt.DB
	raw    *os.File
	marked bool // with this boot
	epoch  string
	scrub  bool
	clear  []string // logs that were cleared and still have records from before
	bytes  int64    // in use, with pages that are free
}

// openFile opens or makes the store at path. It looks before it writes: an existing file is first opened for reading,
// so that one that is refused is left as it was.
func openFile(path string, log *slog.Logger) (*file, error) {
	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		if err := makeFile(path); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	}
	mark := readMark(path)
	if err := mark.check(path, log); err != nil {
		return nil, err
	}
	f, err := openToRead(path)
	if err != nil {
		return nil, err
	}
	f.db.Close()
	if f.db, f.raw, err = openBolt(path, bolt.Options{InitialMmapSize: int(f.bytes) + mapBytes}); err != nil {
		return nil, err
	}
	if !isAt(f.raw, path) || readMark(path) != mark { // it was replaced or used while this one waited for its lock
		f.db.Close()
		return openFile(path, log)
	}
	if mark.there && mark.trusted() {
		f.marked = true
	} else if err := removeMark(path); err != nil {
		log.Warn("the next start will check the store's file again", "err", err)
	}
	sweep(path)
	return f, nil
}

// openToRead opens the file at path in a way that writes nothing, and reads its meta bucket. Nothing can have it open for
// writing meanwhile.
func openToRead(path string) (*file, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Size() == 0:
		return nil, damaged(path, errors.New("it is empty"))
	}
	f := &file{}
	if f.db, f.raw, err = openBolt(path, bolt.Options{ReadOnly: true}); err != nil {
		return nil, err
	}
	if err := f.read(); err != nil {
		f.db.Close()
		return nil, asFault(path, err)
	}
	return f, nil
}

// isAt reports whether path still names the open file f.
func isAt(f *os.File, path string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(open, named)
}

// read reads the meta bucket without bbolt, which would trust whatever the pages say.
func (f *file) read() error {
	w, err := newWalker(context.Background(), f.raw, uint64(f.db.Info().PageSize))
	if err != nil {
		return err
	}
	f.bytes = int64(w.end * w.size)
	meta := map[string]string{}
	if err := w.values(metaBucket, meta); err != nil {
		return err
	}
	if len(meta) == 0 {
		return fmt.Errorf("%w: it is a bbolt file of another program", ErrDamaged)
	}
	return f.understand(meta)
}

// understand takes over what the meta bucket says.
func (f *file) understand(meta map[string]string) error {
	have, err := strconv.ParseUint(meta[schemaKey], 10, 32)
	switch {
	case err != nil || have == 0:
		return fmt.Errorf("%w: its schema is %q", ErrDamaged, meta[schemaKey])
	case have > schema:
		return fmt.Errorf("%w: it has schema %d, this one knows %d", ErrNewer, have, schema)
	}
	if f.epoch = meta[epochKey]; f.epoch == "" {
		return fmt.Errorf("%w: it has no epoch", ErrDamaged)
	}
	_, f.scrub = meta[scrubKey]
	for key := range meta {
		if name, ok := strings.CutPrefix(key, clearKey); ok {
			f.clear = append(f.clear, name)
		}
	}
	return nil
}

// makeFile makes an empty store beside path and moves it there when it is whole, so that a crash on the way leaves
// nothing that has the name of a store. If somebody else was quicker, theirs stays.
func makeFile(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.new") // 0600
	if err != nil {
		return err
	}
	fresh := f.Name()
	defer os.Remove(fresh)
	if err := f.Close(); err != nil {
		return err
	}
	if err := initialise(fresh); err != nil {
		return err
	}
	if err := os.Link(fresh, path); errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil { // a file system without hard links
		if err := os.Rename(fresh, path); err != nil {
			return err
		}
	}
	return syncFolder(filepath.Dir(path))
}

func initialise(path string) error {
	db, _, err := openBolt(path, bolt.Options{})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		meta, err := tx.CreateBucket([]byte(metaBucket))
		if err != nil {
			return err
		}
		return errors.Join(
			meta.Put([]byte(schemaKey), strconv.AppendUint(nil, schema, 10)),
			meta.Put([]byte(epochKey), []byte(topic.NewEpoch())))
	})
	return errors.Join(err, db.Close())
}

// syncFolder makes the name of a new file as durable as its content.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // has no such call
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// openBolt opens a bbolt file with the options that all stores share. Its errors are faults.
func openBolt(path string, o bolt.Options) (db *bolt.DB, raw *os.File, err error) {
	o.Timeout = lockTimeout
	o.FreelistType = bolt.FreelistMapType
	o.NoFreelistSync = false // true makes a file with a million entries take seconds to open
	o.NoStatistics = true    // saves every transaction a lock
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		raw, err = os.OpenFile(name, flag, mode)
		return raw, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	err = rescued(func() error {
		db, err = bolt.Open(path, 0o600, &o)
		return err
	})
	if err != nil {
		if raw != nil {
			raw.Close() // after a panic nobody else does, and with it goes the lock
		}
		return nil, nil, asFault(path, err)
	}
	return db, raw, nil
}

func asFault(path string, err error) error {
	var system *fs.PathError
	var number syscall.Errno
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, berrors.ErrTimeout):
		return fault.Wrap(ErrLocked, fault.Conflict, "another Hearth is already running on %s: use that one, or stop it first", path)
	case errors.Is(err, ErrNewer):
		return fault.Wrap(err, fault.Conflict, "%s was written by a newer Hearth: update this one; the file was left as it is", path)
	case errors.As(err, &system):
		return err
	case errors.As(err, &number):
		return fmt.Errorf("%s: %w", path, err)
	default:
		return damaged(path, err)
	}
}

func damaged(path string, err error) error {
	if !errors.Is(err, ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return fault.Wrap(err, fault.Internal,
		"%s is damaged or no store of Hearth's; it was left as it is", path)
}
