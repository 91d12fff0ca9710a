package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/lan"
	"hearth/backend/monitor"
	"hearth/backend/notify"
	"hearth/backend/peer"
	"hearth/backend/presence"
	"hearth/backend/server"
	"hearth/backend/store"
	"hearth/backend/topic"
)

// closePatience is how long Close waits for clients to say goodbye.
const closePatience = 5 * time.Second

// ErrRunning says that another hub has the data folder.
var ErrRunning = errors.New("a hub is already running on this data folder")

// Hub is one running hub.
type Hub struct {
	config      Config
	log         *slog.Logger
	logFile     io.Closer
	topics      *topic.Topics
	peers       *peer.Peers
	presence    *presence.Presence
	notify      *notify.Notify
	monitor     *monitor.Monitor
	server      *server.Server
	certificate *lan.Certificate // the owner's; nil = http alone
	port        *lan.Port
	sharing     *lan.Sharing
	local       *net.TCPAddr // where the hub's own computer reaches it; set once by openPort
	backups     *backups
	alerts      *topic.Topic      // what the window is to show although nothing can be stored; in memory
	quit        chan struct{}     // closed by a client's quit; never before Run
	stopped     chan *fault.Error // holds why the store stopped writing
	info        Info
}

// Open builds a hub on its data folder and listens. Errors are faults for people, or wrap ErrRunning.
func Open(ctx context.Context, config Config) (*Hub, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	if err := makeFolder(config.Data); err != nil {
		return nil, err
	}
	h := &Hub{config: config, quit: make(chan struct{}), stopped: make(chan *fault.Error, 1)}
	h.log, h.logFile = openLog(config.Data, config.Console)
	if err := h.start(ctx); err != nil {
		h.release()
		return nil, err
	}
	if onNetwork(config.Data) {
		h.log.Warn("the data folder lies on a network file system, where a crash may lose data; keep it on a local disk", "data", config.Data)
	}
	h.log.Info("hub is listening", "url", h.info.URL, "data", config.Data, "version", Version, "pid", h.info.PID)
	return h, nil
}

func (h *Hub) start(ctx context.Context) error {
	if err := h.build(ctx); err != nil {
		return err
	}
	if !h.config.LAN {
		return nil
	}
	return h.sharing.Turn(ctx, true)
}

// build opens everything. A damaged file may show itself in any of the parts: then the newest backup takes its place, once.
func (h *Hub) build(ctx context.Context) error {
	err := h.openParts(ctx)
	if !errors.Is(err, store.ErrDamaged) {
		return err
	}
	h.closeParts()
	lost, err := h.restoreNewest(ctx, err)
	if err != nil {
		return err
	}
	if err := h.openParts(ctx); err != nil {
		return err
	}
	h.tellLoss(ctx, lost)
	return nil
}

func (h *Hub) openParts(ctx context.Context) error {
	file, err := h.openStore(ctx)
	if err != nil {
		return err
	}
	h.topics = topic.New(file)
	if err := h.openPort(); err != nil {
		return err
	}
	h.backups = newBackups(h.config.Data, file, h.log, h.backupFailed)
	if err := h.openDomains(ctx); err != nil {
		return err
	}
	return h.openServer()
}

func (h *Hub) openDomains(ctx context.Context) (err error) {
	if h.peers, err = peer.Open(ctx, h.topics, peer.Options{OwnerName: ownerName(), Log: h.log}); err != nil {
		return fmt.Errorf("open peers: %w", err)
	}
	if h.presence, err = presence.Open(ctx, h.topics, presence.Options{Peers: h.peers}); err != nil {
		return fmt.Errorf("open presence: %w", err)
	}
	if h.notify, err = notify.Open(ctx, h.topics, notify.Options{Log: h.log}); err != nil {
		return fmt.Errorf("open notifications: %w", err)
	}
	if h.alerts, err = h.topics.Open(ctx, alertTopic, topic.Retention{Entries: alertsKept}); err != nil {
		return fmt.Errorf("open alerts: %w", err)
	}
	if h.monitor, err = monitor.Open(ctx, h.topics, monitor.Options{Log: h.log}); err != nil {
		return fmt.Errorf("open monitor: %w", err)
	}
	return h.openSharing(ctx)
}

func (h *Hub) openServer() error {
	limits, err := server.LimitsNamed(h.config.Limits)
	if err != nil {
		return err
	}
	limits = limits.Filled()
	rooms, err := chat.Open(context.Background(), h.topics, chat.Options{
		Peers: h.peers, Log: h.log, Mentioned: h.mentioned, Forget: h.notify.Forget, Read: h.presence.Seq,
		MaxText: limits.TextBytes, MaxRooms: limits.Rooms,
	})
	if err != nil {
		return fmt.Errorf("open rooms: %w", err)
	}
	proxies, err := h.config.proxies()
	if err != nil {
		return err
	}
	token := newToken()
	h.info = Info{URL: "http://" + h.local.String(), PID: os.Getpid(), Version: Version, Started: time.Now().UTC()}
	h.server, err = server.New(server.Deps{
		Topics: h.topics, Peers: h.peers, Rooms: rooms, Presence: h.presence, Notify: h.notify, Monitor: h.monitor, Sharing: h.sharing,
		Pages: h.config.Pages, Desktop: h.config.Desktop, Log: h.log, Quit: h.askQuit(),
		Backup: h.backups.snapshot, LastBackup: func() time.Time { return newestBackup(h.backups.dir) },
		Version: Version, Name: hubName(), Data: h.config.Data, AdminToken: token,
		AllowHosts: h.config.AllowHosts, OwnHost: h.certified, AllowOrigins: h.config.AllowOrigins, TrustedProxies: proxies, Limits: limits,
	})
	if err != nil {
		return fmt.Errorf("open server: %w", err)
	}
	return h.writeFiles(token)
}

// certified reports whether the owner's certificate is for that host name: it is one of the hub's then.
func (h *Hub) certified(host string) bool { return h.certificate != nil && h.certificate.Names(host) }

func (h *Hub) writeFiles(token string) error {
	info, err := json.Marshal(h.info)
	if err != nil {
		return err
	}
	// The token first: who finds the address finds a token that fits.
	if err := writePrivate(filepath.Join(h.config.Data, tokenFile), []byte(token)); err != nil {
		return fault.Wrap(err, fault.Internal, "the data folder %s cannot be written to", h.config.Data)
	}
	return writePrivate(filepath.Join(h.config.Data, infoFile), info)
}
