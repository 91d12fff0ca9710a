package peer

import (
	"context"
	"errors"
	"time"
)

const (
	GuestAge = 24 * time.Hour // how long a guest stays known after its last use
	UseEvery = time.Hour      // how often the use of a peer or a token is stored at most
)

// Expire ends the sessions of guests who were not here for GuestAge, what script tokens have open that expired, and the
// memory of old invites; and it stores when peers and tokens were last used. here reports whether a peer has something open,
// which is use. Call it every few minutes. A use that a restart came before, UseEvery old at most, is made up for. Errors: the
// store's; what can be done beside them is done.
func (p *Peers) Expire(ctx context.Context, here func(id string) bool) error {
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	now := time.Now()
	var gone, used []*member
	for _, m := range p.all() {
		if here(m.ID) {
			m.used.Store(now.Unix())
		}
		switch {
		case m.Role == Guest && p.left(m, now):
			gone = append(gone, m)
		case m.seen().Sub(m.Seen) >= UseEvery:
			used = append(used, m)
		}
	}
	gone, err := p.putOut(gone, func(m *member) error { return p.signOut(ctx, m) })
	for _, m := range gone {
		p.log.Info("a guest was not here for a day and is signed out", "peer", m.ID)
	}
	_, failed := sideBySide(used, func(m *member) error {
		seen := *m
		return p.keep(ctx, &seen)
	})
	return errors.Join(err, failed, p.expireTokens(ctx), p.dropInvites(ctx))
}

// left reports whether a guest was not here for GuestAge.
func (p *Peers) left(m *member, now time.Time) bool {
	unused := now.Sub(m.seen())
	if m.seen().Before(p.opened) {
		unused -= UseEvery
	}
	return unused >= GuestAge
}

// expireTokens ends what expired tokens have open, and stores when the others were used. The caller holds change.
func (p *Peers) expireTokens(ctx context.Context) (err error) {
	p.mu.RLock()
	var expired []string
	var used []*token
	for _, t := range p.tokens {
		if t.expired() {
			expired = append(expired, t.ID)
		} else if t.show().Used.Sub(t.Used) >= UseEvery {
			used = append(used, t)
		}
	}
	p.mu.RUnlock()
	for _, id := range expired {
		p.revise(Right{Token: id})
	}
	for _, t := range used {
		now := *t
		now.Token = t.show()
		err = errors.Join(err, p.keepToken(ctx, &now))
	}
	return err
}
