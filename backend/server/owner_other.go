//go:build !linux

package server

import "net/netip"

// sockets cannot tell whose a socket is on this system, where a loopback connection counts by its address alone.
type sockets struct{}

func (*sockets) own(near, far netip.AddrPort) (bool, error) { return true, nil }

func (*sockets) close() {}
