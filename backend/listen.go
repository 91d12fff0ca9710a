package backend

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"hearth/backend/fault"
)

// listen opens the hub's address. A port that is taken gives a fault that says by whom, where the system tells.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddrInUse) {
		by := "another program"
		if name := portHolder(address); name != "" {
			by = name
		}
		return nil, fault.Wrap(err, fault.Conflict, "%s is in use by %s; stop it, or choose another port with --listen 127.0.0.1:PORT", address, by)
	}
	return nil, fault.Wrap(err, fault.BadRequest, "the hub cannot listen on %s; choose another address with --listen 127.0.0.1:PORT", address)
}

// wsaAddrInUse is what Windows says instead of EADDRINUSE.
const wsaAddrInUse = syscall.Errno(10048)

// address returns what a browser calls the listener.
func webAddress(l net.Listener) string { return fmt.Sprintf("http://%s", l.Addr()) }
