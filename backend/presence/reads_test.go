package presence_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"hearth/backend/fault"
	"hearth/backend/presence"
	"hearth/backend/topic"
)

// countingDisk counts what is committed to its tables, and refuses it on demand.
type countingDisk struct {
	*topic.Ring
	puts atomic.Int64
	full atomic.Bool
}

var errFull = errors.New("no room on the disk")

func (d *countingDisk) Table(name string) topic.Table { return countingTable{d.Ring.Table(name), d} }

type countingTable struct {
	topic.Table
	disk *countingDisk
}

func (t countingTable) Put(ctx context.Context, key string, value []byte) error {
	if t.disk.full.Load() {
		return errFull
	}
	t.disk.puts.Add(1)
	return t.Table.Put(ctx, key, value)
}

// lobby opens a topic with n entries to read.
func (h *hub) lobby(n int) {
	h.t.Helper()
	tp, err := h.topics.Open(h.t.Context(), "room/lobby", topic.Retention{Durable: true})
	if err != nil {
		h.t.Fatal(err)
	}
	for range n {
		if _, _, err := tp.Append(h.t.Context(), topic.Draft{Kind: "message", Data: json.RawMessage(`{}`)}); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *hub) mark(peerID string, seq uint64) {
	h.t.Helper()
	if err := h.presence.Mark(h.t.Context(), peerID, "room/lobby", seq); err != nil {
		h.t.Fatal(err)
	}
}

func TestWhatWasReadNeverGoesBackwards(t *testing.T) {
	disk := &countingDisk{Ring: topic.NewRing()}
	h := reopen(t, disk)
	h.lobby(10)
	bob, _ := h.join("bob")
	before := disk.puts.Load()
	for _, c := range []struct {
		mark, want uint64
		commits    int64
	}{
		{0, 0, 0}, {4, 4, 1}, {4, 4, 1}, {2, 4, 1}, {7, 7, 2}, {1 << 60, 10, 3}, {11, 10, 3},
	} {
		h.mark(bob.ID, c.mark)
		if got := h.presence.Seq(t.Context(), bob.ID, "room/lobby"); got != c.want {
			t.Errorf("after marking %d it is %d, want %d", c.mark, got, c.want)
		}
		if got := disk.puts.Load() - before; got != c.commits {
			t.Errorf("after marking %d there were %d commits, want %d", c.mark, got, c.commits)
		}
	}
	after := reopen(t, disk)
	if got := after.presence.Seq(t.Context(), bob.ID, "room/lobby"); got != 10 {
		t.Errorf("after a restart it is %d, want 10", got)
	}
	if got := after.presence.Seq(t.Context(), bob.ID, "room/other"); got != 0 {
		t.Errorf("of a topic never read it is %d", got)
	}
	if got := after.presence.Seq(t.Context(), "nobody", "room/lobby"); got != 0 {
		t.Errorf("of a peer that never read it is %d", got)
	}
}

func TestMarkRefuses(t *testing.T) {
	h := openHub(t)
	h.lobby(1)
	bob, _ := h.join("bob")
	if err := h.presence.Mark(t.Context(), bob.ID, "room/none", 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a topic that is not there: %v, want not_found", err)
	}
	if err := h.presence.Mark(t.Context(), "", "room/lobby", 1); !fault.Is(err, fault.Forbidden) {
		t.Errorf("nobody: %v, want forbidden", err)
	}
}

func TestReadsAreShownToWhoeverFollowsThem(t *testing.T) {
	disk := topic.NewRing()
	h := reopen(t, disk)
	h.lobby(200)
	bob, _ := h.join("bob")
	h.mark(bob.ID, 100)

	h = reopen(t, disk)
	h.lobby(0)
	if _, err := h.presence.ReadsTopic(t.Context(), bob.ID); err != nil {
		t.Fatal(err)
	}
	name := "reads/" + bob.ID
	got := entries(t, h.topics, name)
	if len(got) != 1 || string(got[0].Data) != `{"topic":"room/lobby","seq":100}` {
		t.Fatalf("%s shows %+v, want what was read before the restart", name, got)
	}
	h.mark(bob.ID, 131)
	if _, err := h.presence.ReadsTopic(t.Context(), bob.ID); err != nil { // again
		t.Fatal(err)
	}
	got = entries(t, h.topics, name)
	if len(got) != 1 || got[0].Key != "room/lobby" || got[0].Kind != presence.KindRead {
		t.Fatalf("%s shows %+v", name, got)
	}
	wantGolden(t, "read", got[0].Data)
}

func TestAMarkThatTheStoreRefusesDoesNotCount(t *testing.T) {
	disk := &countingDisk{Ring: topic.NewRing()}
	h := reopen(t, disk)
	h.lobby(10)
	bob, _ := h.join("bob")
	disk.full.Store(true)
	if err := h.presence.Mark(t.Context(), bob.ID, "room/lobby", 5); !errors.Is(err, errFull) {
		t.Errorf("marking: %v, want the store's error", err)
	}
	if got := h.presence.Seq(t.Context(), bob.ID, "room/lobby"); got != 0 {
		t.Errorf("it is %d", got)
	}
	disk.full.Store(false)
	h.mark(bob.ID, 5)
}

func TestManyMarksAtOnceEndAtTheHighest(t *testing.T) {
	h := openHub(t)
	h.lobby(300)
	bob, _ := h.join("bob")
	if _, err := h.presence.ReadsTopic(t.Context(), bob.ID); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for seq := uint64(n); seq <= 300; seq += 7 {
				if err := h.presence.Mark(t.Context(), bob.ID, "room/lobby", seq); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	want := fmt.Sprintf(`{"topic":"room/lobby","seq":%d}`, 300)
	if got := entries(t, h.topics, "reads/"+bob.ID); len(got) != 1 || string(got[0].Data) != want {
		t.Errorf("reads shows %s, want %s", got[len(got)-1].Data, want)
	}
	if got := h.presence.Seq(t.Context(), bob.ID, "room/lobby"); got != 300 {
		t.Errorf("it is %d, want 300", got)
	}
}
