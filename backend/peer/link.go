package peer

import (
	"context"
	"slices"
	"sync"
	"time"

	"hearth/backend/fault"
)

const (
	OwnerLinkAge  = 10 * time.Minute // how long an owner link can be redeemed
	MaxOwnerLinks = 16               // owner links at a time; a further one replaces the oldest
)

// links holds the owner links that wait to be redeemed, in memory only.
type links struct {
	mu      sync.Mutex
	waiting []link // guarded by mu; oldest first
}

type link struct {
	token   secret
	window  bool
	expires time.Time
}

// MintOwnerLink returns a token that RedeemOwnerLink takes once, within OwnerLinkAge. window says that it is for the
// desktop window.
func (p *Peers) MintOwnerLink(window bool) (token string) {
	token = newSecret()
	p.links.add(link{token: hash(token), window: window, expires: time.Now().Add(OwnerLinkAge)})
	return token
}

// RedeemOwnerLink opens a session of the owner. A token that did not open a session, because
// the store refused, can be tried again. Errors: fault.Forbidden for a token that is unknown, used or expired; the store's.
func (p *Peers) RedeemOwnerLink(ctx context.Context, token string) (Peer, string, error) {
	if err := p.lock(ctx); err != nil { // also keeps two from using one token
		return Peer{}, "", err
	}
	defer p.unlock()
	l, ok := p.links.find(hash(token))
	if !ok {
		return Peer{}, "", fault.New(fault.Forbidden,
			"this owner link was used already or has expired; run `hearth open` for a fresh one").In("token")
	}
	owner, sessionSecret, err := p.admit(ctx, p.ownerPeer(), l.window)
	if err == nil {
		p.links.remove(l.token)
	}
	return owner, sessionSecret, err
}

func (p *Peers) ownerPeer() *member {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.byID[p.owner]
}

func (ls *links) add(l link) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.dropLocked()
	if len(ls.waiting) >= MaxOwnerLinks {
		ls.waiting = ls.waiting[1:]
	}
	ls.waiting = append(ls.waiting, l)
}

func (ls *links) find(token secret) (link, bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.dropLocked()
	i := slices.IndexFunc(ls.waiting, func(l link) bool { return l.token == token })
	if i < 0 {
		return link{}, false
	}
	return ls.waiting[i], true
}

func (ls *links) remove(token secret) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.waiting = slices.DeleteFunc(ls.waiting, func(l link) bool { return l.token == token })
}

// dropLocked forgets the links that have expired.
func (ls *links) dropLocked() {
	now := time.Now()
	ls.waiting = slices.DeleteFunc(ls.waiting, func(l link) bool { return !now.Before(l.expires) })
}
