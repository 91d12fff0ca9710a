package lan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/backend/lan"
)

// shared is a hub that nobody has come to, on a computer in a network.
func shared(name, address string) lan.Situation {
	return lan.Situation{Shared: true, Port: 7420, Addresses: []lan.Address{{Address: address, Interface: name, Kind: lan.Local, Best: true}}}
}

// situations are computers on which nobody comes in, and what is to be said of each: a level, a code and what mends it.
var situations = []struct {
	name     string
	os       string
	files    map[string]string
	programs map[string]string
	at       lan.Situation
	want     []string // "level code", in this order
	mends    string   // within the command of the first
}{
	{
		name: "nothing in the way", os: "linux", at: shared("wlan0", "192.168.1.5"),
		files: map[string]string{"/proc/net/wireless": "Inter-| sta-|\n wlan0: 0000\n"},
		want:  []string{"note client_isolation"}, mends: "nmcli device wifi hotspot",
	},
	{
		name: "not shared", os: "linux", at: lan.Situation{Addresses: shared("eth0", "192.168.1.5").Addresses},
		want: []string{"note not_shared"}, mends: "hearth serve --lan",
	},
	{
		name: "no network", os: "linux", at: lan.Situation{Shared: true},
		want: []string{"warn no_address"},
	},
	{
		name: "a VPN and nothing else", os: "linux",
		at:   lan.Situation{Shared: true, Addresses: []lan.Address{{Address: "10.8.0.2", Interface: "wg0", Kind: lan.VPN}}},
		want: []string{"warn only_virtual"},
	},
	{
		name: "docker", os: "linux", at: shared("eth0", "172.17.0.2"), files: map[string]string{"/.dockerenv": ""},
		want: []string{"warn container", "note client_isolation"}, mends: "docker run --publish 7420:7420 …",
	},
	{
		name: "podman", os: "linux", at: shared("eth0", "10.88.0.2"), files: map[string]string{"/run/.containerenv": `engine="podman-4.3"`},
		want: []string{"warn container", "note client_isolation"}, mends: "podman run --publish 7420:7420 …",
	},
	{
		name: "LXC, which may be in the network", os: "linux", at: shared("eth0", "192.168.1.40"), files: map[string]string{"/run/systemd/container": "lxc\n"},
		want: []string{"note container", "note client_isolation"},
	},
	{
		name: "WSL", os: "linux", at: shared("eth0", "172.29.1.7"), files: map[string]string{"/proc/sys/kernel/osrelease": "5.15.153.1-microsoft-standard-WSL2\n"},
		want: []string{"warn wsl_nat", "note client_isolation"}, mends: "netsh interface portproxy add v4tov4 listenport=7420 connectaddress=172.29.1.7 connectport=7420",
	},
	{
		name: "WSL in the network of Windows", os: "linux", at: shared("eth0", "192.168.1.5"),
		files:    map[string]string{"/proc/sys/kernel/osrelease": "6.6.36-microsoft-standard-WSL2\n"},
		programs: map[string]string{"wslinfo --networking-mode": "mirrored\r\n"},
		want:     []string{"note wsl_mirrored", "note client_isolation"}, mends: "New-NetFirewallHyperVRule",
	},
	{
		name: "VirtualBox behind its host", os: "linux", at: shared("enp0s3", "10.0.2.15"), files: dmi("innotek GmbH", "VirtualBox"),
		want: []string{"warn vm_nat", "note client_isolation"}, mends: `natpf1 "hearth,tcp,,7420,,7420"`,
	},
	{
		name: "VirtualBox in the network", os: "linux", at: shared("enp0s3", "192.168.1.5"), files: dmi("innotek GmbH", "VirtualBox"),
		want: []string{"note client_isolation"},
	},
	{
		name: "libvirt's own network", os: "linux", at: shared("enp1s0", "192.168.122.30"), files: dmi("QEMU", "Standard PC (Q35 + ICH9, 2009)"),
		want: []string{"warn vm_nat", "note client_isolation"},
	},
	{
		name: "VMware, whose networks have no address of their own", os: "linux", at: shared("ens33", "192.168.81.128"), files: dmi("VMware, Inc.", "VMware Virtual Platform"),
		want: []string{"note vm_address", "note client_isolation"},
	},
	{
		name: "macOS lets it in", os: "darwin", at: shared("en0", "192.168.1.5"),
		programs: mac("14.6.1", "Firewall is enabled. (State = 1)", "Block all INCOMING connections is set to disabled.", "Incoming connection to the application is permitted"),
		want:     []string{"note client_isolation", "ok firewall_macos"},
	},
	{
		name: "macOS blocks it", os: "darwin", at: shared("en0", "192.168.1.5"),
		programs: mac("15.1", "Firewall is enabled. (State = 1)", "Firewall has block all state set to disabled.", "Incoming connection to the application is blocked"),
		want:     []string{"warn firewall_macos", "note local_network_macos", "note client_isolation"}, mends: `--unblockapp '/opt/hearth'\''s/hearth'`,
	},
	{
		name: "macOS blocks all", os: "darwin", at: shared("en0", "192.168.1.5"),
		programs: mac("26.0", "Firewall is enabled. (State = 1)", "Firewall has block all state set to enabled.", ""),
		want:     []string{"warn firewall_macos_blocks_all", "note local_network_macos", "note client_isolation"}, mends: "--setblockall off",
	},
	{
		name: "macOS without a firewall", os: "darwin", at: shared("en0", "192.168.1.5"),
		programs: mac("13.0", "Firewall is disabled. (State = 0)", "", ""),
		want:     []string{"note client_isolation", "ok firewall_macos"},
	},
	{
		name: "macOS without a rule for it", os: "darwin", at: shared("en0", "192.168.1.5"),
		programs: mac("13.0", "Firewall is enabled. (State = 1)", "Firewall has block all state set to disabled.", "The application is not part of the firewall"),
		want:     []string{"note firewall_macos", "note client_isolation"},
	},
}

func dmi(vendor, product string) map[string]string {
	return map[string]string{"/sys/class/dmi/id/sys_vendor": vendor + "\n", "/sys/class/dmi/id/product_name": product + "\n"}
}

func mac(version, state, all, app string) map[string]string {
	const socketfilter = "/usr/libexec/ApplicationFirewall/socketfilterfw "
	return map[string]string{
		"sw_vers -productVersion":                             version + "\n",
		socketfilter + "--getglobalstate":                     state + "\n",
		socketfilter + "--getblockall":                        all + "\n",
		socketfilter + "--getappblocked /opt/hearth's/hearth": app + "\n",
	}
}

func TestEachCauseIsFoundWithTheCommandThatMendsIt(t *testing.T) {
	for _, c := range situations {
		t.Run(c.name, func(t *testing.T) {
			checkFindings(t, lan.DiagnoseOn(t.Context(), c.os, c.files, c.programs, c.at), c.want, c.mends)
		})
	}
}

func checkFindings(t *testing.T, findings []lan.Finding, want []string, mends string) {
	t.Helper()
	var got []string
	for _, f := range findings {
		got = append(got, f.Level+" "+f.Code)
		if !strings.HasSuffix(f.Text, ".") || f.Level == lan.LevelOK && f.Command != "" {
			t.Errorf("%s: got text %q and command %q", f.Code, f.Text, f.Command)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if mends != "" && !strings.Contains(findings[0].Command, mends) {
		t.Errorf("got the command %q, want %q in it", findings[0].Command, mends)
	}
}

func TestWhereSomebodyCameOnlyTheFirewallIsSpokenOf(t *testing.T) {
	for _, c := range situations {
		c.at.Visited = true
		for _, f := range lan.DiagnoseOn(t.Context(), c.os, c.files, c.programs, c.at) {
			if slices.Contains([]string{"client_isolation", "container", "wsl_nat", "wsl_mirrored", "vm_nat", "vm_address", "local_network_macos"}, f.Code) {
				t.Errorf("%s: got %s although somebody came", c.name, f.Code)
			}
		}
	}
}

// On this computer nothing is known beforehand, but that the look at it ends and finds words.
func TestADiagnosisOfThisComputerEnds(t *testing.T) {
	addresses, err := lan.Addresses()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	findings := lan.Diagnose(t.Context(), lan.Situation{Addresses: addresses})
	if len(findings) == 0 || !slices.ContainsFunc(findings, func(f lan.Finding) bool { return f.Code == "not_shared" }) {
		t.Errorf("got %+v after %s, want at least that the hub is not shared", findings, time.Since(began))
	}
}
