//go:build !windows

package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tools makes a PATH that holds only these programs, each a shell script.
func tools(t *testing.T, scripts map[string]string) {
	t.Helper()
	folder := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder)
	t.Setenv("CHROMIUM", "")
}

// knows is a dpkg-query that has these packages installed, and says of others what the real one says.
func knows(installed ...string) string {
	return `shift 3
for name; do
	case " ` + strings.Join(installed, " ") + ` " in
	*" $name "*) echo "$name installed" ;;
	*) echo "dpkg-query: no packages found matching $name" >&2; missing=1 ;;
	esac
done
exit ${missing:-0}`
}

func planOrFail(t *testing.T, wanted use, uid int) plan {
	t.Helper()
	p, err := planNeeds(context.Background(), wanted, uid)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func allPackages(wanted use) []string {
	var all []string
	for _, n := range needs {
		if n.uses&wanted != 0 {
			all = append(all, n.debian)
		}
	}
	return all
}

func TestFreshDebianGetsEveryPackageAsRoot(t *testing.T) {
	tools(t, map[string]string{"dpkg-query": knows()})
	p := planOrFail(t, forTests, 0)
	if want := allPackages(forTests); !slices.Equal(p.missing, want) {
		t.Fatalf("missing %v, want %v", p.missing, want)
	}
	var commands []string
	for _, c := range p.install {
		commands = append(commands, strings.Join(c.args, " "))
	}
	want := []string{
		"env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=120 update",
		"env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=120 install --no-install-recommends " + strings.Join(p.missing, " "),
		"sh -c service nginx stop; update-rc.d nginx disable; true",
	}
	if !slices.Equal(commands, want) {
		t.Errorf("install\n got %q\nwant %q", commands, want)
	}
}

func TestOnlyWhatIsMissingIsInstalled(t *testing.T) {
	present := slices.DeleteFunc(allPackages(forTests), func(name string) bool { return name == "xvfb" || name == "curl" })
	tools(t, map[string]string{"dpkg-query": knows(present...)})
	if got, want := planOrFail(t, forTests, 0).missing, []string{"xvfb", "curl"}; !slices.Equal(got, want) {
		t.Errorf("missing %v, want %v", got, want)
	}
}

func TestPackageThatWasRemovedButNotPurgedIsMissing(t *testing.T) {
	tools(t, map[string]string{"dpkg-query": `shift 3; for name; do echo "$name config-files"; done`})
	if got := planOrFail(t, forWindow, 0).missing; !slices.Equal(got, allPackages(forWindow)) {
		t.Errorf("missing %v, want all of the window's", got)
	}
}

func TestNothingToDoNeedsNoRoot(t *testing.T) {
	tools(t, map[string]string{"dpkg-query": knows(allPackages(forTests | forWindow)...)})
	note, err := installNeeds(context.Background(), forTests|forWindow, 1000, t.Output())
	if err != nil || note != "all there" {
		t.Errorf("got %q, %v", note, err)
	}
}

func TestWithoutRootTheCommandIsSaid(t *testing.T) {
	present := slices.DeleteFunc(allPackages(forTests), func(name string) bool { return name == "chromium" })
	tools(t, map[string]string{"dpkg-query": knows(present...), "sudo": "exit 1"})
	_, err := installNeeds(context.Background(), forTests, 1000, t.Output())
	if err == nil || !strings.Contains(err.Error(), "sudo apt-get install --no-install-recommends chromium") {
		t.Errorf("got %v, want the command to type", err)
	}
}

func TestSudoWithoutPasswordInstalls(t *testing.T) {
	said := filepath.Join(t.TempDir(), "said")
	tools(t, map[string]string{"dpkg-query": knows(), "sudo": `printf '%s\n' "$*" >>` + said})
	if _, err := installNeeds(context.Background(), forWindow, 1000, t.Output()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(said)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(got)), "\n")
	if len(lines) != 3 || lines[0] != "-n true" || !strings.HasSuffix(lines[2], strings.Join(allPackages(forWindow), " ")) {
		t.Errorf("sudo was asked %q; want a trial, the update and the installation", lines)
	}
}

func TestFailedInstallationSaysWhatToType(t *testing.T) {
	tools(t, map[string]string{"dpkg-query": knows(), "env": "echo no network; exit 100"})
	_, err := installNeeds(context.Background(), forWindow, 0, t.Output())
	if err == nil || !strings.Contains(err.Error(), "sudo apt-get install") {
		t.Errorf("got %v, want the command to type", err)
	}
}

func TestOtherDistributionsAreToldTheLibraries(t *testing.T) {
	tools(t, map[string]string{"gcc": "", "pkg-config": `[ "$2" = gtk+-3.0 ]`})
	p := planOrFail(t, forWindow, 0)
	if len(p.missing) != 1 || !strings.Contains(p.advice, "WebKitGTK 4.1") || p.install != nil {
		t.Errorf("got %+v, want advice about WebKitGTK alone", p)
	}
}

func TestNamedBrowserNeedsNoPackage(t *testing.T) {
	tools(t, map[string]string{"dpkg-query": knows()})
	t.Setenv("CHROMIUM", "/opt/browser")
	if got := planOrFail(t, forTests, 0).missing; slices.Contains(got, "chromium") {
		t.Errorf("missing %v, want no chromium", got)
	}
}
