// Package soak hurts the real program and looks whether it keeps what it promised: it starts the headless hub as a process
// of its own, kills it, takes away its disk, damages its file, and then reads everything that was ever acknowledged.
//
// # Guarantees
//
//  1. A story fails when an entry that was acknowledged, or that a reader has seen, is missing, changed, doubled, or at
//     another number; when an entry turns up that nobody posted; and when the hub does not say what security.md wants it to.
//  2. A story that this system cannot play says why and is left out; it never passes.
//  3. What is drawn at random comes from a seed that is printed, so that the same draws can be asked for again. When the
//     hub is hit all the same depends on the machine.
//  4. No process is left behind, and nothing but temporary folders is written to.
//
// # Caveats
//
// kill -9 takes the process and leaves the system's cache, so it cannot show that a flush is missing. Power cuts are played
// in backend/store, where what the store wrote and flushed is recorded; the story "power" runs that test with more cuts.
package soak

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"
)

// story is one way to hurt the hub. It returns what happened in a few words, or what is broken.
type story struct {
	name  string // for --only
	claim string // what it shows
	play  func(ctx context.Context, l *lab) (note string, err error)
}

func stories() []story {
	return []story{
		{"kill", "kill -9 at random loses nothing that was acknowledged", playKill},
		{"full", "a full disk is said and passes, and reads go on", playFull},
		{"flush", "after a failed flush nothing is acknowledged and all can be read", playFlush},
		{"slow", "a slow disk delays posts and nothing else", playSlow},
		{"power", "a power cut at any moment loses nothing that was acknowledged", playPower},
		{"damage", "a damaged file is refused or costs what was hit, and never passes for an empty one", playDamage},
		{"restore", "a damaged file makes way for the newest backup, loudly", playRestore},
		{"second", "a second hub on the same folder is refused", playSecond},
		{"end", "a hub that ends says goodbye to all and finishes what it does", playEnd},
		{"churn", "clients that come and go leave nothing behind", playChurn},
	}
}

// amount says how much is done in each story.
type amount struct {
	cycles   int      // kills
	fillings int      // of one disk
	faults   []string // system calls that fail once, one hub for each: name:error=EIO:when=N, the N-th of a thread
	cuts     int      // of the power
	entries  int      // in the file that is damaged
	stride   int      // of its pages, each so-manieth
	clients  int      // that read while the hub ends
	connects int      // of clients that come and go
}

var long = amount{
	cycles: 1000, fillings: 10, cuts: 3000, entries: 1000, stride: 1, clients: 1000, connects: 10_000,
	faults: append(failing("fdatasync", 1, 2, 3, 4, 5, 10, 25, 60, 150), failing("pwrite64", 1, 2, 3, 5, 10, 100, 300)...),
}

// failing returns a fault for each of these calls.
func failing(name string, calls ...int) (faults []string) {
	for _, n := range calls {
		faults = append(faults, fmt.Sprintf("%s:error=EIO:when=%d", name, n))
	}
	return faults
}

// leftOut is why a story cannot be played here.
type leftOut string

func (l leftOut) Error() string { return string(l) }

// Main plays the stories that args ask for and prints a line for each. It takes the program in HEARTH_BIN.
func Main(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(out)
	cycles := flags.Int("cycles", long.cycles, "how often the hub is killed")
	only := flags.String("only", "", "play only these, by commas: "+names())
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "of what is drawn at random")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	program := os.Getenv("HEARTH_BIN")
	if program == "" {
		return errors.New("HEARTH_BIN names no program; `go run ./build soak` builds one")
	}
	much := long
	much.cycles = *cycles
	fmt.Fprintf(out, "Hearth soak, %s, --seed %d\n\n", time.Now().Format("2006-01-02 15:04"), *seed)
	return playAll(ctx, chosen, program, much, *seed, out)
}

// playAll goes on after a failure: each story stands for itself.
func playAll(ctx context.Context, chosen []story, program string, much amount, seed uint64, out io.Writer) error {
	failed := 0
	for _, s := range chosen {
		begun := time.Now()
		note, err := s.inLab(ctx, program, much, seed)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		verdict, why := "ok", error(nil)
		switch reason := leftOut(""); {
		case errors.As(err, &reason):
			verdict, note = "left out", string(reason)
		case err != nil:
			failed++
			verdict, why = "FAILED", err
		}
		fmt.Fprintf(out, "%-10s %-8s %7.1f s  %s\n", s.name, verdict, time.Since(begun).Seconds(), cmp.Or(note, s.claim))
		if why != nil {
			fmt.Fprintln(out, why)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d stories failed", failed, len(chosen))
	}
	return nil
}

// inLab plays the story with a lab of its own, and removes it.
func (s story) inLab(ctx context.Context, program string, much amount, seed uint64) (string, error) {
	folder, err := os.MkdirTemp("", "hearth-soak-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	l := &lab{amount: much, program: program, folder: folder, random: rand.New(rand.NewPCG(seed, 0))}
	return s.play(ctx, l)
}

func names() string {
	var all []string
	for _, s := range stories() {
		all = append(all, s.name)
	}
	return strings.Join(all, ", ")
}

func choose(only string) ([]story, error) {
	if only == "" {
		return stories(), nil
	}
	var chosen []story
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(stories(), func(s story) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("--only %s: there is no such story; there are %s", name, names())
		}
		chosen = append(chosen, stories()[i])
	}
	return chosen, nil
}
