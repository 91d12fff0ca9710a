// Package bench measures the hub from outside: it starts the real headless program as a process of its own, plays the
// browsers and scripts that use it, and prints each figure beside its target.
//
// # Guarantees
//
//  1. Every figure is measured in the run that prints it, against the program as it is shipped. Its limits are raised where
//     they would end a measurement (lifted, in rival.go); what counts them still counts.
//  2. A figure off its target is marked, never left out; one that could not be measured says why, and Main returns an error.
//  3. Each line says what was done to get it.
//  4. What is compared takes turns in the same minutes, on the same core, with the same load: the hub, the floor of one
//     write(2) for each delivery, a hub of one conn.Write for each message, and the article's FastAPI program.
//
// # Caveats
//
// On Linux the hub has one core to itself and the load the others. Elsewhere, and with a single core, they share, and
// what only Linux tells of another process (CPU time, resident memory) is missing. Figures drift by a quarter from run
// to run on a shared machine: trust CPU seconds per million deliveries and the factors of a comparison more than deliveries
// a second. 5,000 readers take as many descriptors on either side; Go raises its own limit to the hard one.
package bench

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// plan says how much is measured.
type plan struct {
	starts     int           // counted starts, after one that is not
	idles      int           // hubs that are watched idle
	settle     time.Duration // before the watching
	window     time.Duration // of watching
	members    int           // who write in turn
	contenders []contender
	halls      []hall
	pace       pace // and its repeats
	crowded    int  // idle connections
	idlers     int  // who do not read while others do
	stuffing   int  // large messages that are more than the system keeps for one of them: up to 4 MB on the hub's side
	guests     int  // who connect at once
	history    int  // messages of a long room
	postings   []posting
	repeats    int           // of the postings and the guests
	fewer      int           // repeats are divided by this
	fraction   int           // messages are divided by this
	rest       time.Duration // before each run
	readme     string        // file that the table is written into; "" = none
}

var (
	whole = plan{
		starts: 15, idles: 3, settle: 5 * time.Second, window: 20 * time.Second, members: 1000,
		contenders: contenders, halls: halls, pace: pace{1000, 50, 3, 100 * time.Millisecond},
		crowded: 5000, idlers: 50, stuffing: 320, guests: 2000, history: 1e6, postings: postings, repeats: 5, fewer: 1, fraction: 1, rest: time.Second,
	}
	quick = plan{
		starts: 5, idles: 1, settle: 2 * time.Second, window: 5 * time.Second, members: 1000,
		contenders: contenders, halls: halls, pace: pace{1000, 20, 2, 100 * time.Millisecond},
		crowded: 5000, idlers: 50, stuffing: 320, guests: 1000, history: 1e6, postings: postings, repeats: 4, fewer: 2, fraction: 4, rest: 200 * time.Millisecond,
	}
)

// measurement is one part of the bench and the figures it gives.
type measurement struct {
	name    string // for --only
	measure func(ctx context.Context, b *bench)
}

var measurements = []measurement{
	{"start", measureStart},
	{"idle", measureIdle},
	{"fanout", measureFanouts},
	{"latency", measureLatency},
	{"memory", measureMemory},
	{"connects", measureConnects},
	{"posts", measurePosts},
	{"appends", measureAppends},
	{"slow", measureSlow},
	{"history", measureHistory},
}

// bench is what all measurements need.
type bench struct {
	plan
	report
	program string // the headless hub
	cores   cores
	crowds  map[string]*crowd // by rival, as far as a measurement needed them
}

// Main measures what args ask for and prints a table to out. It runs in the project's root and takes the program in
// HEARTH_BIN, else builds one.
func Main(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	short := flags.Bool("quick", false, "a short run: fewer repeats, so more noise")
	readme := flags.Bool("readme", false, "write the table into README.md too")
	only := flags.String("only", "", "measure only these, by commas: "+names())
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	program, clean, err := findProgram(ctx)
	if err != nil {
		return err
	}
	defer clean()

	p := whole
	if *short {
		p = quick
	}
	if *readme {
		p.readme = "README.md"
	}
	return p.run(ctx, program, chosen, out)
}

func (p plan) run(ctx context.Context, program string, chosen []measurement, out io.Writer) error {
	b := &bench{plan: p, report: report{out: out}, program: program, cores: pick(), crowds: make(map[string]*crowd)}
	defer b.cores.pinSelf()()
	defer b.disbandAll()
	b.begin(time.Now().Format("2006-01-02 15:04"), machine(), b.cores.String()+otherLoad())
	for _, m := range chosen {
		m.measure(ctx, b)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for _, c := range b.comparisons {
		c.print(out)
	}
	if b.readme != "" {
		if err := b.writeInto(b.readme); err != nil {
			return err
		}
	}
	if n := b.failed(); n > 0 {
		return fmt.Errorf("%d figures could not be measured; the table says why", n)
	}
	return nil
}

func names() string {
	var all []string
	for _, m := range measurements {
		all = append(all, m.name)
	}
	return strings.Join(all, ", ")
}

func choose(only string) ([]measurement, error) {
	if only == "" {
		return measurements, nil
	}
	var chosen []measurement
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(measurements, func(m measurement) bool { return m.name == name })
		if i < 0 {
			return nil, fmt.Errorf("--only %s: there is no such measurement; there are %s", name, names())
		}
		chosen = append(chosen, measurements[i])
	}
	return chosen, nil
}

// findProgram returns the headless hub, and what removes it again if it was built for this.
func findProgram(ctx context.Context) (program string, clean func(), err error) {
	if program = os.Getenv("HEARTH_BIN"); program != "" {
		return program, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "hearth-bench-")
	if err != nil {
		return "", nil, err
	}
	clean = func() { os.RemoveAll(dir) }
	program = filepath.Join(dir, "hearth")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "./app")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		clean()
		return "", nil, fmt.Errorf("build ./app: %w\n%s", err, output)
	}
	return program, clean, nil
}

func machine() string {
	return fmt.Sprintf("%s, %d cores, %s/%s %s, %s", cmp.Or(processor(), "unknown processor"), runtime.NumCPU(),
		runtime.GOOS, runtime.GOARCH, kernel(), runtime.Version())
}
