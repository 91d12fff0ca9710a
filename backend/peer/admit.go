package peer

import (
	"context"
	"net/netip"

	"hearth/backend/fault"
)

// MaxGuests is how many guests may be in at a time: a link has no end of uses, and one person can follow it all day.
const MaxGuests = 1000

// Why somebody is not let in. The server answers all of them with HTTP 403.
const (
	InviteUnknown fault.Code = "invite_unknown" // no such link: mistyped, or ended long ago
	InviteExpired fault.Code = "invite_expired"
	InviteUsedUp  fault.Code = "invite_used_up"
	InviteRevoked fault.Code = "invite_revoked"
	DoorLocked    fault.Code = "door_locked"
	PINWrong      fault.Code = "pin_wrong"
	PINNeeded     fault.Code = "pin_needed"
	Removed       fault.Code = "removed"       // banned
	KnockRefused  fault.Code = "knock_refused" // the owner said no
)

// Ticket is what somebody shows at the door. One of Secret and PIN is enough; Secret counts if both are there.
type Ticket struct {
	Name   string
	Secret string     // of an invite link, or ""
	PIN    string     // as typed, or ""
	From   netip.Addr // where it comes from: wrong PINs are counted by it
}

// Admit makes a guest of who shows a good ticket, and a session for it. Errors: CheckName's; DoorLocked; the four of
// invites; PINNeeded, PINWrong, or fault.RateLimited for wrong tries of the PIN; fault.RateLimited beyond MaxGuests; the
// store's.
func (p *Peers) Admit(ctx context.Context, t Ticket) (Peer, string, error) {
	name, err := CheckName(t.Name)
	if err != nil {
		return Peer{}, "", err
	}
	if err := p.lock(ctx); err != nil { // so an invite is not used more often than it may be
		return Peer{}, "", err
	}
	defer p.unlock()
	if p.Locked() {
		return Peer{}, "", doorLocked()
	}
	invite, err := p.checkTicket(t)
	if err != nil {
		return Peer{}, "", err
	}
	return p.letIn(ctx, name, invite, t.From)
}

// letIn makes a guest. Its row is what uses an invite, so that no crash can come between the two. The caller holds change.
func (p *Peers) letIn(ctx context.Context, name, invite string, from netip.Addr) (Peer, string, error) {
	if len(p.guests()) >= MaxGuests {
		return Peer{}, "", fault.New(fault.RateLimited, "this hub has %d guests, which is all it takes; come back when some have left", MaxGuests)
	}
	m := newMember(name, Guest)
	m.Invite = invite
	who, sessionSecret, err := p.admit(ctx, m, false)
	if err != nil {
		return Peer{}, "", err
	}
	p.pin.joined(from)
	if invite != "" {
		p.tellDoor()
	}
	return who, sessionSecret, nil
}

// checkTicket returns the id of the invite that lets t in, or "" if something else does.
func (p *Peers) checkTicket(t Ticket) (invite string, err error) {
	if t.Secret != "" {
		invite, err := p.openInvite(t.Secret)
		if err != nil && p.PINMode() == PINNone {
			return "", nil // who may come without a link may come with a bad one
		}
		return invite, err
	}
	news, err := p.pin.check(t.PIN, t.From)
	if news {
		p.log.Warn("there is a new PIN after too many wrong tries")
		p.tellDoor()
	}
	return "", err
}
