package server

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// SetDesktop tells the server of the window that is there now, or that there is none (nil).
func (s *Server) SetDesktop(d Desktop) {
	if d == nil {
		s.desktop.Store(nil)
		return
	}
	s.desktop.Store(&d)
}

// window returns the window, or an error when there is none.
func (s *Server) window() (Desktop, error) {
	if d := s.desktop.Load(); d != nil {
		return *d, nil
	}
	return nil, fault.New(fault.Conflict, "this hub runs without a window")
}

// address is where this hub answers, as the caller wrote it.
func address(r *http.Request) string { return schemeOf(r) + "://" + r.Host }

// socketAddress is address for WebSockets.
func socketAddress(r *http.Request) string { return "ws" + strings.TrimPrefix(address(r), "http") }

// status is what `hearth status` shows.
type status struct {
	Version   string    `json:"version"`
	PID       int       `json:"pid"`
	URL       string    `json:"url"`
	Data      string    `json:"data"`
	Started   time.Time `json:"started"`
	UptimeSec int64     `json:"uptime_sec"`
	Rooms     int       `json:"rooms"`
	People    int       `json:"people"`
	Sessions  int       `json:"sessions"` // WebSocket sessions and HTTP streams
	Window    bool      `json:"window"`

	LastBackup time.Time `json:"last_backup,omitzero"` // when the newest daily backup was begun
}

func (s *Server) getStatus(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).ownerOrLocal(); err != nil {
		return err
	}
	now := status{
		Version: s.hub.Version, PID: os.Getpid(), URL: address(r), Data: s.data,
		Started: s.started.UTC().Truncate(time.Second), UptimeSec: int64(time.Since(s.started).Seconds()),
		Rooms: len(s.rooms.List(r.Context())), People: len(s.presence.People()),
		Sessions: s.live.count(), Window: s.desktop.Load() != nil,
	}
	if s.lastBackup != nil {
		now.LastBackup = s.lastBackup()
	}
	answer(w, http.StatusOK, now)
	return nil
}

// postLink makes an owner link for who can read the data folder.
func (s *Server) postLink(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r)
	if err := c.owner(); err != nil {
		return err
	}
	if c.how != byAdminToken {
		return fault.New(fault.Forbidden, "an owner link needs the admin token from the data folder; `hearth open` uses it")
	}
	answer(w, http.StatusOK, map[string]string{"url": address(r) + "/host?t=" + s.peers.MintOwnerLink(false)})
	return nil
}

func (s *Server) showWindow(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	d, err := s.window()
	if err != nil {
		return err
	}
	if err := d.Show(); err != nil {
		return err
	}
	answer(w, http.StatusOK, fine)
	return nil
}

// fine is the answer to what has nothing else to say.
var fine = map[string]bool{"ok": true}

// postQuit answers before the program ends.
func (s *Server) postQuit(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	quit := s.quit
	if d, err := s.window(); err == nil {
		quit = d.Quit
	}
	if quit == nil {
		return fault.New(fault.Conflict, "this hub cannot be asked to end; stop its process")
	}
	answer(w, http.StatusAccepted, fine)
	http.NewResponseController(w).Flush()
	quit()
	return nil
}

// openURL opens a link of the page in the system's browser: the window shows nothing but the hub.
func (s *Server) openURL(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	link, err := readField(w, r, "url")
	if err != nil {
		return err
	}
	u, err := url.Parse(link)
	if err != nil || !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme) || u.Scheme != "mailto" && u.Host == "" {
		return fault.New(fault.BadRequest, "only links that begin with http://, https:// or mailto: are opened").In("url")
	}
	d, err := s.window()
	if err != nil {
		return err
	}
	if err := d.OpenURL(u.String()); err != nil {
		return err
	}
	answer(w, http.StatusOK, fine)
	return nil
}

func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request) error {
	answer(w, http.StatusOK, fine)
	return nil
}

func (s *Server) getMonitorNow(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).may(peer.Follow, "monitor/local"); err != nil {
		return err
	}
	if s.monitor != nil {
		if _, raw, ok := s.monitor.Now(); ok {
			h := w.Header()
			h.Set("Cache-Control", "no-store")
			h.Set("Content-Type", "application/json")
			w.Write(append(slices.Clip(raw), '\n'))
			return nil
		}
	}
	return fault.New(fault.Unavailable, "this computer has not been measured yet; try again in a second").After(time.Second)
}
