package lan

import (
	"net/netip"
	"slices"
	"time"

	"hearth/backend/peer"
	"hearth/backend/topic"
)

// State is all that the sharing panel shows. It carries the link's secret and the PIN: the owner alone may see it.
type State struct {
	On        bool         `json:"on"`
	Name      string       `json:"name"`      // of the hub
	URL       string       `json:"url"`       // where other devices find it; "" = not shared, or this computer has no address
	Link      string       `json:"link"`      // URL with the secret in its fragment: who opens it needs no PIN
	TLS       bool         `json:"tls"`       // URL is https
	Addresses []Address    `json:"addresses"` // best first; none while the hub is not shared
	PIN       string       `json:"pin"`       // "" = none is asked for, or the hub is not shared
	PINMode   string       `json:"pin_mode"`  // peer.PINAuto, PINNone or PINFixed
	Locked    bool         `json:"locked"`    // nobody new comes in
	Shares    peer.Shares  `json:"shares"`
	Since     string       `json:"since"` // topic.WireTime; "" = not shared
	Lamp      Lamp         `json:"lamp"`
	Causes    []Finding    `json:"causes"` // why nobody may have come, once nobody came for CausesAfter
	Knocks    []peer.Knock `json:"knocks"` // who waits to be let in
	Awake     Awake        `json:"awake"`
}

// Lamp says whether anybody from another device has come since the link was made.
type Lamp struct {
	State   string `json:"state"`   // LampOff and so on
	Address string `json:"address"` // whom it speaks of; "" = nobody
	Name    string `json:"name"`    // with LampJoined
	Time    string `json:"time"`    // topic.WireTime; "" = nobody
}

// The states of the lamp.
const (
	LampOff     = "off"     // the hub is not shared
	LampWaiting = "waiting" // nobody came yet
	LampSeen    = "seen"    // somebody reached the hub
	LampJoined  = "joined"  // somebody joined; it shows the latest one
)

// Awake says whether this computer is kept from going to sleep while somebody from another device is connected.
type Awake struct {
	Wanted bool   `json:"wanted"`
	Held   bool   `json:"held"`
	How    string `json:"how"` // what holds it; "" = nothing
	Why    string `json:"why"` // a sentence that says why it is not held although it should be; "" = it is, or need not be
}

// State returns how the hub is shared now.
func (s *Sharing) State() State {
	s.mu.Lock()
	now := State{
		On: s.on, Name: s.o.Name, Addresses: slices.Clone(s.addresses), Lamp: s.lamp, Causes: slices.Clone(s.causes), Awake: s.awake,
	}
	secret := s.secret
	if s.on {
		now.Since = wireTime(s.since)
	}
	s.mu.Unlock()
	now.PINMode, now.Locked, now.Shares = s.o.Peers.PINMode(), s.o.Peers.Locked(), s.o.Peers.Shares()
	now.Knocks = s.o.Peers.Knocks()
	if now.On {
		now.PIN = s.o.Peers.PIN()
	}
	if now.URL, now.TLS = s.url(now.Addresses); now.URL != "" {
		now.Link = now.URL + linkPath + secret
	}
	return now.filled()
}

// filled has no list that is null on the wire.
func (s State) filled() State {
	if s.Addresses == nil {
		s.Addresses = []Address{}
	}
	if s.Causes == nil {
		s.Causes = []Finding{}
	}
	if s.Knocks == nil {
		s.Knocks = []peer.Knock{}
	}
	return s
}

// url returns where other devices find the hub: by the certificate's name, else by the best address.
func (s *Sharing) url(addresses []Address) (url string, secure bool) {
	if len(addresses) == 0 {
		return "", false
	}
	if c := s.o.Certificate; c != nil && c.Name() != "" {
		return "https://" + s.at(c.Name()), true
	}
	return s.urlOf(addresses[0])
}

// urlOf returns an address as browsers write it: with https only where the certificate is good for it.
func (s *Sharing) urlOf(a Address) (url string, secure bool) {
	addr, err := netip.ParseAddr(a.Address)
	if c := s.o.Certificate; c != nil && err == nil && c.Covers(addr) {
		return "https://" + s.at(a.Address), true
	}
	return "http://" + s.at(a.Address), false
}

func wireTime(t time.Time) string { return t.UTC().Format(topic.WireTime) }
