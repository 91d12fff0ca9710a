package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"hearth/backend/fault"
	"hearth/backend/store"
)

// Verify reads the whole of a backup and says what it holds. Errors: faults that name the file, or the system's.
func Verify(ctx context.Context, file string) (store.Survey, error) { return store.Verify(ctx, file) }

// Copy writes a backup of a data folder whose hub does not run. Errors: ErrRunning, fault.NotFound where no hub ever ran, or
// the store's.
func Copy(ctx context.Context, data string, w io.Writer) (int64, error) {
	n, err := store.Copy(ctx, filepath.Join(data, storeFile), w)
	switch {
	case errors.Is(err, store.ErrLocked):
		return n, fmt.Errorf("%w: %s", ErrRunning, data)
	case errors.Is(err, fs.ErrNotExist):
		return n, fault.Wrap(err, fault.NotFound, "there is nothing to back up in %s: no hub has run with this data folder", data)
	}
	return n, err
}

// Restore puts a backup in the place of a data folder's store, which is kept under another name; the folder may be empty.
// Errors: ErrRunning while the hub runs, or the store's.
func Restore(ctx context.Context, data, from string) (store.Restored, error) {
	if err := makeFolder(data); err != nil {
		return store.Restored{}, err
	}
	to := filepath.Join(data, storeFile)
	done, err := store.Restore(ctx, from, to)
	switch {
	case errors.Is(err, store.ErrLocked):
		return done, fmt.Errorf("%w: %s", ErrRunning, data)
	case errors.Is(err, fs.ErrNotExist):
		return done, fault.Wrap(err, fault.NotFound, "there is no backup %s", from)
	}
	return done, err
}
