package peer

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"hearth/backend/fault"
)

// Profile is a peer as the owner's list of people shows it.
type Profile struct {
	Peer
	Joined time.Time `json:"joined"`
	Seen   time.Time `json:"seen"`             // its last use; to the hour after a restart
	Invite string    `json:"invite,omitempty"` // the id of the link it came by
	Banned bool      `json:"banned,omitempty"`
}

// Members returns the peers that can come back and those who are banned, sorted by name and then id.
func (p *Peers) Members() []Profile {
	p.mu.RLock()
	defer p.mu.RUnlock()
	list := []Profile{}
	for _, m := range p.byID {
		if m.Banned || p.namedLocked(m) {
			list = append(list, Profile{Peer: m.peer(false), Joined: m.Created, Seen: m.seen(), Invite: m.Invite, Banned: m.Banned})
		}
	}
	slices.SortFunc(list, func(a, b Profile) int {
		return cmp.Or(strings.Compare(fold(a.Name), fold(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return list
}

// Mute lets a peer read and not write, or write again, and records it. by moderates. What the peer has open is told to
// come back. Errors: fault.NotFound, fault.Forbidden, CheckReason's, the store's.
func (p *Peers) Mute(ctx context.Context, id string, muted bool, by Peer, reason string) error {
	act := ActUnmuted
	if muted {
		act = ActMuted
	}
	return p.amend(ctx, id, by, reason, func(m *member) (acts []string) {
		if m.Muted == muted {
			return nil
		}
		m.Muted = muted
		return []string{act}
	})
}

// Appoint makes a peer a guest or a member, and lets a member moderate or not; the owner alone may, and it is recorded. What
// the peer has open is told to come back. Errors: fault.NotFound, fault.Forbidden, fault.BadRequest, CheckReason's, the store's.
func (p *Peers) Appoint(ctx context.Context, id string, role Role, moderator bool, by Peer, reason string) error {
	switch {
	case role != Guest && role != Member:
		return fault.New(fault.BadRequest, "the owner makes people guest or member, nothing else").In("role")
	case moderator && role != Member:
		return fault.New(fault.BadRequest, "a guest cannot moderate; make this person a member, too").In("moderator")
	case p.Now(by).Role != Owner:
		return fault.New(fault.Forbidden, "only the owner of this hub may do that")
	}
	return p.amend(ctx, id, by, reason, func(m *member) (acts []string) {
		if m.Role != role {
			acts = append(acts, map[Role]string{Member: ActKept, Guest: ActMadeGuest}[role])
		}
		if m.Moderator != moderator {
			acts = append(acts, map[bool]string{true: ActAppointed, false: ActDismissed}[moderator])
		}
		m.Role, m.Moderator = role, moderator
		return acts
	})
}

// amend changes one peer by f, which returns the acts that it was, none if nothing changes.
func (p *Peers) amend(ctx context.Context, id string, by Peer, reason string, f func(*member) (acts []string)) error {
	if _, err := CheckReason(reason); err != nil {
		return err
	}
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	m, err := p.subject(id, by)
	if err != nil {
		return err
	}
	changed := *m
	acts := f(&changed)
	if len(acts) == 0 {
		return nil
	}
	if err := p.keep(ctx, &changed); err != nil {
		return err
	}
	p.revise(Right{Peer: id, Again: true})
	for _, act := range acts {
		if err := p.recordOn(ctx, &changed, act, by, reason); err != nil {
			return err
		}
	}
	return nil
}

// subject returns the peer with that id if by may moderate it.
func (p *Peers) subject(id string, by Peer) (*member, error) {
	m, err := p.find(id)
	if err != nil {
		return nil, err
	}
	return m, p.above(by, m)
}

// above returns nil if by may moderate m: the owner all others, a moderator those who do not moderate.
func (p *Peers) above(by Peer, m *member) error {
	by = p.Now(by)
	switch {
	case !by.Moderates():
		return fault.New(fault.Forbidden, "only the owner of this hub and those whom the owner lets moderate may do that")
	case m.Role == Owner:
		return fault.New(fault.Forbidden, "nobody moderates the owner of this hub")
	case m.peer(false).Moderates() && by.Role != Owner:
		return fault.New(fault.Forbidden, "%s moderates, too; only the owner of this hub may do that", m.Name)
	}
	return nil
}
