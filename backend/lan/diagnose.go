package lan

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// Situation is what a diagnosis starts from.
type Situation struct {
	Shared    bool      // the hub listens on all addresses of this computer
	Port      int       // the one it listens on; 0 = StandardPort
	Addresses []Address // as Rank sorts them
	Visited   bool      // somebody from another address has reached the hub
}

// StandardPort is the port of a hub that was told no other.
const StandardPort = 7420

// Bounds of a diagnosis, and of each program that it asks. The slowest is Windows' PowerShell, which takes a second or two.
const (
	diagnoseTime = 4 * time.Second
	askTime      = 3 * time.Second
)

// Diagnose looks for what keeps other devices from reaching the hub: the place it runs in, the firewall, the network. It
// returns the likeliest cause first, and at the end, with LevelOK, what was looked at and is no cause. It needs no rights that
// the hub does not have and changes nothing; what it may not see it does not speak of. It takes up to four seconds.
func Diagnose(ctx context.Context, s Situation) []Finding {
	return thisMachine().diagnose(ctx, s)
}

// machine is a computer as a diagnosis sees it; tests make up others.
type machine struct {
	os   string // as runtime.GOOS
	exe  string // this program
	env  func(name string) string
	read func(path string) ([]byte, error)
	run  func(ctx context.Context, name string, args ...string) ([]byte, error) // its standard output
}

func thisMachine() machine {
	exe, err := os.Executable()
	if err != nil {
		exe = "hearth" // a command that names it is nearly right
	}
	return machine{os: runtime.GOOS, exe: exe, env: os.Getenv, read: os.ReadFile, run: ask}
}

// ask runs a program that answers and ends.
func ask(ctx context.Context, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second // what it started may keep its output open
	hideWindow(cmd)
	return cmd.Output()
}

func (m machine) diagnose(ctx context.Context, s Situation) []Finding {
	ctx, cancel := context.WithTimeout(ctx, diagnoseTime)
	defer cancel()
	s.Port = cmp.Or(s.Port, StandardPort)
	found := s.reach()
	switch m.os {
	case "linux":
		found = append(found, m.place(ctx, s)...)
		found = append(found, m.linuxFirewalls(ctx, s)...)
	case "windows":
		found = append(found, m.windowsFirewall(ctx, s)...)
	case "darwin":
		found = append(found, m.macFirewall(ctx, s)...)
		found = append(found, m.localNetwork(ctx, s)...)
	}
	found = append(found, m.isolation(s)...)
	return byWeight(found)
}

// best is the address that the QR code leads to; its zero value when there is none.
func (s Situation) best() Address {
	if len(s.Addresses) == 0 {
		return Address{}
	}
	return s.Addresses[0]
}

// reach tells of what needs no look at the system.
func (s Situation) reach() []Finding {
	var found []Finding
	if !s.Shared {
		found = append(found, Finding{
			Code: "not_shared", Level: LevelNote, Command: "hearth serve --lan",
			Text: "The hub is not shared: it answers this computer alone.",
		})
	}
	best := s.best()
	switch best.Kind {
	case "":
		found = append(found, Finding{
			Code: "no_address", Level: LevelWarn,
			Text: "This computer has no address that another device could reach; connect it to the network.",
		})
	case Virtual, VPN, Container:
		found = append(found, Finding{
			Code: "only_virtual", Level: LevelWarn, Args: map[string]any{"interface": best.Interface, "kind": best.Kind},
			Text: "This computer is on no network but " + map[Kind]string{
				Virtual: "one among virtual machines", VPN: "a VPN", Container: "one among containers",
			}[best.Kind] + " (" + best.Interface + "); connect it to the network that the others are in.",
		})
	}
	return found
}
