package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hearth/backend/server"
	"hearth/backend/store"
)

const (
	backupFolder = "backups" // in the data folder
	backupsKept  = 7
	backupEvery  = 24 * time.Hour

	backupFirst = time.Minute      // after the start at the earliest: a program that starts has better things to do
	backupLook  = 10 * time.Minute // between two looks at the clock, which goes on while a computer sleeps
	backupRetry = time.Hour        // after one that failed

	backupStamp = "2006-01-02T150405Z" // in the names of backups, in UTC
	unfinished  = ".new"               // ends the names of those that are being written
)

// backups takes one of the store each day and keeps the newest. Its files are named by the time they were begun at.
type backups struct {
	dir   string
	store *store.Store
	log   *slog.Logger
	tell  func(ctx context.Context, err error) // of the first failure in a row
	busy  chan struct{}                        // held by whoever copies the store
}

func newBackups(data string, s *store.Store, log *slog.Logger, tell func(context.Context, error)) *backups {
	return &backups{dir: filepath.Join(data, backupFolder), store: s, log: log, tell: tell, busy: make(chan struct{}, 1)}
}

// run takes a backup whenever the newest is a day old, until ctx ends. One that fails is logged, told and tried again.
func (b *backups) run(ctx context.Context) {
	b.sweep()
	failed := false
	for wait := backupFirst; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = backupLook
		if time.Since(newestBackup(b.dir)) < backupEvery {
			continue
		}
		err := b.take(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			wait = backupRetry
			b.log.Error("the daily backup failed", "err", err)
			if !failed {
				b.tell(ctx, err)
			}
		}
		failed = err != nil
	}
}

// sweep removes what was being written when the hub was killed.
func (b *backups) sweep() {
	left, _ := os.ReadDir(b.dir) // there may be no folder yet
	for _, e := range left {
		if strings.HasSuffix(e.Name(), unfinished) {
			_ = os.Remove(filepath.Join(b.dir, e.Name())) // the next start tries again
		}
	}
}

// take makes a backup, opens it to check, and only then removes older ones.
func (b *backups) take(ctx context.Context) error {
	begun := time.Now()
	path := filepath.Join(b.dir, "hearth-"+begun.UTC().Format(backupStamp)+".db")
	fresh := path + unfinished
	defer os.Remove(fresh) // in vain when all went well
	if err := b.write(ctx, fresh); err != nil {
		return err
	}
	survey, err := store.Verify(ctx, fresh)
	if err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	b.log.Info("backed up", "file", path, "records", survey.Records, "bytes", survey.Bytes, "took", time.Since(begun).Round(time.Millisecond))
	b.prune(ctx, survey.Damaged == 0)
	if survey.Damaged > 0 {
		return fmt.Errorf("%d of the %d records in %s are damaged, as they are in the store; the backups from before were kept", survey.Damaged, survey.Records, path)
	}
	return nil
}

// write copies the store to a new file and flushes it.
func (b *backups) write(ctx context.Context, path string) error {
	f, err := b.create(path)
	if err != nil {
		return err
	}
	_, err = b.copy(ctx, f)
	return errors.Join(err, f.Sync(), f.Close())
}

func (b *backups) create(path string) (*os.File, error) {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// copy waits for its turn: never are two copies made at once.
func (b *backups) copy(ctx context.Context, w io.Writer) (int64, error) {
	select {
	case b.busy <- struct{}{}:
		defer func() { <-b.busy }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return b.store.Backup(ctx, w)
}

// prune removes all but the newest backups. One that holds damaged records takes the place of one before it that does too,
// and of no other: the records that it lacks are in those.
func (b *backups) prune(ctx context.Context, whole bool) {
	names := backupNames(b.dir)
	old := names[min(backupsKept, len(names)):]
	if !whole {
		old = nil
		if len(names) > 1 && !b.whole(ctx, names[1]) {
			old = names[1:2]
		}
	}
	for _, name := range old {
		if err := os.Remove(filepath.Join(b.dir, name)); err != nil {
			b.log.Warn("an old backup stays", "err", err)
		}
	}
}

func (b *backups) whole(ctx context.Context, name string) bool {
	survey, err := store.Verify(ctx, filepath.Join(b.dir, name))
	return err == nil && survey.Damaged == 0
}

// backupNames returns the names of the backups in dir, newest first.
func backupNames(dir string) (names []string) {
	entries, _ := os.ReadDir(dir) // there may be no folder yet
	for _, e := range entries {
		if _, ok := backupTime(e.Name()); ok {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names
}

func backupTime(name string) (time.Time, bool) {
	stamp, ok := strings.CutPrefix(name, "hearth-")
	if !ok {
		return time.Time{}, false
	}
	if stamp, ok = strings.CutSuffix(stamp, ".db"); !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(backupStamp, stamp)
	return t, err == nil
}

// newestBackup returns when the newest backup was begun, or the zero time. One from the future, made before the clock was
// set back, does not count.
func newestBackup(dir string) time.Time {
	for _, name := range backupNames(dir) {
		if t, _ := backupTime(name); !t.After(time.Now()) {
			return t
		}
	}
	return time.Time{}
}

// snapshot copies the store to a file that goes away when it is closed. Sending the store itself would make its writers
// depend on how fast somebody reads.
func (b *backups) snapshot(ctx context.Context) (*server.Snapshot, error) {
	f, err := b.create(filepath.Join(b.dir, "snapshot-"+newToken()[:16]+unfinished))
	if err != nil {
		return nil, err
	}
	s := &server.Snapshot{ReadCloser: passing{f}}
	if s.Bytes, err = b.copy(ctx, f); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// passing is a file that is removed when it is closed.
type passing struct{ *os.File }

func (p passing) Close() error { return errors.Join(p.File.Close(), os.Remove(p.Name())) }
