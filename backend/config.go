package backend

import (
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/server"
)

// Version is what `hearth version` prints and GET /api/me says.
const Version = "0.1.0"

// DefaultListen is the address a hub listens on unless told otherwise.
const DefaultListen = "127.0.0.1:7420"

// Config says how to build a hub. The zero value of each optional field is its default.
type Config struct {
	Data           string         // data folder, made if need be; required, see DataFolder
	Listen         string         // address and port, port 0 = any free one; default DefaultListen. Not on loopback only with LAN
	LAN            bool           // share the hub with the local network from the start
	PIN            string         // what people on the network join with: auto, none, or 4 to 12 digits; default auto
	TLSCert        string         // file with the owner's certificate, for https beside http; needs TLSKey
	TLSKey         string         // file with its key
	AllowHosts     []string       // further names that requests may carry as Host
	AllowOrigins   []string       // origins of foreign pages that may use the classic doors with a token
	TrustedProxies []string       // addresses and networks (CIDR) whose X-Forwarded-* headers count
	Limits         map[string]int // other limits than the standard ones, by the names of server.LimitsNamed; 0 = none
	Pages          fs.FS          // the built page; nil or empty = the hub says how to build it
	Desktop        server.Desktop // the window, if there is one; SetDesktop sets it later
	Console        io.Writer      // receives the log beside the log file; nil = the file alone
	Tell           func(string)   // says to whoever started the program what cannot wait, in a sentence; nil = nobody hears
	Quit           func()         // ends the program when a client asks for it; nil = Run returns
}

func (c Config) withDefaults() Config {
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	return c
}

// check returns a fault that names the flag, the value and what it may be.
func (c Config) check() error {
	if err := c.checkListen(); err != nil {
		return err
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fault.New(fault.BadRequest, "--tls needs a certificate and its key: --tls cert=FILE,key=FILE").In("tls")
	}
	if c.PIN != "" {
		if err := peer.CheckPIN(c.PIN); err != nil {
			return fault.Wrap(err, fault.BadRequest, "--pin: %s", fault.From(err).Message).In("pin")
		}
	}
	if _, err := c.proxies(); err != nil {
		return err
	}
	_, err := server.LimitsNamed(c.Limits)
	return err
}

func (c Config) checkListen() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fault.New(fault.BadRequest, "--listen %s is not an address with a port; an example: --listen %s", c.Listen, DefaultListen).In("listen")
	}
	switch ip := net.ParseIP(host); {
	case host == "localhost", ip != nil && ip.IsLoopback():
		return nil
	case !c.LAN:
		return fault.New(fault.BadRequest, "--listen %s would open the hub to the network: add --lan to share it, or use 127.0.0.1, [::1] or localhost", c.Listen).In("listen")
	case ip == nil && host != "":
		return fault.New(fault.BadRequest, "--listen %s names no address of this computer; an example: --listen 192.168.1.5:7420 --lan", c.Listen).In("listen")
	}
	return nil
}

// proxies returns the networks of TrustedProxies; a single address is a network of its own.
func (c Config) proxies() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, p := range c.TrustedProxies {
		network, err := netip.ParsePrefix(p)
		if err != nil {
			var single netip.Addr
			if single, err = netip.ParseAddr(p); err == nil {
				network = netip.PrefixFrom(single, single.BitLen())
			}
		}
		if err != nil {
			return nil, fault.New(fault.BadRequest, "--trusted-proxy %s is no address or network; examples: 127.0.0.1, 10.0.0.0/8", p).In("trusted-proxy")
		}
		list = append(list, network.Masked())
	}
	return list, nil
}

// hubName is how the hub calls itself: the machine's name.
func hubName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "Hearth"
	}
	return name
}
