package lan

import (
	"net/netip"
	"slices"
	"time"
)

// Visited says that a request came from there. It is cheap: call it for every one. Who comes from this computer itself does
// not count.
func (s *Sharing) Visited(from netip.Addr) {
	if !s.waiting.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lamp.State == LampWaiting && !s.isOwnLocked(from) {
		s.cameLocked(Lamp{State: LampSeen, Address: from.String()})
	}
}

// Joined says that somebody from there joined, or came back under that name. Who comes from this computer itself does not count.
func (s *Sharing) Joined(from netip.Addr, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on && !s.isOwnLocked(from) {
		s.cameLocked(Lamp{State: LampJoined, Address: from.String(), Name: name})
	}
}

// isOwnLocked reports whether somebody comes from this computer itself, by whatever address: no firewall or Wi-Fi lies between.
func (s *Sharing) isOwnLocked(from netip.Addr) bool {
	own := from.String()
	return from.IsLoopback() || slices.ContainsFunc(s.addresses, func(a Address) bool { return a.Address == own })
}

func (s *Sharing) cameLocked(lamp Lamp) {
	lamp.Time = wireTime(time.Now())
	s.lamp, s.causes = lamp, nil
	s.waiting.Store(false)
	s.ring()
}

// Connected says how many sessions from other addresses there are now.
func (s *Sharing) Connected(sessions int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if (sessions > 0) != (s.sessions > 0) {
		ringBell(s.guests)
	}
	s.sessions = sessions
}
