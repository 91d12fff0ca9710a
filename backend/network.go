package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"hearth/backend/lan"
)

// farewell is how long other computers have to take the goodbye when sharing ends, before their connections are cut.
const farewell = 3 * time.Second

// openSharing prepares sharing, turned off, with the PIN that was asked for.
func (h *Hub) openSharing(ctx context.Context) (err error) {
	if h.config.PIN != "" {
		if err := h.peers.SetPIN(h.config.PIN); err != nil {
			return err
		}
	}
	h.sharing, err = lan.Open(ctx, h.topics, lan.Options{
		Peers: h.peers, Log: h.log, Name: hubName(), Port: h.local.Port, Certificate: h.certificate,
		Listen: h.open, Addresses: h.lanAddresses,
	})
	if err != nil {
		return fmt.Errorf("open sharing: %w", err)
	}
	return nil
}

// open opens the port to other devices, or closes it and ends what they have open.
func (h *Hub) open(_ context.Context, open bool) error {
	if err := h.listen(open); err != nil {
		return err
	}
	if !open {
		h.server.EndRemote("this hub is not shared any more")
		h.port.CutRemote(farewell)
	}
	return nil
}

// lanAddresses returns the addresses that the hub answers at while it is shared: all, or the one that --listen names.
func (h *Hub) lanAddresses() ([]lan.Address, error) {
	list, err := lan.Addresses()
	host, _, _ := net.SplitHostPort(h.config.Listen)
	if ip := net.ParseIP(host); ip != nil && !ip.IsLoopback() && !ip.IsUnspecified() {
		list = slices.DeleteFunc(list, func(a lan.Address) bool { return !ip.Equal(net.ParseIP(a.Address)) })
		for i := range list {
			list[i].Best = i == 0
		}
	}
	return list, err
}

// Share returns how the hub is shared with other devices. It holds the secrets that let people in: show it to the owner alone.
func (h *Hub) Share() lan.State { return h.sharing.State() }

// watchSleep says goodbye to everybody before this computer goes to sleep, until ctx ends.
func (h *Hub) watchSleep(ctx context.Context) {
	err := lan.WatchSleep(ctx, h.server.Sleep)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) && ctx.Err() == nil {
		h.log.Warn("nobody will be told when this computer goes to sleep", "err", err)
	}
}
