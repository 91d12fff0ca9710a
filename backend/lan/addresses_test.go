package lan_test

import (
	"net"
	"net/netip"
	"slices"
	"testing"

	"hearth/backend/lan"
)

// card is a network card that is connected and has these addresses.
func card(name string, addresses ...string) lan.Interface {
	n := lan.Interface{Name: name, Connected: true}
	for _, a := range addresses {
		n.Addresses = append(n.Addresses, netip.MustParseAddr(a))
	}
	return n
}

// with returns n after a change, for tables.
func with(n lan.Interface, change func(*lan.Interface)) lan.Interface {
	change(&n)
	return n
}

func place(n int) func(*lan.Interface)     { return func(i *lan.Interface) { i.Default = n } }
func device(t string) func(*lan.Interface) { return func(i *lan.Interface) { i.Device = t } }
func tunnel(i *lan.Interface)              { i.Tunnel = true }
func unplugged(i *lan.Interface)           { i.Connected = false }
func bridgeToCard(i *lan.Interface)        { i.Device, i.Ports = "bridge", true }
func summary(list []lan.Address) (s []string) {
	for _, a := range list {
		s = append(s, a.Address+" "+string(a.Kind)+" "+a.Why)
	}
	return s
}

func TestThePhonesNetworkComesFirstAndInnerNetworksLast(t *testing.T) {
	for _, c := range []struct {
		story string
		given []lan.Interface
		want  []string
	}{
		{
			"a laptop with containers, virtual machines and a VPN",
			[]lan.Interface{
				card("docker0", "172.17.0.1"), card("br-0a1b2c3d4e5f", "172.18.0.1"), card("virbr0", "192.168.122.1"),
				with(card("wg0", "10.8.0.2"), tunnel), with(card("wlan0", "192.168.1.5", "fe80::1", "2001:db8::5"), place(1)),
			},
			[]string{"192.168.1.5 lan ", "192.168.122.1 virtual virtual", "10.8.0.2 vpn vpn", "172.17.0.1 container container", "172.18.0.1 container container"},
		},
		{
			"a VPN has taken the default route over: the card is still the one",
			[]lan.Interface{with(with(card("tun0", "10.8.0.2"), tunnel), place(1)), with(card("wlan0", "192.168.1.5"), place(2))},
			[]string{"192.168.1.5 lan ", "10.8.0.2 vpn vpn"},
		},
		{
			"cable and Wi-Fi: the system's own choice first",
			[]lan.Interface{with(card("wlan0", "192.168.1.6"), place(2)), with(card("eth0", "192.168.1.5"), place(1))},
			[]string{"192.168.1.5 lan ", "192.168.1.6 lan "},
		},
		{
			"a hotspot without a way out, beside nothing else",
			[]lan.Interface{card("docker0", "172.17.0.1"), card("wlan0", "10.42.0.1")},
			[]string{"10.42.0.1 lan no_default_route", "172.17.0.1 container container"},
		},
		{
			"a bridge with the network card in it, with and without a way out",
			[]lan.Interface{with(card("br1", "192.168.9.1"), bridgeToCard), with(with(card("br0", "192.168.1.5"), device("bridge")), place(1)), with(card("br2", "10.0.3.1"), device("bridge"))},
			[]string{"192.168.1.5 lan ", "192.168.9.1 lan no_default_route", "10.0.3.1 virtual virtual"},
		},
		{
			"the inside of a container, whose card is a veth",
			[]lan.Interface{with(with(card("eth0", "172.17.0.2"), device("veth")), place(1))},
			[]string{"172.17.0.2 lan "},
		},
		{
			"a rented server: the inner address first, though both are good",
			[]lan.Interface{with(card("eth0", "203.0.113.9", "10.0.0.4"), place(1))},
			[]string{"10.0.0.4 lan ", "203.0.113.9 public "},
		},
		{
			"a cable that nobody gives addresses on, and one that is not plugged in",
			[]lan.Interface{with(card("eth1", "192.168.7.1"), unplugged), card("eth0", "169.254.7.7")},
			[]string{"169.254.7.7 other link_local", "192.168.7.1 lan unplugged"},
		},
		{
			"a network of IPv6 alone",
			[]lan.Interface{with(card("eth0", "fe80::2", "2001:db8::5", "fd00::5"), place(1))},
			[]string{"fd00::5 lan ", "2001:db8::5 public "},
		},
		{
			"Windows, by its names",
			[]lan.Interface{card("vEthernet (WSL)", "172.20.0.1"), card("VMware Network Adapter VMnet8", "192.168.80.1"), with(card("Wi-Fi", "192.168.1.5"), place(1)), card("OpenVPN TAP-Windows6", "10.8.0.2")},
			[]string{"192.168.1.5 lan ", "172.20.0.1 virtual virtual", "192.168.80.1 virtual virtual", "10.8.0.2 vpn vpn"},
		},
		{
			"a hub of Hyper-V that reaches the network through its switch",
			[]lan.Interface{with(card("vEthernet (External)", "192.168.1.5"), place(1))},
			[]string{"192.168.1.5 lan "},
		},
		{"no network at all", nil, nil},
	} {
		got := lan.Rank(c.given)
		if !slices.Equal(summary(got), c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.story, summary(got), c.want)
		}
		for i, a := range got {
			if a.Best != (i == 0) {
				t.Errorf("%s: %s is marked best: %v", c.story, a.Address, a.Best)
			}
		}
	}
}

// TestThisComputersAddresses checks against what the system itself would send from.
func TestThisComputersAddresses(t *testing.T) {
	got, err := lan.Addresses()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("udp4", "198.51.100.1:9")
	if err != nil {
		t.Skip("this computer has no default route")
	}
	defer conn.Close()
	want := conn.LocalAddr().(*net.UDPAddr).IP.String()
	i := slices.IndexFunc(got, func(a lan.Address) bool { return a.Address == want })
	if i < 0 || got[i].Why != "" && got[i].Why != string(lan.VPN) {
		t.Errorf("got %+v, want %s as one that nothing speaks against", got, want)
	}
}
