package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

// Restored says what Restore did.
type Restored struct {
	Survey        // of what the store holds now
	Aside  string // where the file that was there is now; "" when there was none
}

// Restore puts a copy of the backup from in the place of the store at to, which nobody may have open. The copy gets an
// epoch of its own: readers who come back with a position in the old history are told so. What was at to, a store or
// not, is kept beside it under a name with the time. Whenever it is cut off, there is either the old file at to or the
// whole new one. Errors: Verify's for from, ErrLocked while a store has to open, ctx's, or the system's.
func Restore(ctx context.Context, from, to string) (Restored, error) {
	survey, err := Verify(ctx, from)
	if err != nil {
		return Restored{}, err
	}
	if same(from, to) {
		return Restored{}, fault.New(fault.Conflict, "%s is the store itself, not a backup of it", from)
	}
	lock, err := hold(to)
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	defer lock.Close()
	fresh, err := copyBeside(ctx, from, to)
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	defer os.Remove(fresh) // in vain when all went well
	if survey.Epoch, err = renew(fresh); err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	aside, err := replace(fresh, to, lock)
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	return Restored{survey, aside}, nil
}

func same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// hold keeps others from opening the store at path until it is closed. A file that cannot be opened needs no holding.
func hold(path string) (io.Closer, error) {
	f, err := openToRead(path)
	switch {
	case err == nil:
		return f.db, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrDamaged), errors.Is(err, ErrNewer):
		return io.NopCloser(nil), nil
	}
	return nil, err
}

// copyBeside copies a store's file to a new one in the folder of path, flushes it, and returns its name.
func copyBeside(ctx context.Context, from, path string) (fresh string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*"+copySuffix) // 0600
	if err != nil {
		return "", err
	}
	_, err = Copy(ctx, from, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// renew gives the file at path a new epoch, which it returns.
func renew(path string) (epoch string, err error) {
	db, _, err := openBolt(path, bolt.Options{})
	if err != nil {
		return "", err
	}
	epoch = topic.NewEpoch()
	err = db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(metaBucket)).Put([]byte(epochKey), []byte(epoch)) })
	return epoch, errors.Join(err, db.Close())
}

// replace puts fresh in the place of the file at path, which gets another name. At no time is there no file at path: a
// start in that moment would take it for a new store. lock is on the file at path.
func replace(fresh, path string, lock io.Closer) (aside string, err error) {
	if aside, err = setAside(path); err != nil {
		return "", err
	}
	if runtime.GOOS == "windows" { // which replaces no file that is open
		lock.Close()
	}
	if err := os.Rename(fresh, path); err != nil {
		if aside != "" {
			os.Remove(aside) // a second name of what is still at path
		}
		return "", err
	}
	return aside, errors.Join(removeMark(path), syncFolder(filepath.Dir(path)))
}

// setAside gives the file at path a second name that tells when, and returns it, or "" when there is no file.
func setAside(path string) (string, error) {
	stamp := path + ".aside-" + time.Now().UTC().Format("20060102T150405Z")
	aside := stamp
	for n := 2; ; n++ {
		err := os.Link(path, aside)
		if err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			err = duplicate(path, aside) // a file system without hard links
		}
		switch {
		case err == nil:
			return aside, nil
		case errors.Is(err, fs.ErrNotExist):
			return "", nil
		case !errors.Is(err, fs.ErrExist):
			return "", err
		}
		aside = fmt.Sprintf("%s-%d", stamp, n)
	}
}

// duplicate copies a file as it is to one that is not there yet.
func duplicate(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		os.Remove(to)
	}
	return err
}
