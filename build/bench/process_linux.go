package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cores says who runs where; the zero value lets the system choose.
type cores struct{ hub, load []int }

// pick gives the hub one core and the load the others.
func pick() cores {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil || set.Count() < 2 {
		return cores{}
	}
	var all []int
	for i := 0; len(all) < set.Count(); i++ {
		if set.IsSet(i) {
			all = append(all, i)
		}
	}
	last := len(all) - 1
	return cores{hub: all[last:], load: all[:last]}
}

func (c cores) String() string {
	if len(c.hub) == 0 {
		return "hub and load share the cores"
	}
	return fmt.Sprintf("hub on core %s, load on core %s", list(c.hub), list(c.load))
}

func list(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ", ")
}

// otherLoad says how busy the computer is before we begin: what else runs spoils the figures.
func otherLoad() string {
	averages, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	minute, _, _ := strings.Cut(string(averages), " ")
	return "; load average before it began " + minute
}

// pinSelf moves this process to the load's cores, and back with what it returns.
func (c cores) pinSelf() (back func()) {
	if len(c.load) == 0 {
		return func() {}
	}
	pinThreads(c.load)
	before := runtime.GOMAXPROCS(len(c.load))
	return func() {
		runtime.GOMAXPROCS(before)
		pinThreads(append(c.load[:len(c.load):len(c.load)], c.hub...))
	}
}

// pinThreads pins every thread there is; those to come are born with the cores of the thread that makes them.
func pinThreads(on []int) {
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		if id, err := strconv.Atoi(task.Name()); err == nil {
			_ = unix.SchedSetaffinity(id, setOf(on)) // a thread that has ended meanwhile needs no core
		}
	}
}

// start starts a process on the hub's cores: a child is born with the cores of the thread that makes it.
func (c cores) start(cmd *exec.Cmd) error {
	if len(c.hub) == 0 {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.SchedSetaffinity(0, setOf(c.hub)); err != nil {
		return os.NewSyscallError("sched_setaffinity", err)
	}
	defer unix.SchedSetaffinity(0, setOf(c.load))
	return cmd.Start()
}

func setOf(on []int) *unix.CPUSet {
	set := new(unix.CPUSet)
	for _, core := range on {
		set.Set(core)
	}
	return set
}

// cpuTime returns the time that all threads of a process have run. Its clock counts nanoseconds where /proc/<pid>/stat
// counts hundredths of a second, of which an idle hub uses four in twenty seconds.
func cpuTime(pid int) (time.Duration, error) {
	const schedClock = 2 // CPUCLOCK_SCHED of the process, see clock_getcpuclockid(3)
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedClock), &ts); err != nil {
		return 0, os.NewSyscallError("clock_gettime", err)
	}
	return time.Duration(ts.Nano()), nil
}

func residentBytes(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kilobytes float64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		return 0, fmt.Errorf("read VmRSS of process %d: %w", pid, err)
	}
	return kilobytes * 1024, nil
}

// forgetFile lets the system forget what it knows of a file, which nobody may have open.
func forgetFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Sync(); err != nil { // what is not written yet is kept
		return err
	}
	return os.NewSyscallError("fadvise", unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED))
}

// withDescriptors lets a program open as many files as the system allows. Programs in Go see to that themselves.
func withDescriptors(cmd *exec.Cmd) *exec.Cmd {
	shell := exec.Command("sh", append([]string{"-c", `ulimit -n "$(ulimit -H -n)"; exec "$@"`, "sh"}, cmd.Args...)...)
	shell.Dir = cmd.Dir
	return shell
}

func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, " \t:"))
		}
	}
	return ""
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}
