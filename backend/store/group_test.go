package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/store"
	"hearth/backend/topic"
)

func TestOneCommitTakesAllThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newPath(t))
		lobby, other := openLog(t, s, "room/lobby", topic.Retention{}), openLog(t, s, "room/other", topic.Retention{})
		const posters = 64
		var got [posters]topic.Record
		commits := whileOneCommits(t, s, func() { appendTexts(t, lobby, "first") }, func(ask func(func())) {
			for i := range posters {
				ask(func() {
					l := []topic.Log{lobby, other}[i%2]
					var err error
					if got[i], _, err = l.Append(t.Context(), topic.Draft{Kind: "message", Data: []byte("{}")}); err != nil {
						t.Error(err)
					}
				})
			}
			ask(func() { put(t, s.Table("peers"), "ada", "face") })
		})
		if commits != 2 {
			t.Errorf("got %d commits, want 2: the first one, and one for all that waited", commits)
		}
		for _, r := range got {
			if r.Time != got[0].Time || r.Seq == 0 {
				t.Errorf("got record %+v", r)
			}
		}
		for l, want := range map[topic.Log]uint64{lobby: 1 + posters/2, other: posters / 2} {
			if _, last := l.Bounds(); last != want {
				t.Errorf("got newest seq %d, want %d", last, want)
			}
		}
	})
}

func TestAGroupIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newPath(t))
		lobby := openLog(t, s, "room/lobby", topic.Retention{})
		large := make([]byte, 1<<20)
		commits := whileOneCommits(t, s, func() { appendTexts(t, lobby, "first") }, func(ask func(func())) {
			for range 6 {
				ask(func() {
					if _, _, err := lobby.Append(t.Context(), topic.Draft{Kind: "message", Data: large}); err != nil {
						t.Error(err)
					}
				})
			}
		})
		if commits != 3 {
			t.Errorf("got %d commits, want 3: the first, one of 4 MiB and one of the rest", commits)
		}
	})
}

func TestAFailedDraftSpoilsNobodyElses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newPath(t))
		lobby, empty := openLog(t, s, "room/lobby", topic.Retention{}), openLog(t, s, "room/empty", topic.Retention{})
		bad := topic.Draft{Kind: "message.edited", Rewrites: []topic.Rewrite{{Seq: 1, Data: []byte(`"x"`)}, {Seq: 99}}}
		commits := whileOneCommits(t, s, func() { appendTexts(t, lobby, "first") }, func(ask func(func())) {
			for i := range 20 {
				ask(func() {
					if i%2 == 0 {
						appendTexts(t, lobby, "good")
						return
					}
					l := []topic.Log{lobby, empty}[i/2%2]
					if _, _, err := l.Append(t.Context(), bad); err != topic.ErrNoEntry {
						t.Errorf("got %v, want ErrNoEntry", err)
					}
				})
			}
		})
		if commits != 2 {
			t.Errorf("got %d commits, want 2", commits)
		}
		records := all(t, lobby)
		if len(records) != 11 || records[10].Seq != 11 || string(records[0].Data) != `{"text":"first"}` {
			t.Errorf("got %d records, the first %s, want 11 that are as they were", len(records), records[0].Data)
		}
		if names, err := s.Names(t.Context(), ""); err != nil || len(names) != 1 {
			t.Errorf("got names %v, %v; a refused draft makes no log", names, err)
		}
	})
}

func TestARepeatWithinOneGroupIsARepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newPath(t))
		lobby := openLog(t, s, "room/lobby", topic.Retention{})
		repeats := make(chan bool, 10)
		whileOneCommits(t, s, func() { appendTexts(t, lobby, "first") }, func(ask func(func())) {
			for range cap(repeats) {
				ask(func() {
					r, dup, err := lobby.Append(t.Context(), topic.Draft{Kind: "message", ClientID: "ada/1", Data: []byte("{}")})
					if err != nil || r.Seq != 2 {
						t.Errorf("got seq %d, %v; want 2", r.Seq, err)
					}
					repeats <- dup
				})
			}
		})
		first := 0
		for range cap(repeats) {
			if !<-repeats {
				first++
			}
		}
		if first != 1 {
			t.Errorf("%d of them were told that theirs is the first", first)
		}
	})
}

func TestAnAppendWhoseContextEndsMayStillBeCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, newPath(t))
		lobby := openLog(t, s, "room/lobby", topic.Retention{})
		draft := topic.Draft{Kind: "message", ClientID: "ada/1", Data: []byte("{}")}
		whileOneCommits(t, s, func() { appendTexts(t, lobby, "first") }, func(ask func(func())) {
			ctx, cancel := context.WithCancel(t.Context())
			ask(func() {
				if _, _, err := lobby.Append(ctx, draft); err != context.Canceled {
					t.Errorf("got %v, want Canceled", err)
				}
			})
			cancel()
		})
		if r, dup, err := lobby.Append(t.Context(), draft); err != nil || !dup || r.Seq != 2 {
			t.Errorf("got seq %d, dup %v, %v when finding out", r.Seq, dup, err)
		}
	})
}

func TestCloseCommitsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := newPath(t)
		s := open(t, path)
		lobby := openLog(t, s, "room/lobby", topic.Retention{})
		whileOneCommits(t, s, func() { appendTexts(t, lobby, "first") }, func(ask func(func())) {
			for range 10 {
				ask(func() { appendTexts(t, lobby, "waits") })
			}
			ask(func() { closeStore(t, s) })
		})
		if got := all(t, openLog(t, open(t, path), "room/lobby", topic.Retention{})); len(got) != 11 {
			t.Errorf("got %d records after closing, want 11", len(got))
		}
	})
}

// whileOneCommits holds the commit of first until all that ask was given waits for the store, and returns how many
// commits there were when everything was answered.
func whileOneCommits(t *testing.T, s *store.Store, first func(), ask func(func(func()))) int64 {
	t.Helper()
	var commits atomic.Int64
	entered, leave := make(chan struct{}), make(chan struct{})
	store.SetFlush(s, func(tx *bolt.Tx) error {
		if commits.Add(1) == 1 {
			close(entered)
			<-leave
		}
		return tx.Commit()
	})
	done := make(chan struct{})
	run := func(f func()) {
		go func() {
			f()
			done <- struct{}{}
		}()
	}
	run(first)
	<-entered
	waiting := 1
	ask(func(f func()) {
		waiting++
		run(f)
		synctest.Wait() // they come in the order in which they were asked
	})
	close(leave)
	for range waiting {
		<-done
	}
	return commits.Load()
}
