package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"hearth/backend"
	"hearth/backend/fault"
	"hearth/frontend"
)

// hubFlags say how to run a hub.
type hubFlags struct {
	Listen       string            `help:"Address and port, on this computer unless with --lan." default:"127.0.0.1:7420" placeholder:"ADDRESS:PORT"`
	LAN          bool              `name:"lan" help:"Share the hub with the local network from the start."`
	PIN          string            `name:"pin" help:"What people on the network join with: auto for one that changes, none, or 4 to 12 digits." default:"auto" placeholder:"auto|none|DIGITS"`
	TLS          map[string]string `name:"tls" help:"Certificate and key for https, which are read again when the files change." mapsep:"," placeholder:"cert=FILE,key=FILE"`
	TrustedProxy []string          `help:"Address or network of a proxy whose X-Forwarded headers count. Can be given several times." placeholder:"CIDR"`
	AllowHost    []string          `help:"A further name that browsers may reach the hub by. Can be given several times." placeholder:"NAME"`
	AllowOrigin  []string          `help:"A foreign page that may use the hub, with a token. Can be given several times." placeholder:"ORIGIN"`
	Limit        map[string]int    `help:"Another limit, such as connections=5000 or peer_rate=0 for none. A wrong name lists them." placeholder:"NAME=VALUE"`
}

type serveCmd struct{ hubFlags }

func (serveCmd) Help() string {
	return `Example:

    hearth serve --lan
    hearth serve --listen 127.0.0.1:8080 --data /srv/hearth

On a terminal it prints a link that makes the browser that opens it the owner's; hearth open prints another. With --lan it prints the QR code, the address and the PIN there too; hearth invite makes further links. Its log is hearth.log in the data folder. It ends with Ctrl-C.`
}

func (c *serveCmd) Run(ctx context.Context, g *globals) error {
	data, err := backend.DataFolder(g.Data)
	if err != nil {
		return err
	}
	hub, err := c.start(ctx, data)
	if errors.Is(err, backend.ErrRunning) {
		return already(data)
	}
	if err != nil {
		return err
	}
	return serve(ctx, hub)
}

// start opens a hub on that data folder. The caller closes it.
func (f hubFlags) start(ctx context.Context, data string) (*backend.Hub, error) {
	for name := range f.TLS {
		if name != "cert" && name != "key" {
			return nil, usageError("--tls %s=… is neither the certificate nor its key: --tls cert=FILE,key=FILE", name)
		}
	}
	hub, err := backend.Open(ctx, backend.Config{
		Data:           data,
		Listen:         f.Listen,
		LAN:            f.LAN,
		PIN:            f.PIN,
		TLSCert:        f.TLS["cert"],
		TLSKey:         f.TLS["key"],
		TrustedProxies: f.TrustedProxy,
		AllowHosts:     f.AllowHost,
		AllowOrigins:   f.AllowOrigin,
		Limits:         f.Limit,
		Pages:          frontend.Dist,
		Tell:           func(sentence string) { warn("%s", sentence) },
	})
	if flag := new(fault.Error); errors.As(err, &flag) && flag.Field != "" {
		return nil, usageError("%s", flag.Message)
	}
	return hub, err
}

// serve runs the hub until ctx ends or a client stops it, then closes it.
func serve(ctx context.Context, hub *backend.Hub) error {
	announce(hub)
	ctx, stop := context.WithCancel(ctx)
	var telling errgroup.Group
	t := teller{secrets: atTerminal()}
	telling.Go(func() error { return hub.WatchSharing(ctx, t.tell) })
	err := hub.Run(ctx)
	stop()
	return errors.Join(err, telling.Wait(), hub.Close())
}

// already says where the hub is that holds the data folder.
func already(data string) error {
	where := ""
	if info, ok := backend.Running(data); ok {
		where = fmt.Sprintf(", at %s since %s", info.URL, clock(info.Started, time.Now()))
	}
	return fmt.Errorf("a hub runs already with the data folder %s%s; stop it with `hearth quit`, or name another folder with --data", data, where)
}
