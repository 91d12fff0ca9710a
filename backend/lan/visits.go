package lan

import (
	"net/netip"
	"time"
)

// Visited says that a request came from there. It is cheap: call it for every one.
func (s *Sharing) Visited(from netip.Addr) {
	if !s.waiting.Load() || from.IsLoopback() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lamp.State == LampWaiting {
		s.cameLocked(Lamp{State: LampSeen, Address: from.String()})
	}
}

// Joined says that somebody from there joined, or came back under that name.
func (s *Sharing) Joined(from netip.Addr, name string) {
	if from.IsLoopback() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		s.cameLocked(Lamp{State: LampJoined, Address: from.String(), Name: name})
	}
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
