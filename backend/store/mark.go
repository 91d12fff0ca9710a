package store

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// markSuffix ends the name of the mark beside a store's file, which says whether the next Open may trust the file:
//
//	no mark         it was closed, and all was well
//	this boot       it is open, or its process was killed: what it wrote, the system has
//	anything else   the machine went down while it was open, and a disk may have lost what it called stored; or the store met
//	                damage or a disk that failed, then the mark is empty. All of the file is read first
//
// To do so at each start would cost a second for every few hundred megabytes.
const markSuffix = ".check"

// mark is what lies beside a store's file.
type mark struct {
	there bool
	boot  string // in which the file may be trusted, "" for none
}

// bootID names the time since the machine was started, "" where that cannot be told.
var bootID = sync.OnceValue(readBootID)

func readMark(path string) mark {
	b, err := os.ReadFile(path + markSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return mark{}
	}
	return mark{there: true, boot: strings.TrimSpace(string(b))} // one that cannot be read trusts nothing
}

func (m mark) trusted() bool { return !m.there || m.boot != "" && m.boot == bootID() }

// check verifies the file at path unless its mark says that it may be trusted.
func (m mark) check(path string, log *slog.Logger) error {
	if m.trusted() {
		return nil
	}
	why, begin := "it was not closed before the machine went down, or comes from another one", time.Now()
	if m.boot == "" {
		why = "it met damage or a disk error"
	}
	if info, err := os.Stat(path); err == nil {
		log.Warn("reading all of the store before it is trusted", "why", why, "bytes", info.Size())
	}
	survey, err := Verify(context.Background(), path)
	if err == nil {
		log.Info("the store is whole", "records", survey.Records, "damaged", survey.Damaged, "took", time.Since(begin).Round(time.Millisecond))
	}
	return err
}

// doubt makes the next Open read the whole file, if the disk still takes the mark.
func (s *Store) doubt() {
	if s.doubted.Swap(true) {
		return
	}
	if err := doubtFile(s.path); err != nil {
		s.log.Warn("the next start will not check the store's file", "err", err)
	}
}

func doubtFile(path string) error { return os.WriteFile(path+markSuffix, nil, 0o600) }

// markOpen is for the sequencer, before it commits: as long as nothing is written, a power cut takes nothing.
func (s *Store) markOpen() {
	if !s.marked {
		s.marked = true
		s.changeMark(writeMark)
	}
}

// markClosed is for the end, when nothing is written any more.
func (s *Store) markClosed() {
	if s.marked {
		s.changeMark(removeMark)
	}
}

// changeMark changes the mark unless that is one of doubt, which a reader may come to have meanwhile.
func (s *Store) changeMark(change func(path string) error) {
	if s.doubted.Load() {
		return
	}
	if err := change(s.path); err != nil {
		s.log.Warn("the next start may check the store's file in vain, or not after a power cut", "err", err)
	}
	if s.doubted.Load() {
		_ = doubtFile(s.path) // whoever doubts has said what there is to say
	}
}

// writeMark returns when the mark of this boot is on the disk. Its name gets there with it, as far as we know.
func writeMark(path string) error {
	f, err := os.OpenFile(path+markSuffix, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(bootID())
	return errors.Join(err, f.Sync(), f.Close())
}

func removeMark(path string) error {
	if err := os.Remove(path + markSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
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
