package peer

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"hearth/backend/fault"
)

const (
	PINDigits      = 6                // of a PIN that the hub makes
	MinPINDigits   = 4                // of one that the owner chose
	MaxPINDigits   = 12               // of one that the owner chose
	TriesPerPIN    = 30               // wrong tries, less good joins, after which a PIN is replaced
	NewPINsPerHour = 6                // that the hub makes by itself; after them PIN joining rests
	PINRest        = 10 * time.Minute // of all PIN joining; links and sessions go on
)

// Modes of the PIN, besides the owner's own digits.
const (
	PINAuto  = "auto"  // the hub makes it, and another one when it was tried too often
	PINNone  = "none"  // the hub is open: a name is enough
	PINFixed = "fixed" // the owner's own, which only rests when it was tried too often
)

// pin is the PIN and who tried it. It is in memory only.
type pin struct {
	mu       sync.Mutex
	mode     string      // guarded by mu
	digits   string      // "" with PINNone; guarded by mu
	wrong    int         // tries of these digits, less good joins; guarded by mu
	replaced []time.Time // when, within the last hour; guarded by mu
	rests    time.Time   // until when nobody joins by PIN; guarded by mu
	triers   triers      // guarded by mu
}

// SetPIN chooses the PIN: PINAuto for one that the hub makes afresh, PINNone for none at all, or 4 to 12 digits. It is not
// stored. Error: fault.BadRequest.
func (p *Peers) SetPIN(mode string) error {
	if err := p.pin.set(mode); err != nil {
		return err
	}
	p.tellDoor()
	return nil
}

// NewPIN replaces a PIN that the hub made. The owner's own digits and an open hub stay as they are.
func (p *Peers) NewPIN() {
	if p.PINMode() == PINAuto {
		p.SetPIN(PINAuto) // cannot fail
	}
}

// PIN returns the digits that let somebody in, or "" when none are asked for.
func (p *Peers) PIN() string {
	p.pin.mu.Lock()
	defer p.pin.mu.Unlock()
	return p.pin.digits
}

// PINMode returns PINAuto, PINNone or PINFixed.
func (p *Peers) PINMode() string {
	p.pin.mu.Lock()
	defer p.pin.mu.Unlock()
	return p.pin.mode
}

// CheckPIN returns SetPIN's error without setting anything.
func CheckPIN(mode string) error {
	digits := len(mode) >= MinPINDigits && len(mode) <= MaxPINDigits && strings.Trim(mode, "0123456789") == ""
	if digits || mode == PINAuto || mode == PINNone {
		return nil
	}
	return fault.New(fault.BadRequest, "a PIN is %d to %d digits, or auto for one that the hub makes, or none to let everybody in",
		MinPINDigits, MaxPINDigits).In("pin")
}

func (n *pin) set(mode string) error {
	if err := CheckPIN(mode); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	switch mode {
	case PINAuto:
		n.mode, n.digits = PINAuto, freshPIN(n.digits)
	case PINNone:
		n.mode, n.digits = PINNone, ""
	default:
		n.mode, n.digits = PINFixed, mode
	}
	n.wrong, n.rests = 0, time.Time{}
	return nil
}

// check returns nil if typed lets in who comes from there. news says that there is another PIN now.
func (n *pin) check(typed string, from netip.Addr) (news bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.mode == PINNone {
		return false, nil
	}
	typed = plainPIN(typed)
	if typed == "" {
		return false, fault.New(PINNeeded, "this hub asks for its PIN, which the owner's screen shows; an invite link needs none").In("pin")
	}
	now := time.Now()
	if wait := n.rests.Sub(now); wait > 0 {
		return false, tooManyTries(wait)
	}
	t, wait := n.triers.of(from, now)
	if wait > 0 {
		return false, tooManyTries(wait)
	}
	if right, given := hash(n.digits), hash(typed); subtle.ConstantTimeCompare(right[:], given[:]) == 1 {
		return false, nil
	}
	t.miss(now)
	return n.missedLocked(now), fault.New(PINWrong, "this is not the PIN; the owner's screen shows it").In("pin")
}

func tooManyTries(wait time.Duration) error {
	return fault.New(fault.RateLimited, "the PIN was mistyped too often; wait %s, or use an invite link", wait.Round(time.Second)).
		In("pin").After(wait)
}

// joined counts a good join: it makes up for a mistyped PIN, of the same address and of these digits.
func (n *pin) joined(from netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wrong = max(0, n.wrong-1)
	now := time.Now()
	if t, _ := n.triers.of(from, now); t != nil {
		t.hit(now)
	}
}

// missedLocked counts a wrong try and reports whether the PIN was replaced for it.
func (n *pin) missedLocked(now time.Time) bool {
	if n.wrong++; n.wrong < TriesPerPIN {
		return false
	}
	n.wrong = 0
	for len(n.replaced) > 0 && now.Sub(n.replaced[0]) >= time.Hour {
		n.replaced = n.replaced[1:]
	}
	if n.mode == PINFixed || len(n.replaced) >= NewPINsPerHour {
		n.rests = now.Add(PINRest)
		return false
	}
	n.replaced = append(n.replaced, now)
	n.digits = freshPIN(n.digits)
	return true
}

// freshPIN returns random digits that differ from old.
func freshPIN(old string) string {
	for {
		n, _ := rand.Int(rand.Reader, big.NewInt(1_000_000)) // never fails
		if fresh := fmt.Sprintf("%0*d", PINDigits, n); fresh != old {
			return fresh
		}
	}
}

// plainPIN returns what people type as 482 913 or in full-width digits the way it is compared.
func plainPIN(typed string) string {
	if len(typed) > 8*MaxPINDigits {
		return "too long"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(typed))
}
