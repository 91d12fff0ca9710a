package lan

import (
	"context"
	"fmt"
	"strings"

	"hearth/backend/fault"
)

// linkPath stands between a hub's address and the secret of an invite. Browsers keep fragments to themselves.
const linkPath = "/#j="

// Link returns the link of an invite with that secret, or "" while other devices cannot reach the hub.
func (s *Sharing) Link(secret string) string {
	s.mu.Lock()
	url, _ := s.url(s.addresses)
	s.mu.Unlock()
	if url == "" {
		return ""
	}
	return url + linkPath + secret
}

// Renew makes another link and, if the hub makes its PINs, another PIN; the old ones let nobody in. Errors: fault.Conflict
// while the hub is not shared, or the store's.
func (s *Sharing) Renew(ctx context.Context) error {
	ctx, done, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer done()
	if !s.isOn() {
		return fault.New(fault.Conflict, "this hub is not shared; turn sharing on first")
	}
	if err := s.newLink(ctx); err != nil {
		return err
	}
	s.o.Peers.NewPIN()
	s.mu.Lock()
	s.awaitLocked()
	s.mu.Unlock()
	s.ring()
	return nil
}

// newLink replaces the link. A secret is shown only when its id is in the table, so that a later process can end it.
func (s *Sharing) newLink(ctx context.Context) error {
	invite, secret, err := s.o.Peers.NewSharingInvite(ctx, LinkAge)
	if err != nil {
		return err
	}
	if err := s.table.Put(ctx, linkPrefix+invite.ID, nil); err != nil {
		return fmt.Errorf("keep the link's id: %w", err)
	}
	s.mu.Lock()
	s.invite, s.secret = invite, secret
	s.mu.Unlock()
	return s.endLinks(ctx, invite.ID)
}

// endLinks ends all links of the panel but that one.
func (s *Sharing) endLinks(ctx context.Context, but string) error {
	var old []string
	err := s.table.Each(ctx, func(key string, _ []byte) bool {
		if id, ok := strings.CutPrefix(key, linkPrefix); ok && id != but {
			old = append(old, id)
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("list links: %w", err)
	}
	for _, id := range old {
		if err := s.o.Peers.RevokeInvite(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("end a link: %w", err)
		}
		if err := s.table.Delete(ctx, linkPrefix+id); err != nil {
			return fmt.Errorf("forget a link: %w", err)
		}
	}
	return nil
}
