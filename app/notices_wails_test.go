//go:build production && devtools && linux

package main

import (
	"os/exec"
	"strings"
	"testing"
)

// sessionBus starts a bus of the test's own. Its monitor prints what is asked of the desktop's notifications, though nobody is
// there to show them.
func sessionBus(t *testing.T) (address string, monitor *program) {
	t.Helper()
	lookup(t, "dbus-daemon")
	lookup(t, "dbus-monitor")
	d := newDesk(t)
	bus := d.begin(exec.Command("dbus-daemon", "--session", "--nofork", "--print-address"))
	address = bus.line()
	monitor = d.begin(exec.Command("dbus-monitor", "--address", address, "interface='org.freedesktop.Notifications'"))
	monitor.until("NameLost") // it listens from now on
	return address, monitor
}

func TestWindowTellsTheDesktopOfWhatIsUrgent(t *testing.T) {
	address, desktop := sessionBus(t)
	d := onDisplay(t, "DBUS_SESSION_BUS_ADDRESS="+address)
	o := d.open()
	o.becomes("shown")
	d.must("pub", "--priority", "3", "backups", "calm")
	d.must("pub", "--priority", "high", "--title", "Disk <b>", "backups", "nearly <i>full</i>\x1b")
	desktop.notice("Disk <b>", "nearly &lt;i&gt;full&lt;/i&gt;")

	o.ask("close")
	desktop.notice("Hearth keeps running", "Start it again to see the window")
	o.becomes("hidden")
	d.must("open")
	o.becomes("shown")
	o.ask("close") // said once
	o.becomes("hidden")
	d.must("pub", "--priority", "5", "backups", "on fire")
	desktop.notice("backups", "on fire")
}

// notice waits for the next notification and compares its title and how its text begins.
func (p *program) notice(title, text string) {
	p.t.Helper()
	p.until("member=Notify")
	var strs []string
	for len(strs) < 4 { // program, icon, title, text
		if _, s, ok := strings.Cut(p.line(), `string "`); ok {
			strs = append(strs, strings.TrimSuffix(s, `"`))
		}
	}
	if strs[2] != title || !strings.HasPrefix(strs[3], text) {
		p.t.Errorf("got the notification %q, %q; want %q, %q", strs[2], strs[3], title, text)
	}
}
