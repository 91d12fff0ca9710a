package lan

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"hearth/backend/topic"
)

// awakeReason is shown by the systems that list what keeps them from sleeping.
const awakeReason = "somebody uses the hub from another device"

// Run publishes the state whenever it changes, follows this computer's addresses, looks for causes while nobody comes, and
// keeps the computer awake while somebody is connected. It returns nil when ctx ends.
func (s *Sharing) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	loops.Go(func() { s.publish(ctx) })
	loops.Go(func() { s.watch(ctx) })
	loops.Go(func() { s.guard(ctx) })
	loops.Wait()
	return nil
}

func (s *Sharing) publish(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		}
		data, err := json.Marshal(s.State())
		if err == nil {
			_, _, err = s.topic.Append(ctx, topic.Draft{Kind: KindShare, Key: "hub", Data: data})
		}
		if err != nil && ctx.Err() == nil {
			s.o.Log.Error("the state of sharing could not be shown", "err", err)
		}
	}
}

func (s *Sharing) watch(ctx context.Context) {
	tick := time.NewTicker(AddressPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if s.isOn() {
				s.follow(s.lookUp())
				s.renewEnded(ctx)
				s.explain(ctx, now)
			}
		case <-s.invites:
			s.renewEnded(ctx)
		}
	}
}

// lookUp returns this computer's addresses with their URLs. Where the system does not tell, there are none. A certificate that
// was renewed counts.
func (s *Sharing) lookUp() []Address {
	if s.o.Certificate != nil {
		s.o.Certificate.refresh()
	}
	addresses, err := s.o.Addresses()
	if err != nil {
		s.o.Log.Error("this computer's addresses are not known", "err", err)
	}
	for i := range addresses {
		addresses[i].URL, _ = s.urlOf(addresses[i])
	}
	return addresses
}

func (s *Sharing) follow(addresses []Address) {
	s.mu.Lock()
	defer s.mu.Unlock()
	url, _ := s.url(addresses)
	if s.on && (!slices.Equal(addresses, s.addresses) || url != s.shown) {
		s.addresses, s.shown = addresses, url
		s.ring()
	}
}

// renewEnded makes another link when the old one has come to its age or was taken back: the panel shows none that leads
// nowhere. The PIN stays.
func (s *Sharing) renewEnded(ctx context.Context) {
	ctx, done, err := s.take(ctx)
	if err != nil {
		return
	}
	defer done()
	s.mu.Lock()
	ended := s.on && !s.o.Peers.InviteOpen(s.invite.ID)
	s.mu.Unlock()
	if !ended {
		return
	}
	if err := s.newLink(ctx); err != nil {
		s.o.Log.Error("the link of the sharing panel has ended and could not be renewed", "err", err)
	}
	s.ring()
}

// explain looks for causes while nobody comes.
func (s *Sharing) explain(ctx context.Context, now time.Time) {
	s.mu.Lock()
	due := s.on && s.lamp.State == LampWaiting && now.Sub(s.asked) >= CausesAfter
	situation := Situation{Shared: true, Port: s.o.Port, Addresses: slices.Clone(s.addresses)}
	if due {
		s.asked = now
	}
	s.mu.Unlock()
	if !due {
		return
	}
	causes := slices.DeleteFunc(s.o.Diagnose(ctx, situation), func(f Finding) bool { return f.Level == LevelOK })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lamp.State == LampWaiting && s.asked.Equal(now) {
		s.causes = causes
		s.ring()
	}
}

// Diagnose looks for what keeps other devices out now, as the function Diagnose does, whether somebody came or not.
func (s *Sharing) Diagnose(ctx context.Context) []Finding {
	addresses := s.lookUp()
	s.mu.Lock()
	came := s.lamp.State == LampSeen || s.lamp.State == LampJoined
	situation := Situation{Shared: s.on, Port: s.o.Port, Addresses: addresses, Visited: came}
	s.mu.Unlock()
	return s.o.Diagnose(ctx, situation)
}

// guard keeps the computer awake while that is wanted and somebody is connected.
func (s *Sharing) guard(ctx context.Context) {
	var release func() // nil = it may sleep
	let := func() {
		if release != nil {
			release()
			release = nil
		}
	}
	defer let()
	tried := false // and failed, since it was wanted
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.guests:
		}
		wanted := s.wantsAwake()
		if !wanted {
			let()
			tried = false
			s.held("", "")
		}
		if !wanted || tried || release != nil {
			continue
		}
		free, how, err := s.o.KeepAwake(awakeReason)
		if err != nil {
			tried = true
			s.o.Log.Warn("this computer may fall asleep while somebody is connected", "err", err)
			s.held("", whyAsleep(err))
			continue
		}
		release = free
		s.held(how, "")
	}
}

func (s *Sharing) wantsAwake() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on && s.awake.Wanted && s.sessions > 0
}

func (s *Sharing) held(how, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := Awake{Wanted: s.awake.Wanted, Held: how != "", How: how, Why: why}
	if now != s.awake {
		s.awake = now
		s.ring()
	}
}
