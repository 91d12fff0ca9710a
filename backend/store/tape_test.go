package store_test

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// tape is what a process did to a store's file, in order, and what it acknowledged meanwhile.
type tape struct {
	start []byte // the file before
	calls []*call
	lines int
}

// call is one system call. Calls of several threads overlap, so that each has two places on the tape.
type call struct {
	name        string // pwrite64, ftruncate, fdatasync, fsync, or write for an acknowledgement
	began, done int    // lines of the trace
	data        []byte // of a write
	at          int64  // where it goes; of ftruncate the new size
}

// recordTape runs a command under strace and records what it does to the store at path and writes to the file acks. It skips the
// test where there is no strace, which only Linux has.
func recordTape(t *testing.T, command *exec.Cmd, path, acks string) *tape {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the test command installs strace, but there is none")
		}
		t.Skip("there is no strace")
	}
	if out, err := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace does not work here: %v: %s", err, out)
	}
	start, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	trace := path + ".trace"
	options := []string{"-f", "-qq", "-xx", "-s", "10000000", "-e", "signal=none", "-e", "trace=pwrite64,ftruncate,fdatasync,fsync,write",
		"-P", path, "-P", acks, "-o", trace, "--", command.Path}
	command.Args = append(append([]string{strace}, options...), command.Args[1:]...)
	command.Path = strace
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return readTape(t, trace, start)
}

// readTape reads what strace -f wrote: a line is a whole call, one that goes on while another thread is at work, or the end
// of such a one.
func readTape(t *testing.T, trace string, start []byte) *tape {
	t.Helper()
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tp := &tape{start: start}
	underWay := map[string]*call{} // by thread
	in := bufio.NewScanner(f)
	in.Buffer(nil, 64<<20)
	for ; in.Scan(); tp.lines++ {
		thread, said, _ := strings.Cut(in.Text(), " ")
		said = strings.TrimLeft(said, " ")
		if strings.HasPrefix(said, "<... ") {
			underWay[thread].done = tp.lines
			continue
		}
		c := newCall(t, said)
		c.began, c.done = tp.lines, tp.lines
		if strings.HasSuffix(said, "<unfinished ...>") {
			c.done = never
			underWay[thread] = c
		}
		tp.calls = append(tp.calls, c)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return tp
}

const never = int(^uint(0) >> 1)

// newCall reads a line like: pwrite64(5, "\x61\x62", 2, 8192) = 2
func newCall(t *testing.T, said string) *call {
	t.Helper()
	name, arguments, _ := strings.Cut(said, "(")
	c := &call{name: name}
	if before, rest, quoted := strings.Cut(arguments, `"`); quoted {
		text, after, _ := strings.Cut(rest, `"`)
		data, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
		if err != nil || strings.HasPrefix(after, "...") {
			t.Fatalf("strace cut a %s short (%v)", name, err)
		}
		c.data, arguments = data, before+after
	}
	if name == "pwrite64" || name == "ftruncate" {
		c.at = lastNumber(t, arguments)
	}
	return c
}

// lastNumber reads the last argument.
func lastNumber(t *testing.T, arguments string) int64 {
	t.Helper()
	arguments, _, _ = strings.Cut(arguments, ")")
	arguments = strings.TrimSuffix(arguments, " <unfinished ...>")
	number := arguments[strings.LastIndex(arguments, " ")+1:]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatalf("strace says %q: %v", arguments, err)
	}
	return n
}

// piece is what a disk writes whole or not at all.
const piece = 4 << 10

// cut makes the file at path as a power cut at that line may leave it: all that was flushed, and any part of what came after
// it. share is how much of that part was lucky.
func (tp *tape) cut(path string, line int, share float64, random *rand.Rand) error {
	flushed := -1 // what was done before this line is on the disk
	for _, c := range tp.calls {
		if c.flushes() && c.done < line {
			flushed = max(flushed, c.began)
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(tp.start)
	for _, c := range tp.calls {
		if c.began >= line {
			break
		}
		err = errors.Join(err, c.redo(f, func() bool { return c.done < flushed || random.Float64() < share }))
	}
	return errors.Join(err, f.Close())
}

// redo does a call again, or the parts of it that reached the disk.
func (c *call) redo(f *os.File, reached func() bool) (err error) {
	switch {
	case c.name == "ftruncate" && reached():
		return f.Truncate(c.at)
	case c.name == "pwrite64":
		for begin := 0; begin < len(c.data) && err == nil; begin += piece {
			if reached() {
				_, err = f.WriteAt(c.data[begin:min(begin+piece, len(c.data))], c.at+int64(begin))
			}
		}
	}
	return err
}

func (c *call) flushes() bool { return c.name == "fdatasync" || c.name == "fsync" }

// acked calls each with the lines that were acknowledged before a line of the tape.
func (tp *tape) acked(line int, each func(ack string)) {
	for _, c := range tp.calls {
		if c.name == "write" && c.began < line {
			for ack := range strings.Lines(string(c.data)) {
				each(strings.TrimSpace(ack))
			}
		}
	}
}

func (tp *tape) String() string {
	n := map[string]int{}
	for _, c := range tp.calls {
		n[c.name]++
	}
	return fmt.Sprint(n)
}
