package notify_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/notify"
	"hearth/backend/topic"
)

func TestSinceFindsWhereToBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		var notes []notify.Notification
		for n := range 5 {
			if n > 0 {
				time.Sleep(10 * time.Second)
			}
			notes = append(notes, h.text("t", fmt.Sprint(n)))
		}
		start := notes[0].Time.Unix()
		for since, want := range map[string]string{
			"all":    "0 1 2 3 4",
			"none":   "",
			"":       "",
			"latest": "4",

			notes[0].ID: "1 2 3 4",
			notes[3].ID: "4",
			notes[4].ID: "",

			fmt.Sprint(start):       "0 1 2 3 4", // inclusive
			fmt.Sprint(start + 1):   "1 2 3 4",
			fmt.Sprint(start + 20):  "2 3 4",
			fmt.Sprint(start + 999): "",
			"0":                     "0 1 2 3 4",

			"0s":     "4",
			"10s":    "3 4",
			"15s":    "3 4",
			"36h":    "0 1 2 3 4",
			"1m":     "0 1 2 3 4",
			"0.0s":   "4",
			"39.9s":  "1 2 3 4",
			"2h10m":  "0 1 2 3 4",
			"1500ms": "4",
		} {
			h.wantSince("t", since, want)
		}
	})
}

func TestSinceRefusesWhatItDoesNotKnow(t *testing.T) {
	h := openHub(t)
	for _, since := range []string{"yesterday", "-5m", "-5", "5d", "1.5", "ALL", "all ", "0aZ3kQ9bX2m", "0aZ3kQ9bX2mT7", "0aZ3kQ9b-2mT", strings.Repeat("9", 30)} {
		if start, err := h.notify.Since(t.Context(), "t", since, time.Now()); !fault.Is(err, fault.BadRequest) || fault.From(err).Field != "since" {
			t.Errorf("since %q: %+v, %v; want bad_request in since", since, start, err)
		}
	}
	if _, err := h.notify.Since(t.Context(), "a.b", "all", time.Now()); !fault.Is(err, fault.BadRequest) {
		t.Errorf("a bad topic: %v", err)
	}
	if list := h.notify.List(t.Context()); len(list) != 0 {
		t.Errorf("asking made topics: %+v", list)
	}
}

func TestAnUnknownIDStandsForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		h.text("here", "before")
		time.Sleep(time.Second)
		elsewhere := h.text("there", "x")
		h.text("here", "same moment") // nobody knows whether the reader saw it
		time.Sleep(time.Second)
		h.text("here", "after")
		h.wantSince("here", elsewhere.ID, "same moment after")

		cut := h.text("here", "will be cut")
		time.Sleep(notify.KeepAge + time.Second)
		h.text("here", "new")
		h.wantSince("here", cut.ID, "new")
		h.wantSince("here", "000000000000", "new")
		h.wantSince("here", "zzzzzzzzzzzz", "")
	})
}

func TestAnIDIsFoundAmongManyOfItsMillisecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		h.text("t", "earlier")
		time.Sleep(time.Second)
		var ids []string
		for range 900 {
			ids = append(ids, h.text("t", "x").ID)
		}
		for _, n := range []int{0, 1, 63, 64, 500, 899} {
			if got := len(h.since("t", ids[n])); got != 899-n {
				t.Errorf("after number %d there are %d, want %d", n, got, 899-n)
			}
		}
	})
}

// TestTimesAreFoundFarBack compares with a look at every entry, beyond what the tail holds in memory.
func TestTimesAreFoundFarBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		var notes []notify.Notification
		for n := range 3000 {
			if n%7 == 0 {
				time.Sleep(time.Duration(n%3) * time.Second)
			}
			notes = append(notes, h.text("t", "x"))
		}
		for at := notes[0].Time.Unix() - 1; at <= notes[2999].Time.Unix()+1; at += 37 {
			want := 0
			for _, n := range notes {
				if !n.Time.Before(time.Unix(at, 0)) {
					want++
				}
			}
			if got := len(h.since("t", fmt.Sprint(at))); got != want {
				t.Errorf("since %d there are %d, want %d", at, got, want)
			}
		}
		for n := 0; n < 3000; n += 599 {
			if got := len(h.since("t", notes[n].ID)); got != 2999-n {
				t.Errorf("after number %d there are %d, want %d", n, got, 2999-n)
			}
		}
	})
}

// TestWhoJoinsWhileOthersPublishGetsEachOnce is what ntfy lost messages in.
func TestWhoJoinsWhileOthersPublishGetsEachOnce(t *testing.T) {
	const publishers, each = 4, 250
	h := openHub(t)
	joined := make(chan struct{})
	var wg sync.WaitGroup
	for range publishers {
		wg.Go(func() {
			for n := range each {
				if n == each/2 {
					<-joined
				}
				if _, err := h.notify.Publish(t.Context(), "t", notify.Draft{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	start, err := h.notify.Since(t.Context(), "t", "all", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	bell := make(chan struct{}, 1)
	sub := h.topics.Subscribe(func() {
		select {
		case bell <- struct{}{}:
		default:
		}
	})
	defer sub.Close()
	if _, err := sub.Follow("notify/t", start); err != nil {
		t.Fatal(err)
	}
	close(joined)
	next := uint64(1)
	for next <= publishers*each {
		<-bell
		next += takeInOrder(t, sub, next)
	}
	wg.Wait()
	if b, ok := sub.Take(); ok {
		t.Errorf("there is more: %+v", b)
	}
}

// takeInOrder takes what is pending and returns how many entries came, which must be numbered from next on.
func takeInOrder(t *testing.T, sub *topic.Subscription, next uint64) (n uint64) {
	for b, ok := sub.Take(); ok; b, ok = sub.Take() {
		for _, e := range b.Entries {
			if e.Seq != next+n || b.Missed > 0 || b.Reset {
				t.Fatalf("got entry %d, missed %d, reset %v; want %d", e.Seq, b.Missed, b.Reset, next+n)
			}
			n++
		}
	}
	return n
}

func FuzzSince(f *testing.F) {
	h := openHub(f)
	id := h.text("t", "x").ID
	for _, seed := range []string{"all", "none", "", "latest", id, "1763798400", "10m", "000000000000", "-1", "9223372036854775807", "2540400h", "1e9s", "日", "zzzzzzzzzzzz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, since string) {
		start, err := h.notify.Since(t.Context(), "t", since, time.Now())
		if err != nil {
			if !fault.Is(err, fault.BadRequest) {
				t.Fatalf("since %q: %v", since, err)
			}
			return
		}
		sub := h.topics.Subscribe(func() {})
		defer sub.Close()
		if _, err := sub.Follow("notify/t", start); err != nil {
			t.Fatalf("since %q begins where nobody can follow: %+v, %v", since, start, err)
		}
	})
}
