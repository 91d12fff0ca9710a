package backend

import (
	"io"
	"io/fs"
	"net"
	"os"

	"hearth/backend/fault"
	"hearth/backend/server"
)

// Version is what `hearth version` prints and GET /api/me says.
const Version = "0.1.0"

// DefaultListen is the address a hub listens on unless told otherwise.
const DefaultListen = "127.0.0.1:7420"

// Config says how to build a hub. The zero value of each optional field is its default.
type Config struct {
	Data         string         // data folder, made if need be; required, see DataFolder
	Listen       string         // loopback address and port, port 0 = any free one; default DefaultListen
	AllowHosts   []string       // further names that requests may carry as Host
	AllowOrigins []string       // origins of foreign pages that may use the classic doors with a token
	Limits       map[string]int // other limits than the standard ones, by the names of server.LimitsNamed; 0 = none
	Pages        fs.FS          // the built page; nil or empty = the hub says how to build it
	Desktop      server.Desktop // the window, if there is one; SetDesktop sets it later
	Console      io.Writer      // receives the log beside the log file; nil = the file alone
	Tell         func(string)   // says to whoever started the program what cannot wait, in a sentence; nil = nobody hears
	Quit         func()         // ends the program when a client asks for it; nil = Run returns
}

func (c Config) withDefaults() Config {
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	return c
}

// check returns a fault that names the flag, the value and what it may be.
func (c Config) check() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fault.New(fault.BadRequest, "--listen %s is not an address with a port; an example: --listen %s", c.Listen, DefaultListen).In("listen")
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fault.New(fault.BadRequest, "--listen %s would open the hub to the network, which this version does not do; use 127.0.0.1, [::1] or localhost", c.Listen).In("listen")
	}
	_, err = server.LimitsNamed(c.Limits)
	return err
}

// hubName is how the hub calls itself: the machine's name.
func hubName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "Hearth"
	}
	return name
}
