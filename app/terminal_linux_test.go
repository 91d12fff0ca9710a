package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/piglig/go-qr"
	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal: what the program writes to inner can be read from outer.
func terminal(t *testing.T) (outer, inner *os.File) {
	t.Helper()
	outer, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { outer.Close() })
	number, err := unix.IoctlGetInt(int(outer.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(outer.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(outer.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 12, Col: 60}); err != nil {
		t.Fatal(err)
	}
	inner, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return outer, inner
}

// onTerminal starts cmd with a terminal as its standard output and returns what comes out of it.
func onTerminal(t *testing.T, cmd *exec.Cmd) *bufio.Reader {
	t.Helper()
	outer, inner := terminal(t)
	cmd.Stdout, cmd.Stderr = inner, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	inner.Close() // so that reading ends when the program does
	stop := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() { stop.Stop(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return bufio.NewReader(outer)
}

func TestTheOwnerLinkGoesToATerminalAlone(t *testing.T) {
	d := newDesk(t)
	out := onTerminal(t, d.command("serve", "--listen", "127.0.0.1:0"))
	address, err := out.ReadString('\n')
	if err != nil || !strings.HasPrefix(address, "Hearth is at http://") {
		t.Fatalf("got %q, %v", address, err)
	}
	link, err := out.ReadString('\n')
	if err != nil || !strings.Contains(link, "/host?t=") {
		t.Fatalf("got %q, %v; want an owner link", link, err)
	}

	piped := newDesk(t)
	hub := piped.serve()
	piped.must("quit")
	hub.wait()
	for line := range hub.lines {
		t.Errorf("into a pipe it printed %q too", line)
	}
}

func TestWhatLetsPeopleInGoesToATerminalAlone(t *testing.T) {
	d := newDesk(t)
	out := onTerminal(t, d.command("serve", "--lan", "--pin", "482913", "--listen", "127.0.0.1:0"))
	var code []string
	link := ""
	for {
		line, err := out.ReadString('\n')
		line = strings.TrimSuffix(line, "\r\n")
		if err != nil {
			t.Fatalf("it ended with %q, %v before it named the PIN", line, err)
		}
		if strings.HasPrefix(line, qrColors) {
			code = append(code, line)
		}
		if _, after, ok := strings.Cut(line, "lets people in: "); ok {
			link = after
		}
		if strings.HasSuffix(line, "the PIN 482 913") {
			break
		}
	}
	if link != "" { // else this computer is on no network
		cells := len([]rune(strings.TrimSuffix(strings.TrimPrefix(code[0], qrColors), plain)))
		if got, err := go_qr.Decode(picture(t, code, cells, 6)); err != nil || got != link || !strings.Contains(link, "/#j=") {
			t.Errorf("the code says %q, %v; want %q", got, err, link)
		}
	}

	piped := newDesk(t)
	hub := piped.serve("--lan", "--pin", "482913")
	if line := hub.line(); !strings.HasPrefix(line, "Shared") || strings.Contains(line, "#j=") {
		t.Errorf("into a pipe it printed %q", line)
	}
	piped.must("quit")
	hub.wait()
	for line := range hub.lines {
		t.Errorf("into a pipe it printed %q too", line)
	}
	log, err := os.ReadFile(filepath.Join(piped.data(), "hearth.log"))
	if err != nil || strings.Contains(string(log), "#j=") || strings.Contains(string(log), "482913") {
		t.Errorf("the log has what lets people in: %v\n%s", err, log)
	}
}

func TestMonitorDrawsOverItselfOnATerminal(t *testing.T) {
	d := newDesk(t)
	d.serve()
	out := onTerminal(t, d.command("monitor"))
	frames := make(chan string)
	go func() { // ends with the terminal, or the test
		for {
			frame, err := out.ReadString('J') // the end of the sequence that clears what was drawn
			if err != nil {
				close(frames)
				return
			}
			select {
			case frames <- frame:
			case <-t.Context().Done():
				return
			}
		}
	}()
	for drawn := 0; drawn < 3; {
		frame, ok := <-frames
		if !ok {
			t.Fatal("the monitor ended")
		}
		if !strings.Contains(frame, "cpu ") {
			continue
		}
		drawn++
		lines := strings.Split(strings.TrimSuffix(frame, "\r\n"), "\n")
		if len(lines) > 12 {
			t.Errorf("drew %d lines on a terminal of 12", len(lines))
		}
		if want := fmt.Sprintf("\x1b[%dA", len(lines)-1); !strings.Contains(lines[len(lines)-1], want) {
			t.Errorf("got %q after %d lines, want to go up by as many", lines[len(lines)-1], len(lines)-1)
		}
		for _, line := range lines {
			if n := len([]rune(strings.TrimRight(line, "\r"))); n > 60 && !strings.Contains(line, "\x1b") {
				t.Errorf("%q has %d cells on a terminal of 60", line, n)
			}
		}
	}
}
