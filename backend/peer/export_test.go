package peer

// Triers returns how many addresses are remembered for mistyped PINs.
func (p *Peers) Triers() int {
	p.pin.mu.Lock()
	defer p.pin.mu.Unlock()
	return len(p.pin.triers)
}
