package lan

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
)

// place tells of a hub inside something whose network the others do not see: a container, WSL, a virtual machine.
func (m machine) place(ctx context.Context, s Situation) []Finding {
	if s.Visited {
		return nil
	}
	if release, err := m.read("/proc/sys/kernel/osrelease"); err == nil && strings.Contains(strings.ToLower(string(release)), "microsoft") {
		return []Finding{m.wsl(ctx, s)}
	}
	if engine := m.container(); engine != "" {
		return []Finding{containerFinding(engine, s.Port)}
	}
	return m.virtualMachine(s)
}

// container returns what runs the container that this is, or "" outside one.
func (m machine) container() string {
	if m.env("KUBERNETES_SERVICE_HOST") != "" {
		return "kubernetes"
	}
	if _, err := m.read("/run/.containerenv"); err == nil {
		return "podman"
	}
	if _, err := m.read("/.dockerenv"); err == nil {
		return "docker"
	}
	named, _ := m.read("/run/systemd/container") // missing outside one
	if engine := strings.TrimSpace(string(named)); engine != "" {
		return engine
	}
	return m.env("container")
}

func containerFinding(engine string, port int) Finding {
	f := Finding{
		Code: "container", Level: LevelWarn, Args: map[string]any{"engine": engine, "port": port},
		Text: fmt.Sprintf("The hub runs in a container (%s), whose addresses only its host knows; publish port %d and let people use the address of the host.", engine, port),
	}
	switch engine {
	case "docker", "podman":
		f.Command = fmt.Sprintf("%s run --publish %d:%[2]d …", engine, port)
	case "kubernetes":
		f.Command = fmt.Sprintf("kubectl port-forward --address 0.0.0.0 pod/POD %d:%[1]d", port)
	default: // often with an address of the network
		f.Level = LevelNote
		f.Text = fmt.Sprintf("The hub runs in a container (%s); if its address is not one of your network, forward port %d of the host to it.", engine, port)
	}
	return f
}

// wsl tells of the two ways in which Windows connects the Linux in it. Both commands are for a PowerShell of an administrator.
func (m machine) wsl(ctx context.Context, s Situation) Finding {
	mode, _ := m.run(ctx, "wslinfo", "--networking-mode") // older ones have no such program, and only the first way
	if strings.TrimSpace(string(mode)) == "mirrored" {
		return Finding{
			Code: "wsl_mirrored", Level: LevelNote, Args: map[string]any{"port": s.Port},
			Text:    "The hub runs in WSL, and Windows' firewall must let it through; run this in a PowerShell of an administrator.",
			Command: fmt.Sprintf("New-NetFirewallHyperVRule -Name Hearth -DisplayName Hearth -Direction Inbound -VMCreatorId '{40E0AC32-46A5-438A-A0B2-2B479E8F2E90}' -Protocol TCP -LocalPorts %d", s.Port),
		}
	}
	address := s.best().Address
	return Finding{
		Code: "wsl_nat", Level: LevelWarn, Args: map[string]any{"address": address, "port": s.Port},
		Text: fmt.Sprintf("The hub runs in WSL, and only Windows on this computer knows its address %s; run this in a PowerShell of an administrator, and let people use the address of Windows.", address),
		Command: fmt.Sprintf("netsh interface portproxy add v4tov4 listenport=%d connectaddress=%s connectport=%[1]d; "+
			"New-NetFirewallRule -DisplayName Hearth -Direction Inbound -Action Allow -Protocol TCP -LocalPort %[1]d", s.Port, address),
	}
}

// hypervisors that run on desktops, by a word of their machines' vendor and product, with the network that they put between a
// machine and that of the host unless told otherwise; without a prefix it has none that can be told.
var hypervisors = []struct {
	word, product string
	inner         netip.Prefix
}{
	{"VirtualBox", "VirtualBox", netip.MustParsePrefix("10.0.2.0/24")},
	{"VMware", "VMware", netip.Prefix{}},
	{"Parallels", "Parallels", netip.MustParsePrefix("10.211.55.0/24")},
	{"Microsoft Corporation Virtual Machine", "Hyper-V", netip.Prefix{}},
	{"QEMU", "QEMU", netip.MustParsePrefix("10.0.2.0/24")},
	{"QEMU", "libvirt", netip.MustParsePrefix("192.168.122.0/24")},
	{"Apple", "UTM", netip.MustParsePrefix("192.168.64.0/24")},
}

func (m machine) virtualMachine(s Situation) []Finding {
	addr, err := netip.ParseAddr(s.best().Address)
	if err != nil || !addr.IsPrivate() {
		return nil
	}
	vendor, _ := m.read("/sys/class/dmi/id/sys_vendor") // missing on many boards
	product, _ := m.read("/sys/class/dmi/id/product_name")
	is := strings.TrimSpace(string(vendor)) + " " + strings.TrimSpace(string(product))
	for _, h := range hypervisors {
		switch {
		case !strings.Contains(is, h.word):
		case h.inner.Contains(addr):
			return []Finding{innerAddress(h.product, addr, s.Port)}
		case !h.inner.IsValid():
			return []Finding{{
				Code: "vm_address", Level: LevelNote, Args: map[string]any{"product": h.product, "address": addr.String()},
				Text: fmt.Sprintf("This is a virtual machine (%s); if %s is not an address of your network, set its network adapter to bridged.", h.product, addr),
			}}
		}
	}
	return nil
}

func innerAddress(product string, addr netip.Addr, port int) Finding {
	f := Finding{
		Code: "vm_nat", Level: LevelWarn, Args: map[string]any{"product": product, "address": addr.String()},
		Text: fmt.Sprintf("This is a virtual machine (%s), and only its host knows its address %s; set its network adapter to bridged, or forward port %d of the host to it.", product, addr, port),
	}
	if product == "VirtualBox" {
		f.Command = fmt.Sprintf(`VBoxManage controlvm "NAME" natpf1 "hearth,tcp,,%d,,%[1]d"`, port)
	}
	return f
}

// isolation tells of what no computer can see: an access point that keeps its clients apart. The way round it is a network of
// one's own.
func (m machine) isolation(s Situation) []Finding {
	best := s.best()
	if s.Visited || !s.Shared || best.Kind != Local {
		return nil
	}
	f := Finding{
		Code: "client_isolation", Level: LevelNote, Args: map[string]any{"address": best.Address, "interface": best.Interface},
		Text: fmt.Sprintf("A phone must be in the same network as %s; guest networks and some access points keep their clients apart, and then only another network helps, such as a hotspot.", best.Address),
	}
	switch m.os {
	case "windows":
		f.Command = "start ms-settings:network-mobilehotspot"
	case "darwin":
		f.Command = `open "x-apple.systempreferences:com.apple.Sharing-Settings.extension"`
	case "linux":
		if cards, err := m.read("/proc/net/wireless"); err == nil && strings.Contains(string(cards), ":") {
			f.Command = "nmcli device wifi hotspot ssid Hearth"
		}
	}
	return []Finding{f}
}
