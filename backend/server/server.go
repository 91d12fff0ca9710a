package server

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"hearth/backend/chat"
	"hearth/backend/lan"
	"hearth/backend/monitor"
	"hearth/backend/notify"
	"hearth/backend/peer"
	"hearth/backend/presence"
	"hearth/backend/topic"
)

// Deps is what a server stands in front of. The domains are required; the rest may be zero.
type Deps struct {
	Topics   *topic.Topics
	Peers    *peer.Peers
	Rooms    *chat.Rooms
	Presence *presence.Presence
	Notify   *notify.Notify
	Monitor  *monitor.Monitor // nil = this computer is not measured
	Sharing  *lan.Sharing     // nil = the hub cannot be shared
	Pages    fs.FS            // the built page: index.html, assets/…; nil or without index.html = not built
	Desktop  Desktop          // nil = no window; SetDesktop changes it
	Quit     func()           // asks the program to end, and returns at once; nil = it cannot be asked
	Log      *slog.Logger     // nil = nothing is logged

	Backup     func(context.Context) (*Snapshot, error) // copies the store; nil = there is no store to copy
	LastBackup func() time.Time                         // when the newest daily backup was begun; zero or nil = there is none

	Name    string // how the hub calls itself: the machine's name
	Version string
	Data    string // the data folder, for status

	AdminToken   string                 // acts as the owner; "" = there is none
	AllowHosts   []string               // host names of this hub, besides the machine's own
	OwnHost      func(host string) bool // whether a further name is this hub's too; asked with each request, in lower case; nil = none is
	AllowOrigins []string               // origins of foreign pages that may call
	Limits       Limits

	TrustedProxies []netip.Prefix // whose X-Forwarded-For, -Proto and -Host count; nobody else's do
}

// Desktop is what the window on this computer can do. Its methods may be called by any goroutine and return at once.
type Desktop interface {
	Show() error
	Notify(title, body string) error
	OpenURL(url string) error
	Quit()
}

// Server answers requests and holds the live sessions. Handler may be used without Serve; Close ends both.
type Server struct {
	topics   *topic.Topics
	peers    *peer.Peers
	rooms    *chat.Rooms
	presence *presence.Presence
	notify   *notify.Notify
	monitor  *monitor.Monitor
	sharing  *lan.Sharing // nil = the hub cannot be shared
	quit     func()
	log      *slog.Logger

	backup     func(context.Context) (*Snapshot, error)
	lastBackup func() time.Time

	hub        hubFace
	data       string
	adminToken string
	cookie     string // name of the session cookie
	limits     Limits
	started    time.Time
	desktop    atomic.Pointer[Desktop]

	guard    *guard
	proxies  []netip.Prefix // set once by New
	sockets  sockets
	settings *settings
	pages    *pages
	live     *live
	drains   *drains
	crowd    *crowd
	rates    *rates
	arrivals *arrivals
	changes  atomic.Uint64 // counts changes of anybody's rights
	refusals refusals
	handler  http.Handler
	patterns []string // of all routes; set once by New

	closing sync.Mutex
	webs    []*http.Server // to be shut down; guarded by closing
	closed  chan struct{}  // closed when Close is through
}

// hubFace is how the hub shows itself to everyone.
type hubFace struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// New returns a server in front of d. Errors are faults that name the setting to change, or come from reading the settings
// and the page.
func New(d Deps) (*Server, error) {
	guard, err := newGuard(d.AllowHosts, d.AllowOrigins)
	if err != nil {
		return nil, err
	}
	if d.OwnHost != nil {
		guard.own = d.OwnHost
	}
	settings, err := openSettings(context.Background(), d.Topics)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	pages, err := openPages(d.Pages)
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	id, limits := d.Peers.HubID(), d.Limits.Filled()
	s := &Server{
		topics: d.Topics, peers: d.Peers, rooms: d.Rooms, presence: d.Presence, notify: d.Notify, monitor: d.Monitor, sharing: d.Sharing,
		quit: d.Quit, backup: d.Backup, lastBackup: d.LastBackup, log: cmp.Or(d.Log, slog.New(slog.DiscardHandler)),
		hub: hubFace{ID: id, Name: d.Name, Version: d.Version}, data: d.Data,
		adminToken: d.AdminToken, cookie: "hearth_" + id, limits: limits, started: time.Now(),
		guard: guard, proxies: d.TrustedProxies, settings: settings, pages: pages,
		live: newLive(), drains: newDrains(), crowd: newCrowd(limits), rates: newRates(limits), closed: make(chan struct{}),
	}
	if s.sharing != nil {
		s.live.told = s.sharing.Connected
	}
	d.Peers.WatchRights(s.rightsChanged)
	s.arrivals = newArrivals(s.trusts)
	s.SetDesktop(d.Desktop)
	s.handler = s.guarded(s.routes())
	return s, nil
}

// Handler answers every request to the hub.
func (s *Server) Handler() http.Handler { return s.handler }
