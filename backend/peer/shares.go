package peer

import (
	"context"
	"encoding/json"
	"fmt"
)

// Shares says what guests see of the hub, by the owner's three switches. Who else is here they always see.
type Shares struct {
	Rooms         bool `json:"rooms"`         // read and write all rooms
	Computer      bool `json:"computer"`      // follow the monitor of the hub's computer
	Notifications bool `json:"notifications"` // follow all notification topics
}

// defaultShares holds until the owner has chosen.
var defaultShares = Shares{Rooms: true}

// sharesKey is the row of the hub's table that keeps the owner's choice.
const sharesKey = "shares"

// cover reports whether guests get what the table of May gives them of that prefix.
func (s Shares) cover(prefix string) bool {
	switch prefix {
	case "room/", "list/rooms", "typing/":
		return s.Rooms
	case "monitor/local":
		return s.Computer
	case "notify/", "list/notify":
		return s.Notifications
	}
	return true
}

// Shares returns what guests see.
func (p *Peers) Shares() Shares {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.shares
}

// SetShares changes what guests see, from now on and over restarts. What guests have open is told to come back. Errors:
// the store's.
func (p *Peers) SetShares(ctx context.Context, s Shares) error {
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	if s == p.Shares() {
		return nil
	}
	value, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode what is shared: %w", err)
	}
	if err := p.hub.Put(ctx, sharesKey, value); err != nil {
		return fmt.Errorf("keep what is shared: %w", err)
	}
	p.mu.Lock()
	p.shares = s
	p.mu.Unlock()
	for _, m := range p.guests() {
		p.revise(Right{Peer: m.ID, Again: true})
	}
	p.tellDoor()
	return nil
}

// loadShares is for Open.
func (p *Peers) loadShares(ctx context.Context) error {
	value, err := p.hub.Get(ctx, sharesKey)
	if err != nil {
		return fmt.Errorf("read what is shared: %w", err)
	}
	p.shares = defaultShares
	if value == nil {
		return nil
	}
	if err := json.Unmarshal(value, &p.shares); err != nil {
		p.log.Error("what guests may see cannot be read; they see nothing until the owner chooses again", "err", err)
		p.shares = Shares{}
	}
	return nil
}
