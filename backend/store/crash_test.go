package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"hearth/backend/topic"
)

// TestAckedMeansStored copies the file of a running store, which is what a crash leaves behind.
func TestAckedMeansStored(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	lobby := openLog(t, s, "room/lobby", topic.Retention{})
	for round := range 10 {
		appendTexts(t, lobby, "a", "b", "c")
		crashed := openLog(t, open(t, copyFile(t, path)), "room/lobby", topic.Retention{})
		if first, last := crashed.Bounds(); first != 1 || last != uint64(3*round+3) {
			t.Fatalf("got bounds %d..%d after a crash in round %d", first, last, round)
		}
		wantRecords(t, all(t, crashed), all(t, lobby))
	}
}

// TestAKilledProcessLosesNothingItAcknowledged lets another process write and kills it in the middle.
func TestAKilledProcessLosesNothingItAcknowledged(t *testing.T) {
	path := newPath(t)
	writer := exec.Command(os.Args[0], "-test.run=^TestWriteUntilKilled$")
	writer.Env = append(os.Environ(), writeUntilKilled+"="+path)
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	acked := make(map[uint64]bool)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		seq, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatalf("the writer says %q", lines.Text())
		}
		if acked[seq] = true; len(acked) == 500 {
			if err := writer.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = writer.Wait() // it was killed
	if len(acked) < 500 {
		t.Fatalf("need 500 acknowledged entries for this test to mean anything, got %d", len(acked))
	}

	s := open(t, path)
	records := all(t, openLog(t, s, "room/lobby", topic.Retention{}))
	for i, r := range records {
		if r.Seq != uint64(i+1) {
			t.Fatalf("got seq %d where %d comes next", r.Seq, i+1)
		}
		delete(acked, r.Seq)
	}
	if len(acked) != 0 || s.Damaged() != 0 {
		t.Errorf("%d acknowledged entries are missing, %d are damaged", len(acked), s.Damaged())
	}
}

const writeUntilKilled = "STORE_TEST_WRITE_UNTIL_KILLED"

// TestWriteUntilKilled is the process that TestAKilledProcessLosesNothingItAcknowledged kills: it prints each seq that
// was acknowledged.
func TestWriteUntilKilled(t *testing.T) {
	path := os.Getenv(writeUntilKilled)
	if path == "" {
		t.Skip("runs in a process of its own")
	}
	lobby := openLog(t, open(t, path), "room/lobby", topic.Retention{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for {
				r, _, err := lobby.Append(context.Background(), topic.Draft{Kind: "message", Data: []byte("{}")})
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Println(r.Seq)
			}
		})
	}
	wg.Wait()
}
