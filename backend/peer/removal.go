package peer

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"hearth/backend/fault"
)

// atOnce is how many peers are changed at a time: the store commits together what it is given together.
const atOnce = 64

// Removal says how somebody is removed.
type Removal struct {
	Ban        bool   // the browser cannot come back with another link or name
	SameInvite bool   // also everyone who came by the same link after him
	Reason     string // at most MaxReason characters
}

// Remove ends the sessions of a peer, for good, and records it; what they have open is closed. by moderates; with
// SameInvite, those whom by may not moderate are left alone. It returns who is out, also beside an error of the store, which
// may have come in the middle. Errors: fault.NotFound, fault.Forbidden, CheckReason's, the store's.
func (p *Peers) Remove(ctx context.Context, id string, by Peer, r Removal) (removed []Face, err error) {
	reason, err := CheckReason(r.Reason)
	if err != nil {
		return nil, err
	}
	if err := p.lock(ctx); err != nil {
		return nil, err
	}
	defer p.unlock()
	m, err := p.subject(id, by)
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // half a removal is none
	who := []*member{m}
	if r.SameInvite && m.Invite != "" {
		who = append(who, p.cameAfter(m, by)...)
	}
	act, out := ActRemoved, p.signOut
	if r.Ban {
		act, out = ActBanned, p.ban
	}
	gone, err := p.putOut(who, func(m *member) error { return out(ctx, m) })
	for _, m := range gone {
		err = errors.Join(err, p.recordOn(ctx, m, act, by, reason))
	}
	return faces(gone), err
}

// cameAfter returns who came by the link of m after it, and may be moderated by by.
func (p *Peers) cameAfter(m *member, by Peer) (who []*member) {
	for _, other := range p.all() {
		if other.ID != m.ID && other.Invite == m.Invite && !other.Created.Before(m.Created) && p.above(by, other) == nil {
			who = append(who, other)
		}
	}
	return who
}

// EndGathering ends the sessions of all guests, for good, and records it; what they have open is closed. by moderates.
// Answer and errors are those of Remove.
func (p *Peers) EndGathering(ctx context.Context, by Peer, reason string) (removed []Face, err error) {
	if reason, err = CheckReason(reason); err != nil {
		return nil, err
	}
	if !p.May(by, Moderate, "people/hub") {
		return nil, fault.New(fault.Forbidden, "only the owner of this hub and those whom the owner lets moderate may do that")
	}
	if err := p.lock(ctx); err != nil {
		return nil, err
	}
	defer p.unlock()
	ctx = context.WithoutCancel(ctx) // half an end is none
	gone, err := p.putOut(p.guests(), func(m *member) error { return p.signOut(ctx, m) })
	return faces(gone), errors.Join(err, p.Record(ctx, Act{Act: ActGatheringEnded, By: by.Face, Reason: reason}))
}

// putOut calls out for each of them, side by side, and closes what they have open. It returns whom out did not fail for. The
// caller holds change.
func (p *Peers) putOut(who []*member, out func(*member) error) (gone []*member, err error) {
	gone, err = sideBySide(who, out)
	for _, m := range gone {
		p.revise(Right{Peer: m.ID})
	}
	return gone, err
}

// sideBySide calls f for each of them, atOnce at a time, and returns whom it did not fail for, and the first error.
func sideBySide(who []*member, f func(*member) error) (done []*member, err error) {
	var g errgroup.Group
	g.SetLimit(atOnce)
	errs := make([]error, len(who))
	for i, m := range who {
		g.Go(func() error {
			errs[i] = f(m)
			return errs[i]
		})
	}
	err = g.Wait()
	for i, m := range who {
		if errs[i] == nil {
			done = append(done, m)
		}
	}
	return done, err
}

// signOut ends all sessions of a peer.
func (p *Peers) signOut(ctx context.Context, m *member) error {
	p.mu.RLock()
	keys := p.sessionsLocked(m.ID)
	p.mu.RUnlock()
	for _, key := range keys {
		if err := p.sessions.Delete(ctx, key.key()); err != nil {
			return fmt.Errorf("end a session of peer %s: %w", m.ID, err)
		}
		p.forget(key, m.ID)
	}
	return nil
}

// ban keeps the sessions of a peer as the mark by which its browsers are known.
func (p *Peers) ban(ctx context.Context, m *member) error {
	banned := *m
	banned.Banned, banned.Moderator = true, false
	return p.keep(ctx, &banned)
}

func faces(who []*member) (list []Face) {
	for _, m := range who {
		list = append(list, m.face())
	}
	return list
}

// Unban lets a banned peer come back as who it was, and records it. by moderates. Errors: fault.NotFound, fault.Forbidden,
// the store's.
func (p *Peers) Unban(ctx context.Context, id string, by Peer) error {
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	m, err := p.subject(id, by)
	if err != nil || !m.Banned {
		return err
	}
	back := *m
	back.Banned = false
	if err := p.keep(ctx, &back); err != nil {
		return err
	}
	p.tell(back.face())
	return p.recordOn(ctx, &back, ActUnbanned, by, "")
}

// Banned reports whether the session with that secret is of a banned peer: its browser may not join again.
func (p *Peers) Banned(sessionSecret string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	s, ok := p.bySession[hash(sessionSecret)]
	return ok && p.byID[s.Peer].Banned
}
