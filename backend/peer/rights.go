package peer

import "slices"

// Right says whose rights changed: what they have open is to be closed. Exactly one of Peer and Token names them.
type Right struct {
	Peer    string // a peer's id, or ""
	Token   string // a script token's id, or ""
	Session string // SessionKey of the one session of Peer that ended; "" = all of them
	Again   bool   // they may come back, with other rights than before; else they have lost what they came by
}

// WatchRights calls f whenever rights changed from now on, one at a time, after the store has the change and BySession, ByToken, Now and
// May follow it, and before the call that did it returns. f must not block and must not change peers.
func (p *Peers) WatchRights(f func(Right)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onRights = append(p.onRights, f)
}

func (p *Peers) revise(r Right) {
	p.mu.RLock()
	watchers := slices.Clone(p.onRights)
	p.mu.RUnlock()
	for _, watch := range watchers {
		watch(r)
	}
}

// WatchDoor calls f whenever what decides who comes in changed from now on: the PIN, the lock, what is shared, the invites
// and the knocks. f must not block and must not change peers.
func (p *Peers) WatchDoor(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onDoor = append(p.onDoor, f)
}

func (p *Peers) tellDoor() {
	p.mu.RLock()
	watchers := slices.Clone(p.onDoor)
	p.mu.RUnlock()
	for _, watch := range watchers {
		watch()
	}
}
