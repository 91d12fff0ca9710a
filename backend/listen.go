package backend

import (
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"syscall"

	"hearth/backend/fault"
	"hearth/backend/lan"
)

// openPort opens the hub's port on loopback, once.
func (h *Hub) openPort() error {
	if h.port != nil {
		return nil
	}
	var secure *tls.Config
	if h.config.TLSCert != "" {
		certificate, err := lan.LoadCertificate(h.config.TLSCert, h.config.TLSKey, h.log)
		if err != nil {
			return err
		}
		h.certificate, secure = certificate, certificate.Config()
	}
	h.port = lan.NewPort(secure)
	if err := h.listen(false); err != nil {
		return err
	}
	h.local = h.port.Addr().(*net.TCPAddr)
	return nil
}

// listen moves the port to loopback, or opens it to other devices. A port that is taken gives a fault that says by whom,
// where the system tells.
func (h *Hub) listen(open bool) error {
	addresses := h.addresses(open)
	err := h.port.Listen(addresses...)
	if err == nil {
		return nil
	}
	name := addresses[0]
	if number, all := strings.CutPrefix(name, ":"); all {
		name = "port " + number
	}
	if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddrInUse) {
		by := "another program"
		if name := portHolder(addresses[0]); name != "" {
			by = name
		}
		return fault.Wrap(err, fault.Conflict, "%s is in use by %s; stop it, or choose another port with --listen 127.0.0.1:PORT", name, by)
	}
	return fault.Wrap(err, fault.BadRequest, "the hub cannot listen on %s; choose another address with --listen 127.0.0.1:PORT", name)
}

// addresses returns where the port is to be. The hub's own computer always reaches it over loopback.
func (h *Hub) addresses(open bool) []string {
	host, port, _ := net.SplitHostPort(h.config.Listen) // Config.check has looked at it
	if h.local != nil {
		port = strconv.Itoa(h.local.Port)
	}
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case open && (loopback || ip == nil || ip.IsUnspecified()):
		return []string{net.JoinHostPort("", port)}
	case open:
		return []string{net.JoinHostPort(host, port), net.JoinHostPort("127.0.0.1", port)}
	case loopback:
		return []string{net.JoinHostPort(host, port)}
	default:
		return []string{net.JoinHostPort("127.0.0.1", port)}
	}
}

// wsaAddrInUse is what Windows says instead of EADDRINUSE.
const wsaAddrInUse = syscall.Errno(10048)
