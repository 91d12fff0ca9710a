package lan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"hearth/backend/peer"
	"hearth/backend/topic"
)

const (
	AddressPoll = 10 * time.Second // between two looks at this computer's addresses
	CausesAfter = 60 * time.Second // without anybody from another device, causes are looked for, and again each time
	LinkAge     = 24 * time.Hour   // of the panel's link; then there is another
	turnTime    = 10 * time.Second // for turning sharing on or off, even when whoever asked went away
)

// KindShare is the kind of the entries in share/hub, the owner's topic of how the hub is shared. Data: State.
const KindShare = "share"

const (
	shareTopic = "share/hub"
	awakeKey   = "awake" // row of the table: "off" = the owner wants this computer to sleep
	linkPrefix = "link/" // rows of the table, each the id of a link that was shown and is not known to have ended
)

// Options are the settings of Open.
type Options struct {
	Peers       *peer.Peers                                // required
	Listen      func(ctx context.Context, open bool) error // opens the hub to other devices, or to this computer alone; required
	Port        int                                        // the hub's
	Name        string                                     // of the hub
	Certificate *Certificate                               // nil = http alone
	Log         *slog.Logger                               // nil = nothing is logged

	Addresses func() ([]Address, error)                                   // nil = the function Addresses
	Diagnose  func(context.Context, Situation) []Finding                  // nil = the function Diagnose
	KeepAwake func(reason string) (release func(), how string, err error) // nil = the function KeepAwake
}

// Sharing shares a hub with the devices on the local network, or does not.
type Sharing struct {
	o       Options
	table   topic.Table
	topic   *topic.Topic
	turning chan struct{} // holds one while sharing is turned on or off, or the link renewed
	changed chan struct{} // holds one while the state is to be published
	guests  chan struct{} // holds one while it is to be seen whether the computer is kept awake
	invites chan struct{} // holds one while it is to be seen whether the link still lets people in
	waiting atomic.Bool   // shared, and nobody came yet

	mu        sync.Mutex
	on        bool        // guarded by mu, as all below
	since     time.Time   // when it was turned on
	asked     time.Time   // since when the lamp waits, or when causes were looked for last
	invite    peer.Invite // of the link
	secret    string      // of the link
	addresses []Address
	shown     string // the URL when the addresses were looked up last: a renewed certificate changes it
	lamp      Lamp
	causes    []Finding
	sessions  int // from other addresses
	awake     Awake
}

// Open returns the sharing of a hub, turned off. Links that an earlier process showed end. The error is the store's.
func Open(ctx context.Context, topics *topic.Topics, o Options) (*Sharing, error) {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Addresses == nil {
		o.Addresses = Addresses
	}
	if o.Diagnose == nil {
		o.Diagnose = Diagnose
	}
	if o.KeepAwake == nil {
		o.KeepAwake = KeepAwake
	}
	s := &Sharing{o: o, table: topics.Table("sharing"), turning: make(chan struct{}, 1), changed: make(chan struct{}, 1),
		guests: make(chan struct{}, 1), invites: make(chan struct{}, 1), lamp: Lamp{State: LampOff}}
	var err error
	if s.topic, err = topics.Open(ctx, shareTopic, topic.Retention{State: true}); err != nil {
		return nil, err
	}
	choice, err := s.table.Get(ctx, awakeKey)
	if err != nil {
		return nil, fmt.Errorf("read the choice about sleep: %w", err)
	}
	s.awake.Wanted = string(choice) != "off"
	if err := s.endLinks(ctx, ""); err != nil {
		return nil, err
	}
	o.Peers.WatchDoor(func() {
		s.ring()
		ringBell(s.invites)
	})
	s.ring()
	return s, nil
}

// ring asks Run to publish the state. It never waits.
func (s *Sharing) ring() { ringBell(s.changed) }

func ringBell(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// at returns host with the hub's port.
func (s *Sharing) at(host string) string { return net.JoinHostPort(host, strconv.Itoa(s.o.Port)) }

// Turn opens the hub to other devices, with a fresh link, or closes it to them. Errors: of Options.Listen, or the
// store's; then nothing has changed.
func (s *Sharing) Turn(ctx context.Context, on bool) error {
	ctx, done, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer done()
	switch {
	case on == s.isOn():
		return nil
	case on:
		return s.open(ctx)
	default:
		return s.close(ctx)
	}
}

// take waits for its turn. What follows is not given up half-way when whoever asked goes away.
func (s *Sharing) take(ctx context.Context) (own context.Context, done func(), err error) {
	select {
	case s.turning <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), turnTime)
	return own, func() { cancel(); <-s.turning }, nil
}

func (s *Sharing) isOn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on
}

func (s *Sharing) open(ctx context.Context) error {
	if err := s.o.Listen(ctx, true); err != nil {
		return err
	}
	if err := s.newLink(ctx); err != nil {
		return errors.Join(err, s.o.Listen(ctx, false))
	}
	addresses := s.lookUp()
	s.mu.Lock()
	s.on, s.since, s.addresses = true, time.Now(), addresses
	s.shown, _ = s.url(addresses)
	s.awaitLocked()
	s.mu.Unlock()
	s.o.Log.Info("hub is shared with the local network", "address", s.State().URL)
	ringBell(s.guests)
	s.ring()
	return nil
}

func (s *Sharing) close(ctx context.Context) error {
	if err := s.o.Listen(ctx, false); err != nil {
		return err
	}
	s.mu.Lock()
	s.on, s.secret, s.invite, s.addresses, s.causes = false, "", peer.Invite{}, nil, nil
	s.lamp = Lamp{State: LampOff}
	s.waiting.Store(false)
	s.mu.Unlock()
	s.o.Log.Info("hub is not shared any more")
	ringBell(s.guests)
	s.ring()
	if err := s.endLinks(ctx, ""); err != nil { // nobody can reach the hub by it; the next link or start ends it
		s.o.Log.Error("the link of the sharing panel could not be ended", "err", err)
	}
	return nil
}

// awaitLocked begins to wait for somebody.
func (s *Sharing) awaitLocked() {
	s.lamp, s.causes, s.asked = Lamp{State: LampWaiting}, nil, time.Now()
	s.waiting.Store(true)
}

// SetAwake says whether this computer is kept from going to sleep while somebody from another device is connected. It is
// stored. The error is the store's.
func (s *Sharing) SetAwake(ctx context.Context, wanted bool) error {
	choice := "off"
	if wanted {
		choice = "on"
	}
	if err := s.table.Put(ctx, awakeKey, []byte(choice)); err != nil {
		return fmt.Errorf("keep the choice about sleep: %w", err)
	}
	s.mu.Lock()
	s.awake.Wanted = wanted
	s.mu.Unlock()
	ringBell(s.guests)
	s.ring()
	return nil
}
