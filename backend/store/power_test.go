package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"hearth/backend/store"
	"hearth/backend/topic"
)

const (
	powerPosters = 4
	powerPosts   = 40 // of each poster
	powerCuts    = 100
)

// powerCutsVar asks for more cuts than a test has time for; go run ./build soak sets it.
const powerCutsVar = "HEARTH_POWER_CUTS"

// TestAPowerCutLosesNothingAcknowledged records every write and flush of a process that appends, and opens the file as
// power cuts at many moments would have left it.
func TestAPowerCutLosesNothingAcknowledged(t *testing.T) {
	tp := recordPosters(t, "")
	random := rand.New(rand.NewPCG(1, 2))
	for i := range powerCutsWanted(t) {
		line, share := random.IntN(tp.lines+1), float64(i%5)/4
		if err := survives(t, tp, line, share, random); err != nil {
			t.Fatalf("power cut %d, at line %d of %d, %.0f %% of what was not flushed got through: %v", i, line, tp.lines, 100*share, err)
		}
	}
}

// TestAPowerCutShowsAMissingFlush is the control: a store that does not flush must not survive, or the test above shows
// nothing.
func TestAPowerCutShowsAMissingFlush(t *testing.T) {
	tp := recordPosters(t, "cheats")
	random := rand.New(rand.NewPCG(1, 2))
	lost := 0
	for i := range powerCuts / 4 {
		if survives(t, tp, random.IntN(tp.lines+1), float64(i%5)/4, random) != nil {
			lost++
		}
	}
	if lost < powerCuts/8 {
		t.Errorf("a store that never flushes survived %d of %d power cuts", powerCuts/4-lost, powerCuts/4)
	}
}

func powerCutsWanted(t *testing.T) int {
	t.Helper()
	text := os.Getenv(powerCutsVar)
	if text == "" {
		return powerCuts
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", powerCutsVar, err)
	}
	return n
}

// survives cuts the power, starts the machine again, and returns what is missing afterwards. That the file is found to be
// damaged is a loss, too.
func survives(t *testing.T, tp *tape, line int, share float64, random *rand.Rand) error {
	t.Helper()
	path := newPath(t)
	defer os.Remove(path)
	if err := tp.cut(path, line, share, random); err != nil {
		t.Fatal(err)
	}
	bootedAgain(t, path)
	s, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	found, err := stored(s)
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	tp.acked(line, func(ack string) { err = errors.Join(err, found.has(ack)) })
	return err
}

// finding is what a store has, by log and seq.
type finding map[string]version

// version is a message as it was at some time of its life.
type version struct {
	message string
	edits   int
}

// stored reads all logs and looks whether they hang together.
func stored(s *store.Store) (finding, error) {
	ctx := context.Background()
	names, err := s.Names(ctx, "")
	if err != nil {
		return nil, err
	}
	found, seen := finding{}, map[string]bool{}
	for _, name := range names {
		l, err := s.Open(ctx, name, topic.Retention{}, func(topic.Commit) {})
		if err != nil {
			return nil, err
		}
		records, err := l.After(ctx, 0, 1<<20)
		if err != nil {
			return nil, err
		}
		for i, r := range records {
			v, err := versionOf(string(r.Data))
			if err != nil || r.Seq != uint64(i+1) || seen[v.message] {
				return nil, fmt.Errorf("%s has %s as %d where %d comes next (seen before: %v, %w)", name, r.Data, r.Seq, i+1, seen[v.message], err)
			}
			seen[v.message] = true
			found[place(name, r.Seq)] = v
		}
	}
	if n := s.Damaged(); n > 0 {
		return nil, fmt.Errorf("%d records are damaged", n)
	}
	return found, nil
}

func place(log string, seq uint64) string { return fmt.Sprintf("%s %d", log, seq) }

// versionOf reads the data of a message, as dataOf writes it.
func versionOf(data string) (v version, err error) {
	parts := strings.Fields(data)
	if len(parts) != 3 {
		return v, fmt.Errorf("nobody wrote %q", data)
	}
	v.message = parts[0]
	v.edits, err = strconv.Atoi(parts[1])
	return v, err
}

// has returns an error unless an acknowledged message is where it was, as it was or with later edits.
func (f finding) has(ack string) error {
	log, rest, _ := strings.Cut(ack, " ")
	seq, data, _ := strings.Cut(rest, " ")
	want, err := versionOf(data)
	if err != nil {
		return fmt.Errorf("the poster says %q: %w", ack, err)
	}
	if got, ok := f[log+" "+seq]; !ok || got.message != want.message || got.edits < want.edits {
		return fmt.Errorf("%s was acknowledged; the store has %v there", ack, got)
	}
	return nil
}

const (
	powerPath = "HEARTH_POWER_PATH" // the store that the posters write to
	powerMode = "HEARTH_POWER_MODE" // "cheats": without flushes
)

// recordPosters lets a process of its own write to a store and records it.
func recordPosters(t *testing.T, mode string) *tape {
	t.Helper()
	path := newPath(t)
	closeStore(t, open(t, path))
	acks := acksOf(path)
	if err := os.WriteFile(acks, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	writer := exec.Command(os.Args[0], "-test.run=^TestPostUntilThePowerCut$")
	writer.Env = append(os.Environ(), powerPath+"="+path, powerMode+"="+mode)
	tp := recordTape(t, writer, path, acks)
	posts := 0
	tp.acked(never, func(string) { posts++ })
	if want := powerPosters * powerPosts; posts < want {
		t.Fatalf("need %d acknowledgements for this test to mean anything, got %v", want, tp)
	}
	return tp
}

func acksOf(path string) string { return filepath.Join(filepath.Dir(path), "acks") }

// TestPostUntilThePowerCut is the process that is recorded: posters append to two logs and edit what they wrote, and write
// down what was acknowledged.
func TestPostUntilThePowerCut(t *testing.T) {
	path := os.Getenv(powerPath)
	if path == "" {
		t.Skip("runs in a process of its own")
	}
	acks, err := os.OpenFile(acksOf(path), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer acks.Close()
	s := open(t, path)
	if os.Getenv(powerMode) != "" {
		store.SkipFlushes(s)
	}
	var wg sync.WaitGroup
	for i := range powerPosters {
		name := fmt.Sprintf("room/%d", i%2)
		l := openLog(t, s, name, topic.Retention{})
		wg.Go(func() { writePosts(t, l, name, fmt.Sprintf("p%d", i), acks) })
	}
	wg.Wait()
}

func writePosts(t *testing.T, l topic.Log, name, poster string, acks *os.File) {
	var mine []uint64
	edits := map[int]int{}
	for n := range powerPosts {
		v := version{message: fmt.Sprintf("%s-%d", poster, n)}
		d := topic.Draft{Kind: "message", ClientID: v.message, Data: dataOf(v)}
		ack := ""
		if old := n / 4; n%3 == 2 {
			edits[old]++
			data := dataOf(version{fmt.Sprintf("%s-%d", poster, old), edits[old]})
			d.Rewrites = []topic.Rewrite{{Seq: mine[old], Data: data}}
			ack = fmt.Sprintf("%s %s\n", place(name, mine[old]), data)
		}
		r, _, err := l.Append(context.Background(), d)
		if err != nil {
			t.Error(err)
			return
		}
		mine = append(mine, r.Seq)
		ack += fmt.Sprintf("%s %s\n", place(name, r.Seq), d.Data)
		if _, err := acks.WriteString(ack); err != nil {
			t.Error(err)
			return
		}
	}
}

// dataOf is long enough for a log to need many pages.
func dataOf(v version) []byte {
	return fmt.Appendf(nil, `%s %d %s`, v.message, v.edits, strings.Repeat("x", 300))
}
