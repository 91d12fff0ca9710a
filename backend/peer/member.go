package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"hearth/backend/fault"
)

// member is a peer as the table keeps it.
type member struct {
	ID        string    `json:"-"` // the key
	Name      string    `json:"name"`
	Role      Role      `json:"role"`
	Created   time.Time `json:"created"`
	Moderator bool      `json:"moderator,omitempty"`
	Muted     bool      `json:"muted,omitempty"`
	Invite    string    `json:"invite,omitempty"` // by which it came
	Banned    bool      `json:"banned,omitempty"` // its sessions are kept to know its browsers by
	Seen      time.Time `json:"seen,omitzero"`    // last use, as of the last time that this was stored

	used *atomic.Int64 // Unix seconds of the last use; shared by the versions of one member
}

// newMember makes a peer that nobody knows yet.
func newMember(name string, role Role) *member {
	now := time.Now().UTC()
	m := &member{ID: newID(), Name: name, Role: role, Created: now, used: new(atomic.Int64)}
	m.used.Store(now.Unix())
	return m
}

func (m *member) seen() time.Time { return time.Unix(m.used.Load(), 0).UTC() }

func (m *member) face() Face { return newFace(m.ID, m.Name) }

func (m *member) peer(window bool) Peer {
	return Peer{Face: m.face(), Role: m.Role, Window: window, Moderator: m.Moderator, Muted: m.Muted}
}

// Now returns who as it is now: its name, role and flags. Who has no session any more, or whose script token has ended, is a
// Visitor; a local program, and a peer that these peers do not know, is as it was. It reads memory only, under one read lock.
func (p *Peers) Now(who Peer) Peer {
	if who.ID == "" && who.scope == nil {
		return who
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if who.scope != nil {
		if p.tokens[who.scope.ID] == nil || who.scope.expired() {
			who.Role = Visitor
		}
		return who
	}
	m := p.byID[who.ID]
	if m == nil {
		return who
	}
	now := m.peer(who.Window)
	if !p.namedLocked(m) {
		now.Role, now.Moderator = Visitor, false
	}
	return now
}

// all returns the peers that can come back.
func (p *Peers) all() []*member {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var list []*member
	for _, same := range p.byName {
		for _, m := range same {
			list = append(list, m)
		}
	}
	return list
}

// guests returns the guests that can come back.
func (p *Peers) guests() []*member {
	return slices.DeleteFunc(p.all(), func(m *member) bool { return m.Role != Guest })
}

// find returns the peer with that id, or fault.NotFound.
func (p *Peers) find(id string) (*member, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if m := p.byID[id]; m != nil {
		return m, nil
	}
	return nil, fault.New(fault.NotFound, "there is no peer %q", id)
}

// keep stores a peer, which is new or another version of one, and shows it. The caller holds change.
func (p *Peers) keep(ctx context.Context, m *member) error {
	m.Seen = m.seen()
	value, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode peer %s: %w", m.ID, err)
	}
	if err := p.peers.Put(ctx, m.ID, value); err != nil {
		return fmt.Errorf("keep peer %s: %w", m.ID, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.byID[m.ID]
	p.byID[m.ID] = m
	if old == nil {
		return nil // admit names it
	}
	here := p.namedLocked(old) || old.Banned && len(p.sessionsLocked(m.ID)) > 0
	p.unnameLocked(old)
	if here && !m.Banned {
		p.nameLocked(m)
	}
	return nil
}
