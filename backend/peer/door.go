package peer

import (
	"context"
	"fmt"

	"hearth/backend/fault"
)

// lockedKey is the row of the hub's table that is there while the door is locked.
const lockedKey = "locked"

func doorLocked() error {
	return fault.New(DoorLocked, "the door is locked, nobody new comes in; ask the owner of this hub to unlock it")
}

// Locked reports whether nobody new comes in.
func (p *Peers) Locked() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.locked
}

// SetLocked locks the door, or unlocks it, from now on and over restarts. Who is in stays and may come back. It records
// no act: the caller knows by whom. Errors: the store's.
func (p *Peers) SetLocked(ctx context.Context, locked bool) error {
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	if locked == p.Locked() {
		return nil
	}
	keep := func() error { return p.hub.Delete(ctx, lockedKey) }
	if locked {
		keep = func() error { return p.hub.Put(ctx, lockedKey, []byte("true")) }
	}
	if err := keep(); err != nil {
		return fmt.Errorf("keep the lock of the door: %w", err)
	}
	p.mu.Lock()
	p.locked = locked
	p.mu.Unlock()
	p.tellDoor()
	return nil
}

// loadLock is for Open.
func (p *Peers) loadLock(ctx context.Context) error {
	value, err := p.hub.Get(ctx, lockedKey)
	if err != nil {
		return fmt.Errorf("read the lock of the door: %w", err)
	}
	p.locked = value != nil
	return nil
}
