package backend

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"hearth/backend/chat"
	"hearth/backend/peer"
	"hearth/backend/server"
)

// Run serves until ctx ends, a client asks the hub to quit, or something breaks; then it says goodbye to all clients.
func (h *Hub) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.monitor.Run(ctx) })
	g.Go(func() error { h.backups.run(ctx); return nil })
	g.Go(func() error { h.watchStore(ctx); return nil })
	g.Go(func() error { return h.sharing.Run(ctx) })
	g.Go(func() error { h.watchSleep(ctx); return nil })
	g.Go(func() error { expire(ctx, h.peers, h.server.Here, h.log); return nil })
	g.Go(func() error { return h.server.Serve(ctx, h.port) })
	g.Go(func() error {
		select {
		case <-h.quit:
		case <-ctx.Done():
		}
		stop()
		goodbye, cancel := context.WithTimeout(context.WithoutCancel(ctx), closePatience)
		defer cancel()
		return h.server.Close(goodbye)
	})
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}

// Close lets go of the data folder. Call it after Run has returned, or instead of Run.
func (h *Hub) Close() error {
	h.log.Info("hub is closed")
	return h.release()
}

// release closes what was opened, in the opposite order; parts may be missing.
func (h *Hub) release() error {
	var errs []error
	if h.info.URL != "" {
		errs = append(errs, ignoreMissing(os.Remove(filepath.Join(h.config.Data, infoFile))))
	}
	if h.port != nil {
		errs = append(errs, h.port.Close())
	}
	errs = append(errs, h.closeParts(), h.logFile.Close())
	return errors.Join(errs...)
}

// closeParts closes what openParts opened, as far as it came.
func (h *Hub) closeParts() (err error) {
	if h.presence != nil {
		h.presence.Close()
	}
	if h.topics != nil {
		err = h.topics.Close()
	}
	h.presence, h.topics = nil, nil
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// URL is where the hub answers, like http://127.0.0.1:7420.
func (h *Hub) URL() string { return h.info.URL }

// OwnerLink returns a link that makes the browser which opens it the owner's, once, within ten minutes.
func (h *Hub) OwnerLink(window bool) string {
	return h.info.URL + "/host?t=" + h.peers.MintOwnerLink(window)
}

// Settings returns what the owner has chosen.
func (h *Hub) Settings() server.Settings { return h.server.Settings() }

// SetDesktop tells the hub of its window.
func (h *Hub) SetDesktop(d server.Desktop) { h.server.SetDesktop(d) }

// askQuit returns what the server calls when a client asks the hub to end.
func (h *Hub) askQuit() func() {
	var once sync.Once
	return func() {
		once.Do(func() {
			close(h.quit)
			if h.config.Quit != nil {
				h.config.Quit()
			}
		})
	}
}

func (h *Hub) mentioned(ctx context.Context, to peer.Face, m chat.Mention) {
	if err := h.notify.Mention(ctx, to, m); err != nil {
		h.log.Error("mention was not delivered", "peer", to.ID, "topic", "room/"+m.Room, "err", err)
	}
}
