package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A store that met damage, or a disk that failed, leaves a mark beside its file: the next Open reads all of it before it
// trusts it. Without the mark that would cost each start a second for every few hundred megabytes.
const doubtSuffix = ".check"

// doubt leaves the mark, if the disk still takes one.
func (s *Store) doubt() {
	if s.doubted.Swap(true) {
		return
	}
	if err := doubtFile(s.path); err != nil {
		s.log.Warn("the next start will not check the store's file", "err", err)
	}
}

func doubtFile(path string) error { return os.WriteFile(path+doubtSuffix, nil, 0o600) }

// checkDoubted verifies a file that has the mark, and takes the mark away when the file is whole.
func checkDoubted(path string) error {
	if _, err := os.Stat(path + doubtSuffix); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := Verify(context.Background(), path); err != nil {
		return err
	}
	return trust(path)
}

// trust takes the mark away.
func trust(path string) error {
	if err := os.Remove(path + doubtSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// copySuffix ends the names of copies that are not finished.
const copySuffix = ".copy"

// sweep removes what a crash in the middle of a copy left beside the file at path, whose lock the caller holds.
func sweep(path string) {
	folder, base := filepath.Split(path)
	entries, _ := os.ReadDir(filepath.Dir(path)) // what cannot be listed stays
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), base+".") && strings.HasSuffix(e.Name(), copySuffix) {
			_ = os.Remove(folder + e.Name()) // the next start tries again
		}
	}
}
