package peer

import (
	"net/netip"
	"time"
)

// Triers returns how many addresses are remembered for mistyped PINs.
func (p *Peers) Triers() int {
	p.pin.mu.Lock()
	defer p.pin.mu.Unlock()
	return len(p.pin.triers.by)
}

// Guessers are the triers of a hub without the rest that all PIN joining takes.
type Guessers struct{ triers triers }

// NewGuessers returns guessers of whom nobody has tried yet.
func NewGuessers() *Guessers { return &Guessers{} }

// Miss is a wrong try from an address, or returns how long there may be none.
func (g *Guessers) Miss(from netip.Addr) (wait time.Duration) {
	t, wait := g.triers.of(from, time.Now())
	if wait > 0 {
		return wait
	}
	t.miss(time.Now())
	return 0
}

// Len returns how many are remembered.
func (g *Guessers) Len() int { return len(g.triers.by) }
