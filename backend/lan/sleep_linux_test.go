package lan_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hearth/backend/fault"
	"hearth/backend/lan"
)

// busPatience is how long a test waits for what must come.
const busPatience = 20 * time.Second

// systemd is a stand-in for the part of it that puts a computer to sleep, on a bus of its own.
type systemd struct {
	t     *testing.T
	bus   *dbus.Conn
	locks chan *sleepLock // those that were taken, one after the other
}

// sleepLock is a lock as systemd sees it.
type sleepLock struct {
	what, who, why, mode string
	file                 string
}

// newSystemd makes this test's system bus and systemd on it. Without the bus' program the test is skipped.
func newSystemd(t *testing.T) *systemd {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("there is no dbus-daemon here")
	}
	cmd := exec.Command(daemon, "--session", "--nofork", "--nopidfile", "--print-address=1", "--address=unix:path="+t.TempDir()+"/bus")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Skipf("dbus-daemon does not start here: %v", err)
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", strings.TrimSpace(address))
	s := &systemd{t: t, locks: make(chan *sleepLock, 8)}
	if s.bus, err = dbus.ConnectSystemBus(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.bus.Close() })
	if err := s.bus.Export(s, "/org/freedesktop/login1", "org.freedesktop.login1.Manager"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.bus.RequestName("org.freedesktop.login1", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return s
}

// Inhibit gives a lock out. What it is of is of no matter, only who has it open.
func (s *systemd) Inhibit(what, who, why, mode string) (dbus.UnixFD, *dbus.Error) {
	file, err := os.CreateTemp(s.t.TempDir(), "lock")
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	s.t.Cleanup(func() { file.Close() })
	fd := dbus.UnixFD(file.Fd())
	s.locks <- &sleepLock{what, who, why, mode, file.Name()}
	return fd, nil
}

// held reports whether anything in this process but the stand-in has the lock.
func (l *sleepLock) held() bool {
	links, _ := filepath.Glob("/proc/self/fd/*")
	open := 0
	for _, link := range links {
		if file, err := os.Readlink(link); err == nil && file == l.file {
			open++
		}
	}
	return open > 1
}

// sleep says that sleep begins, or that it has ended.
func (s *systemd) sleep(begins bool) {
	s.t.Helper()
	if err := s.bus.Emit("/org/freedesktop/login1", "org.freedesktop.login1.Manager.PrepareForSleep", begins); err != nil {
		s.t.Fatal(err)
	}
}

// eventually waits until check holds.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(busPatience); !check(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// next waits for something to arrive.
func next[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(busPatience):
		t.Fatalf("waited in vain: %s", what)
		panic("unreachable")
	}
}

func TestAComputerIsKeptAwakeUntilItIsReleased(t *testing.T) {
	s := newSystemd(t)
	release, how, err := lan.KeepAwake("people are connected")
	if err != nil || how != "systemd-inhibit" {
		t.Fatalf("got %q, %v", how, err)
	}
	lock := next(t, "a lock", s.locks)
	if lock.what != "sleep" || lock.who != "Hearth" || lock.why != "people are connected" || lock.mode != "block" || !lock.held() {
		t.Errorf("got %+v, held %v; want one that blocks sleep and nothing else", lock, lock.held())
	}
	release()
	release() // a second time does no harm
	if lock.held() {
		t.Error("the lock is held after its release")
	}
}

func TestWithoutSystemdItSaysWhyTheComputerIsNotKeptAwake(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+t.TempDir()+"/nobody")
	wantNoLoginService(t)
	if err := lan.WatchSleep(t.Context(), func() {}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want errors.ErrUnsupported", err)
	}
}

// wantNoLoginService wants KeepAwake to say so to people, and the cause to the log alone.
func wantNoLoginService(t *testing.T) {
	t.Helper()
	release, how, err := lan.KeepAwake("people are connected")
	var f *fault.Error
	if !errors.As(err, &f) || release != nil || how != "" {
		t.Fatalf("got %q, %v", how, err)
	}
	if want := "this system has no login service that could keep it awake"; f.Message != want || f.Err == nil {
		t.Errorf("people are told %q because of %v, want %q", f.Message, f.Err, want)
	}
}

// A container has a bus at times, and nobody on it that puts it to sleep.
func TestABusWithoutSystemdIsNoLoginService(t *testing.T) {
	s := newSystemd(t)
	if _, err := s.bus.ReleaseName("org.freedesktop.login1"); err != nil {
		t.Fatal(err)
	}
	wantNoLoginService(t)
}

func TestSleepWaitsForTheGoodbyeEachTime(t *testing.T) {
	s := newSystemd(t)
	ctx, stop := context.WithCancel(t.Context())
	began, goodbye, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { // ended tells
		ended <- lan.WatchSleep(ctx, func() { began <- struct{}{}; <-goodbye })
	}()
	for range 2 {
		lock := next(t, "a lock", s.locks)
		if lock.what != "sleep" || lock.mode != "delay" {
			t.Errorf("got %+v, want one that delays sleep", lock)
		}
		eventually(t, "the lock is held", lock.held)
		s.sleep(true)
		next(t, "the goodbye", began)
		if !lock.held() {
			t.Error("sleep may begin before the goodbye is said")
		}
		goodbye <- struct{}{}
		eventually(t, "the lock is let go", func() bool { return !lock.held() })
		s.sleep(false)
	}
	last := next(t, "a lock after the second sleep", s.locks)
	eventually(t, "it is held", last.held)
	stop()
	if err := next(t, "the end", ended); err != nil {
		t.Errorf("got %v at the end", err)
	}
	eventually(t, "the last lock is let go", func() bool { return !last.held() })
}
