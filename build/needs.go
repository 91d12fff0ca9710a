package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// use is what a system package is wanted for; several can be joined with |.
type use int

const (
	forWindow use = 1 << iota // building and opening the window
	forTests                  // the whole of `test`
)

// need is one thing that Linux must have beside Go and Node.
type need struct {
	debian string // its package in Debian and what descends from it
	uses   use
	probe  string // how to see it where there is no dpkg: a program, or a library as pkg-config names it
	advice string // what to look for in other distributions
}

// needs is the one list. It is complete for Debian 12 with --no-install-recommends, down to what others only recommend
// (gcc without libc6-dev compiles nothing, xvfb without xauth is fine because it is started without a key).
var needs = []need{
	{"gcc", forWindow | forTests, "gcc", "a C compiler"},
	{"libc6-dev", forWindow | forTests, "", ""},
	{"pkg-config", forWindow | forTests, "pkg-config", "pkg-config (pkgconf)"},
	{"libgtk-3-dev", forWindow | forTests, "lib:gtk+-3.0", "GTK 3 with headers (Fedora: gtk3-devel, Arch: gtk3)"},
	{"libwebkit2gtk-4.1-dev", forWindow | forTests, "lib:webkit2gtk-4.1", "WebKitGTK 4.1 with headers (Fedora: webkit2gtk4.1-devel, Arch: webkit2gtk-4.1)"},
	{"libx11-dev", forTests, "lib:x11", "X11 with headers (Fedora: libX11-devel, Arch: libx11)"},
	{"dbus", forTests, "dbus-daemon", "D-Bus"},
	{"xvfb", forTests, "Xvfb", "Xvfb (Fedora: xorg-x11-server-Xvfb, Arch: xorg-server-xvfb)"},
	{"chromium", forTests, "chromium", "Chromium"},
	{"curl", forTests, "curl", "curl"},
	{"strace", forTests, "strace", "strace"},
	{"python3", forTests, "python3", "Python 3"},
	{"python3-websockets", forTests, "", "Python's websockets"},
	{"iproute2", forTests, "ip", "iproute2"},
	{"zbar-tools", forTests, "zbarimg", "zbarimg (Fedora, Arch: zbar)"},
	{"nginx-light", forTests, "nginx", "nginx"},
}

// unwanted are services that packages start by themselves: the tests run the programs as they need them.
var unwanted = map[string]string{"nginx-light": "nginx"}

// wanted leaves the browser out when the environment names one.
func (n need) wanted(uses use) bool {
	return n.uses&uses != 0 && (n.debian != "chromium" || os.Getenv("CHROMIUM") == "")
}

// plan is what is to be done about the needs of a use.
type plan struct {
	missing []string // packages of Debian, or advice where there is no dpkg
	install []call   // commands that bring what is missing; none when this user may not
	advice  string   // what to do where install is empty
}

// planNeeds looks what is missing on this system. It finds dpkg-query, apt-get and sudo in PATH and changes nothing.
func planNeeds(ctx context.Context, wanted use, uid int) (plan, error) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		return planElsewhere(ctx, wanted), nil
	}
	var packages []string
	for _, n := range needs {
		if n.wanted(wanted) {
			packages = append(packages, n.debian)
		}
	}
	missing, err := missingPackages(ctx, packages)
	if err != nil || len(missing) == 0 {
		return plan{}, err
	}
	p := plan{
		missing: missing,
		advice:  "install them: sudo apt-get install --no-install-recommends " + strings.Join(missing, " "),
	}
	if prefix, may := rootPrefix(ctx, uid); may {
		p.install = aptCalls(prefix, missing)
	}
	return p, nil
}

// missingPackages asks dpkg-query, which exits with 1 when it knows nothing about one of the names.
func missingPackages(ctx context.Context, packages []string) ([]string, error) {
	query := call{args: append([]string{"dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"}, packages...)}
	listed, err := query.output(ctx)
	if ctx.Err() != nil {
		return nil, err
	}
	installed := map[string]bool{}
	for line := range strings.Lines(listed) {
		if name, state, _ := strings.Cut(strings.TrimSpace(line), " "); state == "installed" {
			installed[name] = true
		}
	}
	var missing []string
	for _, name := range packages {
		if !installed[name] {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// rootPrefix is what a command is to begin with to be run as root, if that can be had without a question.
func rootPrefix(ctx context.Context, uid int) ([]string, bool) {
	if uid == 0 {
		return nil, true
	}
	if err := (call{args: []string{"sudo", "-n", "true"}}).run(ctx, io.Discard); err != nil {
		return nil, false
	}
	return []string{"sudo", "-n"}, true
}

func aptCalls(prefix, packages []string) []call {
	// Another apt may be at work, such as the updates of a fresh machine: wait for it rather than fail.
	apt := append(append([]string(nil), prefix...), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-o", "DPkg::Lock::Timeout=120")
	with := func(more ...string) call { return call{args: append(append([]string(nil), apt...), more...)} }
	calls := []call{
		with("update"),
		with(append([]string{"install", "--no-install-recommends"}, packages...)...),
	}
	for _, name := range packages {
		if service := unwanted[name]; service != "" {
			stop := "service " + service + " stop; update-rc.d " + service + " disable; true" // it may not run, or there is no init
			calls = append(calls, call{args: append(append([]string(nil), prefix...), "sh", "-c", stop)})
		}
	}
	return calls
}

// planElsewhere tells what to look for where dpkg is not the way to install it.
func planElsewhere(ctx context.Context, wanted use) plan {
	var p plan
	for _, n := range needs {
		if n.wanted(wanted) && n.advice != "" && !there(ctx, n.probe) {
			p.missing = append(p.missing, n.advice)
		}
	}
	if len(p.missing) > 0 {
		p.advice = "install with this system's package manager: " + strings.Join(p.missing, ", ")
	}
	return p
}

func there(ctx context.Context, probe string) bool {
	if library, ok := strings.CutPrefix(probe, "lib:"); ok {
		return call{args: []string{"pkg-config", "--exists", library}}.run(ctx, io.Discard) == nil
	}
	_, err := exec.LookPath(probe)
	return probe == "" || err == nil
}

// installNeeds brings what is missing for a use, or says in its error what is to be installed by hand.
func installNeeds(ctx context.Context, wanted use, uid int, out io.Writer) (note string, err error) {
	p, err := planNeeds(ctx, wanted, uid)
	if err != nil {
		return "", err
	}
	if len(p.missing) == 0 {
		return "all there", nil
	}
	if len(p.install) == 0 {
		return "", fmt.Errorf("missing: %s\n%s", strings.Join(p.missing, ", "), p.advice)
	}
	for _, c := range p.install {
		if err := c.run(ctx, out); err != nil {
			return "", fmt.Errorf("%w\n%s", err, p.advice)
		}
	}
	return "installed " + strings.Join(p.missing, " "), nil
}
