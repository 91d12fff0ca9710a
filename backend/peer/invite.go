package peer

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth/backend/fault"
)

const (
	InviteAge     = 24 * time.Hour      // of a link that is made without one
	MaxInviteAge  = 30 * 24 * time.Hour // of any link
	MaxInviteUses = 10_000
	InviteMemory  = 7 * 24 * time.Hour // how long a link that ended is told from one that never was
	MaxInvites    = 1000               // remembered ones; the oldest that ended makes room
)

// States of an invite. One that ended in several ways is in the first of them that is listed here.
const (
	StateOpen    = "open"
	StateRevoked = "revoked"
	StateUsedUp  = "used_up"
	StateExpired = "expired"
)

// Invite is a link that lets people in, as its maker sees it.
type Invite struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Uses    int       `json:"uses"` // how many may come by it; 0 = no count
	Used    int       `json:"used"` // how many came
	State   string    `json:"state"`
	Sharing bool      `json:"sharing,omitempty"` // the sharing panel's, which its QR code shows
}

// invite is an invite as the table keeps it, under its id. Its uses are the peers that name it.
type invite struct {
	ID      string    `json:"-"`
	Secret  string    `json:"secret"` // hash, in hex
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Uses    int       `json:"uses,omitempty"`
	Revoked time.Time `json:"revoked,omitzero"`
	Sharing bool      `json:"sharing,omitempty"`
}

// NewInvite makes a link's secret, 22 characters that fit a URL. uses is how many may come by it, 0 for any number; age is
// how long it lasts, 0 for InviteAge. The hub keeps the secret's hash only. Errors: fault.BadRequest for numbers out of
// their range, fault.Conflict when there are MaxInvites open ones, the store's.
func (p *Peers) NewInvite(ctx context.Context, uses int, age time.Duration) (Invite, string, error) {
	return p.newInvite(ctx, invite{Uses: uses}, age)
}

// NewSharingInvite is NewInvite for the link of the sharing panel, which has no count. Lists tell it from those that the
// owner made.
func (p *Peers) NewSharingInvite(ctx context.Context, age time.Duration) (Invite, string, error) {
	return p.newInvite(ctx, invite{Sharing: true}, age)
}

func (p *Peers) newInvite(ctx context.Context, made invite, age time.Duration) (Invite, string, error) {
	age = cmp.Or(age, InviteAge)
	if made.Uses < 0 || made.Uses > MaxInviteUses {
		return Invite{}, "", fault.New(fault.BadRequest, "an invite has 1 to %d uses, or 0 for no count", MaxInviteUses).In("uses")
	}
	if age < 0 || age > MaxInviteAge {
		return Invite{}, "", fault.New(fault.BadRequest, "an invite lasts at most %d hours", int(MaxInviteAge.Hours())).In("hours")
	}
	if err := p.lock(ctx); err != nil {
		return Invite{}, "", err
	}
	defer p.unlock()
	if err := p.dropInvites(ctx); err != nil {
		return Invite{}, "", err
	}
	p.mu.RLock()
	full := len(p.invites) >= MaxInvites
	p.mu.RUnlock()
	if full {
		return Invite{}, "", fault.New(fault.Conflict, "there are %d open invites, which is all the hub keeps; revoke one first", MaxInvites)
	}
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	plain := base64.RawURLEncoding.EncodeToString(random[:])
	now := time.Now().UTC()
	made.ID, made.Secret, made.Created, made.Expires = newID(), hash(plain).key(), now, now.Add(age)
	if err := p.keepInvite(ctx, &made); err != nil {
		return Invite{}, "", err
	}
	p.tellDoor()
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.showLocked(&made), plain, nil
}

// Invites returns the invites that are open or ended within InviteMemory, the newest first.
func (p *Peers) Invites() []Invite {
	p.mu.RLock()
	defer p.mu.RUnlock()
	list := []Invite{}
	for _, i := range p.invites {
		if now := time.Now(); !i.forgotten(now) {
			list = append(list, p.showLocked(i))
		}
	}
	slices.SortFunc(list, func(a, b Invite) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID))
	})
	return list
}

// InviteOpen reports whether the invite with that id lets people in now.
func (p *Peers) InviteOpen(id string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	i := p.invites[id]
	return i != nil && p.stateLocked(i) == StateOpen
}

// RevokeInvite ends a link. Who came by it stays. Ending it twice is harmless. Errors: fault.NotFound, the store's.
func (p *Peers) RevokeInvite(ctx context.Context, id string) error {
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	p.mu.RLock()
	old := p.invites[id]
	p.mu.RUnlock()
	if old == nil {
		return fault.New(fault.NotFound, "there is no invite %q", id)
	}
	if !old.Revoked.IsZero() {
		return nil
	}
	revoked := *old
	revoked.Revoked = time.Now().UTC()
	if err := p.keepInvite(ctx, &revoked); err != nil {
		return err
	}
	p.tellDoor()
	return nil
}

// openInvite returns the id of the invite with that secret, if it lets somebody in now.
func (p *Peers) openInvite(secret string) (id string, err error) {
	key := hash(strings.TrimSpace(secret)).key()
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, i := range p.invites {
		if i.Secret != key || i.forgotten(time.Now()) {
			continue
		}
		switch p.stateLocked(i) {
		case StateRevoked:
			return "", fault.New(InviteRevoked, "this invite link was taken back; ask for a new one")
		case StateUsedUp:
			return "", fault.New(InviteUsedUp, "this invite link was used as often as it may be; ask for a new one")
		case StateExpired:
			return "", fault.New(InviteExpired, "this invite link has expired; ask for a new one")
		}
		return i.ID, nil
	}
	return "", fault.New(InviteUnknown, "this hub does not know this invite link; scan it again, or ask for a new one")
}

func (p *Peers) showLocked(i *invite) Invite {
	return Invite{ID: i.ID, Created: i.Created, Expires: i.Expires, Uses: i.Uses, Used: p.usedLocked(i.ID), State: p.stateLocked(i), Sharing: i.Sharing}
}

func (p *Peers) stateLocked(i *invite) string {
	switch {
	case !i.Revoked.IsZero():
		return StateRevoked
	case i.Uses > 0 && p.usedLocked(i.ID) >= i.Uses:
		return StateUsedUp
	case !time.Now().Before(i.Expires):
		return StateExpired
	}
	return StateOpen
}

func (p *Peers) usedLocked(invite string) (used int) {
	for _, m := range p.byID {
		if m.Invite == invite {
			used++
		}
	}
	return used
}

func (i *invite) forgotten(now time.Time) bool {
	end := i.Expires
	if !i.Revoked.IsZero() {
		end = i.Revoked
	}
	return now.Sub(end) >= InviteMemory
}

// keepInvite stores an invite and shows it. The caller holds change.
func (p *Peers) keepInvite(ctx context.Context, i *invite) error {
	value, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("encode invite %s: %w", i.ID, err)
	}
	if err := p.inviteTable.Put(ctx, i.ID, value); err != nil {
		return fmt.Errorf("keep invite %s: %w", i.ID, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.invites[i.ID] = i
	return nil
}

// dropInvites forgets the invites that ended long ago, and the oldest that ended if there would be too many. The caller
// holds change.
func (p *Peers) dropInvites(ctx context.Context) error {
	for _, id := range p.oldInvites() {
		if err := p.inviteTable.Delete(ctx, id); err != nil {
			return fmt.Errorf("forget invite %s: %w", id, err)
		}
		p.mu.Lock()
		delete(p.invites, id)
		p.mu.Unlock()
	}
	return nil
}

func (p *Peers) oldInvites() (ids []string) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	full := len(p.invites) >= MaxInvites
	var oldest *invite
	for id, i := range p.invites {
		if i.forgotten(time.Now()) {
			ids = append(ids, id)
		} else if full && p.stateLocked(i) != StateOpen && (oldest == nil || i.Created.Before(oldest.Created)) {
			oldest = i
		}
	}
	if len(ids) == 0 && oldest != nil {
		ids = append(ids, oldest.ID)
	}
	return ids
}

// loadInvites is for Open.
func (p *Peers) loadInvites(ctx context.Context) error {
	err := p.inviteTable.Each(ctx, func(id string, value []byte) bool {
		i := &invite{}
		err := json.Unmarshal(value, i)
		if raw, bad := hex.DecodeString(i.Secret); err != nil || bad != nil || len(raw) != len(secret{}) {
			p.log.Error("a stored invite cannot be read and is left out", "invite", id, "err", err)
			return true
		}
		i.ID = id
		p.invites[id] = i
		return true
	})
	if err != nil {
		return fmt.Errorf("load invites: %w", err)
	}
	return nil
}
