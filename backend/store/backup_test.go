package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"hearth/backend/store"
	"hearth/backend/topic"
)

// TestABackupUnderLoadIsTheStoreOfOneMoment lets five posters write while backups are taken.
func TestABackupUnderLoadIsTheStoreOfOneMoment(t *testing.T) {
	s := open(t, newPath(t))
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	var acked atomic.Uint64 // every seq up to it was acknowledged
	var posting sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for poster := range 5 {
		posting.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				d := topic.Draft{Kind: "message", ClientID: fmt.Sprintf("%d/%d", poster, i), Data: []byte(`{"text":"hi"}`)}
				r, _, err := lobby.Append(context.Background(), d)
				if err != nil {
					t.Error(err)
					return
				}
				for was := acked.Load(); was < r.Seq && !acked.CompareAndSwap(was, r.Seq); was = acked.Load() {
				}
			}
		})
	}
	for range 10 {
		for before := acked.Load(); acked.Load() < before+50; { // the posters are in full swing
			if t.Failed() {
				t.FailNow()
			}
		}
		before := acked.Load()
		path := backup(t, s)
		survey, err := store.Verify(t.Context(), path)
		if err != nil || survey.Damaged != 0 || survey.Logs != 1 || survey.Epoch != s.Epoch() {
			t.Fatalf("got %+v, %v", survey, err)
		}
		copied := open(t, path)
		kept := all(t, openLog(t, copied, "room/lobby", topic.Retention{}))
		closeStore(t, copied)
		if uint64(len(kept)) < before || len(kept) != survey.Records {
			t.Fatalf("the backup has %d records, surveyed %d, with %d acknowledged before", len(kept), survey.Records, before)
		}
		for i, r := range kept {
			if r.Seq != uint64(i+1) {
				t.Fatalf("the backup has a hole: seq %d where %d comes next", r.Seq, i+1)
			}
		}
	}
	stop()
	posting.Wait()
}

// TestABackupStopsNeitherWritersNorReaders takes one for someone who does not go on reading it, while text is taken back:
// cleaning the freed pages would spoil the backup, and waiting for it would stop the hub.
func TestABackupStopsNeitherWritersNorReaders(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	seq := appendTexts(t, lobby, secret)
	appendMany(t, lobby, 500)
	w := &halting{begun: make(chan struct{}), on: make(chan struct{})}
	done := make(chan error, 1)
	go func() {
		_, err := s.Backup(t.Context(), w)
		done <- err
	}()
	<-w.begun
	rewrite(t, lobby, seq, `{"deleted":true}`)
	for range 3 * 64 { // long enough for the cleaning to get its turn under load
		appendTexts(t, lobby, "more")
	}
	if got := len(all(t, lobby)); got != 502+3*64 {
		t.Errorf("readers get %d records", got)
	}
	close(w.on)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	copied := newPath(t)
	if err := os.WriteFile(copied, w.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if survey, err := store.Verify(t.Context(), copied); err != nil || survey.Records != 501 || survey.Damaged != 0 {
		t.Errorf("the backup holds %+v, %v; want the 501 records of its moment", survey, err)
	}
	closeStore(t, s)
	if n := copies(t, path); n != 0 {
		t.Errorf("the file has %d copies of what was deleted, now that the backup is through", n)
	}
}

func TestCloseBreaksABackupOff(t *testing.T) {
	s := filled(t, newPath(t))
	w := &halting{begun: make(chan struct{}), on: make(chan struct{})}
	done := make(chan error, 1)
	go func() {
		_, err := s.Backup(t.Context(), w)
		done <- err
	}()
	<-w.begun
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		closeStore(t, s)
	}()
	for { // until Close has said so, a further backup would be let in
		if _, err := s.Backup(t.Context(), io.Discard); errors.Is(err, topic.ErrClosed) {
			break
		}
	}
	close(w.on)
	if err := <-done; !errors.Is(err, topic.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	<-closed
}

func TestABackupEndsWithItsContext(t *testing.T) {
	s := filled(t, newPath(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestABackupThatCannotBeWrittenSaysWhy(t *testing.T) {
	s := filled(t, newPath(t))
	full := errors.New("no room")
	if _, err := s.Backup(t.Context(), failing{full}); !errors.Is(err, full) {
		t.Errorf("got %v, want what the writer said", err)
	}
	appendTexts(t, openLog(t, s, "room/lobby", topic.Retention{}), "all is well")
}

func TestCopyIsTheBackupOfAFileThatNobodyHasOpen(t *testing.T) {
	path := newPath(t)
	s := filled(t, path)
	want := backup(t, s)
	closeStore(t, s)
	var got bytes.Buffer
	n, err := store.Copy(t.Context(), path, &got)
	if err != nil || n != int64(got.Len()) {
		t.Fatalf("copied %d bytes of %d, %v", n, got.Len(), err)
	}
	if b, err := os.ReadFile(want); err != nil || !bytes.Equal(b, got.Bytes()) {
		t.Errorf("got another copy than from the open store, %v", err)
	}
}

// halting is a writer that waits in its second Write.
type halting struct {
	bytes.Buffer
	writes int
	begun  chan struct{} // closed with the second write
	on     chan struct{} // closed by the test: go on
}

func (h *halting) Write(p []byte) (int, error) {
	if h.writes++; h.writes == 2 {
		close(h.begun)
		<-h.on
	}
	return h.Buffer.Write(p)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// backup writes a backup to a file of its own and returns its path.
func backup(t testing.TB, s *store.Store) string {
	t.Helper()
	path := newPath(t)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, err := s.Backup(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != n || n == 0 {
		t.Fatalf("the file of a backup of %d bytes has %d, %v", n, info.Size(), err)
	}
	return path
}
