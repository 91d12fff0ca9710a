package peer

import (
	"net/netip"
	"time"
)

const (
	PINTries     = 5                // wrong tries of one address, and one more for each good join within PINCredit
	PINCredit    = 10 * time.Minute // how long a good join makes up for a wrong try from the same address
	FirstPINLock = 30 * time.Second // how long an address waits after PINTries; it doubles with each further one
	LastPINLock  = time.Hour
	PINMemory    = 24 * time.Hour // how long wrong tries count after the last of them
	MaxTriers    = 1024           // addresses that are remembered; the mildest is forgotten for a further one
	maxCredits   = 256            // good joins that are remembered of one address
	roomSample   = 64             // addresses among which the mildest is looked for
)

// triers remembers who mistyped the PIN, by IPv4 address or IPv6 network of 64 bits: one host has all addresses of such a one.
type triers struct {
	by   map[netip.Prefix]*trier
	full time.Time // until when there is no room, since all are locked
}

type trier struct {
	wrong  int
	last   time.Time     // wrong try
	until  time.Time     // locked, unless good joins have made up for the wrong tries
	locked time.Duration // how long the last time
	joins  []time.Time   // good ones within PINCredit, oldest first
}

// of returns the trier at from, and how long it has to wait. When all that can be remembered are locked, there is no trier
// but the wait until the first of them is free: who is locked stays so.
func (ts *triers) of(from netip.Addr, now time.Time) (*trier, time.Duration) {
	where := network(from)
	if t := ts.by[where]; t != nil {
		return t, t.wait(now)
	}
	if len(ts.by) >= MaxTriers {
		if !now.Before(ts.full) {
			ts.full = now.Add(ts.makeRoom(now))
		}
		if wait := ts.full.Sub(now); wait > 0 {
			return nil, wait
		}
	}
	if ts.by == nil {
		ts.by = make(map[netip.Prefix]*trier)
	}
	ts.by[where] = &trier{}
	return ts.by[where], 0
}

func network(from netip.Addr) netip.Prefix {
	from = from.Unmap()
	bits := 64
	if from.Is4() {
		bits = 32
	}
	where, _ := from.Prefix(bits) // the zero address is a network of its own
	return where
}

// makeRoom forgets whom there is no reason to remember, else the mildest that is not locked, of a few picked at random: to
// look at all of them for each stranger would be work that strangers can ask for. It returns how long all are locked.
func (ts *triers) makeRoom(now time.Time) (wait time.Duration) {
	wait = LastPINLock
	var mildest *trier
	var at netip.Prefix
	seen := 0
	for where, t := range ts.by {
		if seen++; seen > roomSample && (mildest != nil || len(ts.by) < MaxTriers) {
			break
		}
		if t.idle(now) {
			delete(ts.by, where)
			continue
		}
		if left := t.wait(now); left > 0 {
			wait = min(wait, left)
		} else if m := mildest; m == nil || t.wrong < m.wrong || t.wrong == m.wrong && t.last.Before(m.last) {
			mildest, at = t, where
		}
	}
	switch {
	case len(ts.by) < MaxTriers:
		return 0
	case mildest == nil:
		return wait
	}
	delete(ts.by, at)
	return 0
}

// idle reports whether nothing about t counts any more.
func (t *trier) idle(now time.Time) bool {
	return (t.wrong == 0 || now.Sub(t.last) >= PINMemory) && t.credit(now) == 0
}

// wait returns how long t may not try, 0 or less if it may.
func (t *trier) wait(now time.Time) time.Duration {
	if t.wrong < PINTries+t.credit(now) {
		return 0
	}
	return t.until.Sub(now)
}

func (t *trier) credit(now time.Time) int {
	for len(t.joins) > 0 && now.Sub(t.joins[0]) >= PINCredit {
		t.joins = t.joins[1:]
	}
	return len(t.joins)
}

func (t *trier) hit(now time.Time) {
	if t.credit(now) < maxCredits {
		t.joins = append(t.joins, now)
	}
}

func (t *trier) miss(now time.Time) {
	if now.Sub(t.last) >= PINMemory {
		t.wrong, t.locked = 0, 0
	}
	t.wrong++
	t.last = now
	if t.wrong >= PINTries+t.credit(now) {
		t.locked = min(max(FirstPINLock, 2*t.locked), LastPINLock)
		t.until = now.Add(t.locked)
	}
}
