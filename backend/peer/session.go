package peer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// MaxSessions is how many sessions one peer may have; a further one ends the oldest. Each `hearth open` makes one.
const MaxSessions = 32

// secret is the SHA-256 of a session's or a link's secret. A secret is random enough that a plain hash cannot be undone.
type secret [sha256.Size]byte

func hash(s string) secret { return sha256.Sum256([]byte(s)) }

// SessionKey names the session with that secret where the secret itself must not stand, such as in Right.
func SessionKey(sessionSecret string) string { return hash(sessionSecret).key() }

func (s secret) key() string { return hex.EncodeToString(s[:]) }

// newSecret returns 256 random bits as 43 characters that fit a cookie and a URL.
func newSecret() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// session is a session as the table keeps it, under the hash of its secret.
type session struct {
	Peer    string    `json:"peer"`
	Window  bool      `json:"window,omitempty"`
	Created time.Time `json:"created"`
}

func (p *Peers) loadSessions(ctx context.Context) error {
	var stray []string
	err := p.sessions.Each(ctx, func(key string, value []byte) bool {
		var s session
		raw, err := hex.DecodeString(key)
		if err == nil {
			err = json.Unmarshal(value, &s)
		}
		if err != nil || len(raw) != len(secret{}) || p.byID[s.Peer] == nil {
			stray = append(stray, key)
			return true
		}
		p.bySession[secret(raw)] = s
		if m := p.byID[s.Peer]; !m.Banned {
			p.nameLocked(m)
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("load sessions: %w", err)
	}
	for _, key := range stray {
		if err := p.sessions.Delete(ctx, key); err != nil {
			return fmt.Errorf("remove a session of nobody: %w", err)
		}
	}
	return nil
}

// BySession returns the peer whose session has that secret, and notes that it was here. It reads memory only.
func (p *Peers) BySession(sessionSecret string) (Peer, bool) {
	key := hash(sessionSecret)
	p.mu.RLock()
	defer p.mu.RUnlock()
	s, ok := p.bySession[key]
	if !ok {
		return Peer{}, false
	}
	m := p.byID[s.Peer]
	if m.Banned {
		return Peer{}, false
	}
	m.used.Store(time.Now().Unix())
	return m.peer(s.Window), true
}

// SignOut ends the session with that secret; one that is not there has ended already. That of a banned peer stays: it is
// how its browser is known.
func (p *Peers) SignOut(ctx context.Context, sessionSecret string) error {
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	if p.Banned(sessionSecret) {
		return nil
	}
	return p.end(ctx, hash(sessionSecret))
}

// admit stores a session for m, and m itself if it is new, and shows both. The session is stored first: what a crash
// leaves is then a session of nobody, which Open removes, and not a peer that nobody can be. The caller holds change.
func (p *Peers) admit(ctx context.Context, m *member, window bool) (Peer, string, error) {
	s := session{Peer: m.ID, Window: window, Created: time.Now().UTC()}
	value, err := json.Marshal(s)
	if err != nil {
		return Peer{}, "", fmt.Errorf("encode a session: %w", err)
	}
	plain := newSecret()
	if err := p.sessions.Put(ctx, hash(plain).key(), value); err != nil {
		return Peer{}, "", fmt.Errorf("keep a session of peer %s: %w", m.ID, err)
	}
	_, known := p.Lookup(m.ID)
	if !known {
		if err := p.keep(ctx, m); err != nil {
			return Peer{}, "", err
		}
	}
	p.mu.Lock()
	p.bySession[hash(plain)] = s
	p.nameLocked(m)
	p.mu.Unlock()
	if !known {
		p.tell(m.face())
	}
	p.log.Info("a session began", "peer", m.ID, "role", m.Role, "window", window)
	p.trim(ctx, hash(plain))
	return m.peer(window), plain, nil
}

// end removes a session from the store and from memory. The caller holds change.
func (p *Peers) end(ctx context.Context, key secret) error {
	p.mu.RLock()
	s, ok := p.bySession[key]
	p.mu.RUnlock()
	if !ok {
		return nil
	}
	if err := p.sessions.Delete(ctx, key.key()); err != nil {
		return fmt.Errorf("end a session of peer %s: %w", s.Peer, err)
	}
	p.forget(key, s.Peer)
	p.revise(Right{Peer: s.Peer, Session: key.key()})
	return nil
}

func (p *Peers) forget(key secret, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.bySession, key)
	if m := p.byID[id]; m.Role != Owner && len(p.sessionsLocked(id)) == 0 {
		p.unnameLocked(m) // the owner can always come back by another link
	}
}

// trim ends the sessions of the same peer that a fresh one replaces: those of earlier windows, since there is one window,
// and the oldest beyond MaxSessions. One that cannot be ended now is ended by a later trim. The caller holds change.
func (p *Peers) trim(ctx context.Context, fresh secret) {
	for _, key := range p.replaced(fresh) {
		if err := p.end(ctx, key); err != nil {
			p.log.Warn("an old session could not be ended", "err", err)
		}
	}
}

func (p *Peers) replaced(fresh secret) []secret {
	p.mu.RLock()
	defer p.mu.RUnlock()
	s := p.bySession[fresh]
	kept := p.sessionsLocked(s.Peer)
	slices.SortFunc(kept, func(a, b secret) int { return p.bySession[a].Created.Compare(p.bySession[b].Created) })
	var ended []secret
	kept = slices.DeleteFunc(kept, func(key secret) bool {
		old := key != fresh && s.Window && p.bySession[key].Window
		if old {
			ended = append(ended, key)
		}
		return old || key == fresh
	})
	return append(ended, kept[:max(0, len(kept)+1-MaxSessions)]...)
}

func (p *Peers) sessionsLocked(id string) []secret {
	var keys []secret
	for key, s := range p.bySession {
		if s.Peer == id {
			keys = append(keys, key)
		}
	}
	return keys
}
