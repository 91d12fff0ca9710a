package lan

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// Address is an address by which other devices may reach this computer.
type Address struct {
	Address   string `json:"address"`   // 192.168.1.5
	URL       string `json:"url"`       // http://192.168.1.5:7420; "" until the hub is shared
	Interface string `json:"interface"` // as the system calls it: wlan0
	Kind      Kind   `json:"kind"`
	Best      bool   `json:"best"` // the first one: phones are most likely to reach it
	Why       string `json:"why"`  // a code for why it is not a better one, "" = nothing speaks against it
}

// Kind says what an address belongs to.
type Kind string

const (
	Local     Kind = "lan"       // a private address of a network card
	Public    Kind = "public"    // an address of a network card that is not a private one
	Virtual   Kind = "virtual"   // a network among virtual machines
	VPN       Kind = "vpn"       // a tunnel
	Container Kind = "container" // a network among containers
	Other     Kind = "other"     // none of these
)

// The codes of Address.Why, besides virtual, vpn and container.
const (
	WhyNoRoute   = "no_default_route" // other networks lead further than this one
	WhyLinkLocal = "link_local"       // the interface found nobody to give it an address
	WhyUnplugged = "unplugged"        // the interface is connected to nothing
)

// Interface is a network interface as the system describes it.
type Interface struct {
	Name      string
	Index     int
	Device    string // what Linux calls its type: device, bridge, veth, tun, wireguard…; "" = not known
	Tunnel    bool   // the system says that it leads to one other end
	Ports     bool   // a bridge to which a network card belongs
	Connected bool
	Default   int // 1 = the best default route leads through it, 2 = the next one; 0 = none does
	Addresses []netip.Addr
}

// Addresses returns the addresses of this computer as Rank sorts them, without loopback. The error is the system's.
func Addresses() ([]Address, error) {
	interfaces, err := Interfaces()
	return Rank(interfaces), err
}

// Interfaces returns the interfaces that are switched on, without loopback.
func Interfaces() ([]Interface, error) {
	system, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	var list []Interface
	for _, n := range system {
		if n.Flags&net.FlagUp == 0 || n.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := n.Addrs()
		if err != nil {
			continue // it went away meanwhile
		}
		list = append(list, Interface{
			Name: n.Name, Index: n.Index, Tunnel: n.Flags&net.FlagPointToPoint != 0, Connected: n.Flags&net.FlagRunning != 0,
			Addresses: plain(addresses),
		})
	}
	describe(list)
	return list, nil
}

func plain(addresses []net.Addr) []netip.Addr {
	var list []netip.Addr
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, p.Addr().Unmap())
		}
	}
	return list
}

// Rank returns the addresses by which other devices may reach these interfaces, the most likely one first: the one on the
// default route's subnet, and at the end those of virtual, VPN and container networks. IPv6 addresses are listed of an
// interface without an IPv4 one.
func Rank(interfaces []Interface) []Address {
	type ranked struct {
		Address
		order [4]int
		addr  netip.Addr
	}
	var list []ranked
	for _, n := range interfaces {
		for _, addr := range n.reachable() {
			a := n.address(addr)
			list = append(list, ranked{a, [4]int{rankOf(a), n.rank(), rangeOf(addr), n.Index}, addr})
		}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(slices.Compare(a.order[:], b.order[:]), a.addr.Compare(b.addr))
	})
	addresses := make([]Address, 0, len(list))
	for i, r := range list {
		r.Best = i == 0
		addresses = append(addresses, r.Address)
	}
	return addresses
}

// reachable returns the addresses that a browser elsewhere could open; those with a zone it could not.
func (n Interface) reachable() []netip.Addr {
	var four, six []netip.Addr
	for _, a := range n.Addresses {
		switch {
		case a.IsLoopback(), a.IsUnspecified(), a.IsMulticast(), a.Is6() && a.IsLinkLocalUnicast():
		case a.Is4():
			four = append(four, a)
		default:
			six = append(six, a)
		}
	}
	if four != nil {
		return four
	}
	return six
}

func (n Interface) address(addr netip.Addr) Address {
	a := Address{Address: addr.String(), Interface: n.Name, Kind: n.kind()}
	switch {
	case a.Kind != Local:
		a.Why = string(a.Kind)
	case addr.IsLinkLocalUnicast():
		a.Kind, a.Why = Other, WhyLinkLocal
	case !n.Connected:
		a.Why = WhyUnplugged
	case n.Default == 0:
		a.Why = WhyNoRoute
	}
	if a.Kind == Local && !addr.IsPrivate() {
		a.Kind = Public
	}
	return a
}

// rankOf is the place of an address among the groups that Rank tells apart.
func rankOf(a Address) int {
	order := []string{"", WhyNoRoute, string(Virtual), string(VPN), string(Container), WhyLinkLocal, WhyUnplugged}
	return slices.Index(order, a.Why)
}

// rank is the place of an interface within its group.
func (n Interface) rank() int {
	if n.Default == 0 {
		return int(^uint(0) >> 1)
	}
	return n.Default
}

// rangeOf puts private addresses before public ones, and IPv4 before IPv6.
func rangeOf(a netip.Addr) int {
	place := 0
	if !a.IsPrivate() {
		place++
	}
	if a.Is6() {
		place += 2
	}
	return place
}
