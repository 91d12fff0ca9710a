package lan

import (
	"regexp"
	"slices"
)

// names tells what an interface is for by what its maker calls it. The first that fits counts: vEthernet is Hyper-V's, veth a
// container's.
var names = []struct {
	kind Kind
	name *regexp.Regexp
}{
	{VPN, regexp.MustCompile(`(?i)^(tun|tap|wg|utun|ppp|ipsec|tailscale|zt|nordlynx|proton|gpd|cscotun)\d*|vpn|wireguard|zerotier|tailscale|tap-windows`)},
	{Virtual, regexp.MustCompile(`(?i)^(virbr|vmnet|vboxnet|vnet|vethernet|dummy|ifb|bridge\d)|vmware|virtualbox|hyper-v`)},
	{Container, regexp.MustCompile(`(?i)^(docker|podman|cni|flannel|cali|cilium|weave|kube|nerdctl|lxc|lxdbr|incusbr|veth)|^br-[0-9a-f]{12}$`)},
}

// tunnels and inner are what Linux calls the devices that are no network cards. A veth says nothing: inside a container
// it is the network card.
var (
	tunnels = []string{"tun", "tuntap", "wireguard", "ppp", "ipip", "gre", "sit", "ip6tnl", "xfrm"}
	inner   = []string{"bridge", "dummy", "ifb"}
)

// kind returns Local for what may be a network card. Where the default route leads there is one, whatever its name: a
// machine with a bridge to its network, or the inside of a container. Only a tunnel can take that route over.
func (n Interface) kind() Kind {
	named := Local
	for _, k := range names {
		if k.name.MatchString(n.Name) {
			named = k.kind
			break
		}
	}
	switch {
	case named == VPN, n.Tunnel, slices.Contains(tunnels, n.Device):
		return VPN
	case n.Default > 0, n.Ports:
		return Local
	case named == Local && slices.Contains(inner, n.Device):
		return Virtual
	}
	return named
}
