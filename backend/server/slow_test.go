package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/server"
	"hearth/backend/topic"
)

// The tests of this file are about readers that do not keep up. They run in a bubble, over connections that take nothing
// unless somebody reads.

// Somebody who stops reading delays nobody, is dropped after StallPatience, and resumes where it stood with nothing missed.
func TestWhoTakesNothingIsDroppedAndResumes(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		stuck, other := b.dial(t, b.cookie), b.dial(t, b.cookie)
		stuck.ok(1, `"op":"follow","topic":"room/lobby"`)
		other.ok(1, `"op":"follow","topic":"room/lobby"`)
		before := goroutines()
		ada := b.peers.All()[1]
		postAs(t, b.hub, "lobby", ada, "0")
		if e := stuck.envelope(); textIn(t, e) != "0" {
			t.Fatalf("got %+v, want 0", e)
		}
		other.envelope()
		const entries = 100
		start := time.Now()
		for i := 1; i <= entries; i++ { // nobody reads from stuck
			postAs(t, b.hub, "lobby", ada, fmt.Sprint(i))
			if e := other.envelope(); textIn(t, e) != fmt.Sprint(i) {
				t.Fatalf("the other got %+v, want %d", e, i)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("the others waited for %v", took)
		}
		if f, err := other.next(); err != nil || f.op != opPing { // time passes
			t.Fatalf("got %v %v, want a ping", f, err)
		}
		other.send(opPong, nil)
		time.Sleep(time.Until(start.Add(server.StallPatience - 1)))
		if got := goroutines(); got != before+1 {
			t.Errorf("shortly before its time is over there are %d goroutines, want %d: the drain of the stuck session waits", got, before+1)
		}
		time.Sleep(1)
		if got := goroutines(); got != before-1 {
			t.Errorf("%d goroutines, want %d: the reader of the stuck session has ended", got, before-1)
		}
		if _, err := stuck.conn.Write(maskedFrame(0x80|opText, []byte("x"))); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("writing to a dropped connection: got %v", err)
		}
		again := b.dial(t, b.cookie)
		again.ok(1, fmt.Sprintf(`"op":"follow","topic":"room/lobby","from":{"epoch":%q,"seq":1}`, b.position(t, "room/lobby").Epoch))
		for i := 1; i <= entries; i++ {
			if e := again.envelope(); textIn(t, e) != fmt.Sprint(i) {
				t.Fatalf("who came back got %+v, want %d", e, i)
			}
		}
		again.ok(2, `"op":"ping"`)
		other.ok(2, `"op":"ping"`)
	})
}

// Who takes 16 KiB now and then makes progress and stays.
func TestWhoTakesLittleAtATimeStays(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		ada := b.peers.All()[1]
		const entries = 50
		for i := range entries {
			postAs(t, b.hub, "lobby", ada, fmt.Sprint(i, strings.Repeat(" x", 4000)))
		}
		c := b.dial(t, b.cookie)
		c.say(`{"id":1,"op":"follow","topic":"room/lobby","last":50}`)
		var taken bytes.Buffer
		for range 6 {
			time.Sleep(server.StallPatience - time.Second)
			if _, err := io.CopyN(&taken, c.r, 16<<10); err != nil {
				t.Fatalf("after %d bytes: %v", taken.Len(), err)
			}
		}
		c.r.Reset(io.MultiReader(&taken, c.conn))
		c.envelope() // the answer
		for i := range entries {
			if e := c.envelope(); !strings.HasPrefix(textIn(t, e), fmt.Sprint(i, " ")) {
				t.Fatalf("got %.100s, want number %d", e.Data, i)
			}
		}
	})
}

// What waits for a reader that takes nothing is one write, however much goes by.
func TestAStuckReaderCostsOneWriteOfMemory(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		keep := topic.Retention{Entries: 10}
		ring, err := b.topics.Open(t.Context(), "monitor/local", keep)
		if err != nil {
			t.Fatal(err)
		}
		data := json.RawMessage(`"` + strings.Repeat("x", 1000) + `"`)
		write := func(n int) {
			for range n {
				if _, _, err := ring.Append(t.Context(), topic.Draft{Kind: "sample", Data: data}); err != nil {
					t.Fatal(err)
				}
			}
		}
		write(2000) // the tail has its size
		const stuck = 50
		for range stuck {
			b.dial(t, b.cookie).ok(1, `"op":"follow","topic":"monitor/local"`)
		}
		before := heap()
		for range 100 { // in turns, so that whoever would gather more could
			write(200)
			synctest.Wait()
		}
		if each := (heap() - before) / stuck; each > 70<<10 {
			t.Errorf("a reader that takes nothing of 20 MB costs %d bytes, want about one write of 64 KiB", each)
		}
	})
}

// heap returns the bytes in use.
func heap() int {
	for range 2 { // the second empties the pools
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// One write holds at most 64 KiB, of all topics together: so much lies between a command and its answer, whatever is
// pending.
func TestAnAnswerWaitsBehindOneWriteAtMost(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		ada := b.peers.All()[1]
		const rooms, each = 4, 20 // 40 KB in each room: one topic alone does not fill a write
		c := b.dial(t, b.cookie)
		postToAll := func() {
			for room := range rooms {
				postAs(t, b.hub, fmt.Sprint("room-", room), ada, strings.Repeat("x", 2000))
			}
		}
		postToAll() // makes the rooms
		for room := range rooms {
			c.ok(room, fmt.Sprintf(`"op":"follow","topic":"room/room-%d"`, room))
		}
		postAs(t, b.hub, "room-0", ada, strings.Repeat("x", 2000))
		synctest.Wait() // it is on its way, alone
		for range each {
			postToAll()
		}
		c.text()
		synctest.Wait() // now a full write is
		c.say(`{"id":100,"op":"ping"}`)
		synctest.Wait()
		entries, size := 0, 0
		for {
			text := c.text()
			if strings.HasPrefix(text, `{"id":100,`) {
				break
			}
			entries, size = entries+1, size+len(text)
		}
		if size > 64<<10 || entries == rooms*each {
			t.Errorf("before the answer came %d entries, %d bytes; want at most one write", entries, size)
		}
		if entries < 20 {
			t.Errorf("before the answer came %d entries; need a write under way for this test to mean anything", entries)
		}
	})
}

// A client that sends commands and takes no answers is not read any further: what waits for it stays small.
func TestWhoTakesNoAnswersIsNotReadFrom(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		c := b.dial(t, b.cookie)
		sent := 0
		for ; sent < 20_000; sent++ {
			c.conn.SetWriteDeadline(time.Now().Add(time.Second))
			if _, err := c.conn.Write(maskedFrame(0x80|opText, []byte(`{"id":1,"op":"?"}`))); err != nil {
				break
			}
		}
		if most := 2 * 64 << 10 / 100; sent > most {
			t.Errorf("%d commands were read whose answers nobody took, want at most %d", sent, most)
		}
	})
}
