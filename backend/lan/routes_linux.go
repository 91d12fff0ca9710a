package lan

import (
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// describe adds what the kernel knows beyond net.Interfaces: the devices' types and all default routes, so that the network
// card's is found although a tunnel has taken over.
func describe(list []Interface) {
	if links, err := netlink.LinkList(); err == nil {
		describeDevices(list, links)
	}
	routes, err := defaultRoutes()
	if err != nil { // a sandbox may forbid it
		asked(list)
		return
	}
	place := 0
	for _, index := range routes {
		i := slices.IndexFunc(list, func(n Interface) bool { return n.Index == index })
		if i >= 0 && list[i].Default == 0 && list[i].Connected {
			place++
			list[i].Default = place
		}
	}
}

func describeDevices(list []Interface, links []netlink.Link) {
	bridges := map[int]bool{} // by index: a network card belongs to it
	for _, l := range links {
		if l.Type() == "device" {
			bridges[l.Attrs().MasterIndex] = true
		}
	}
	for _, l := range links {
		i := slices.IndexFunc(list, func(n Interface) bool { return n.Index == l.Attrs().Index })
		if i >= 0 {
			list[i].Device, list[i].Ports = l.Type(), bridges[list[i].Index]
		}
	}
}

// defaultRoutes returns the indices of the interfaces through which default routes of the main table lead, best first.
func defaultRoutes() ([]int, error) {
	var indices []int
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		routes, err := netlink.RouteListFiltered(family, &netlink.Route{Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
		if err != nil {
			return nil, err
		}
		routes = slices.DeleteFunc(routes, func(r netlink.Route) bool {
			if r.Dst == nil {
				return false
			}
			bits, _ := r.Dst.Mask.Size()
			return bits != 0
		})
		slices.SortStableFunc(routes, func(a, b netlink.Route) int { return a.Priority - b.Priority })
		for _, r := range routes {
			indices = append(indices, r.LinkIndex)
			for _, hop := range r.MultiPath {
				indices = append(indices, hop.LinkIndex)
			}
		}
	}
	return indices, nil
}
