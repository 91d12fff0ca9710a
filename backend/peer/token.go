package peer

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"hearth/backend/fault"
)

const (
	MaxTokens     = 200
	MaxTokenGlobs = 64
	MaxGlob       = 64   // characters of a glob, as of a notification topic's name
	MaxTokenRate  = 1000 // messages per second that a token may be given
)

// tokenPrefix begins each script token, so that people and programs that search for leaked secrets know one.
const tokenPrefix = "hs_"

// Token is a script token, as its maker sees it.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`             // what CheckName accepts; what the script writes stands under it
	Topics  []string  `json:"topics"`           // globs of notification topics: `*` stands for any characters
	Can     []string  `json:"can"`              // of CanPublish, CanSubscribe, CanMonitor and CanRooms
	Rate    int       `json:"rate,omitempty"`   // messages per second; 0 = the hub's standard for scripts
	Created time.Time `json:"created"`          // set by NewToken
	Expires time.Time `json:"expires,omitzero"` // zero = never
	Used    time.Time `json:"used,omitzero"`    // to the hour after a restart; zero = never
}

// token is a script token as the table keeps it, under its id.
type token struct {
	Token
	Secret string `json:"secret"` // hash of the whole, in hex

	used *atomic.Int64 // Unix seconds of the last use; shared by the versions of one token
}

// NewToken makes a script token of want's name, topics, abilities, rate and expiry, and returns it with what the script is
// to send: hs_<id>_<secret>. The hub keeps its hash only. No topics means all, no abilities means publish. Errors:
// CheckName's, fault.BadRequest, fault.Conflict when there are MaxTokens, the store's.
func (p *Peers) NewToken(ctx context.Context, want Token) (Token, string, error) {
	made, err := want.checked()
	if err != nil {
		return Token{}, "", err
	}
	if err := p.lock(ctx); err != nil {
		return Token{}, "", err
	}
	defer p.unlock()
	p.mu.RLock()
	full := len(p.tokens) >= MaxTokens
	p.mu.RUnlock()
	if full {
		return Token{}, "", fault.New(fault.Conflict, "there are %d script tokens, which is all the hub keeps; revoke one first", MaxTokens)
	}
	plain := tokenPrefix + made.ID + "_" + strings.ToLower(rand.Text()+rand.Text())
	t := &token{Token: made, Secret: hash(plain).key(), used: new(atomic.Int64)}
	if err := p.keepToken(ctx, t); err != nil {
		return Token{}, "", err
	}
	p.log.Info("a script token was made", "token", made.ID, "name", made.Name)
	return t.show(), plain, nil
}

// Tokens returns the script tokens, also those that have expired, the newest first.
func (p *Peers) Tokens() []Token {
	p.mu.RLock()
	defer p.mu.RUnlock()
	list := []Token{}
	for _, t := range p.tokens {
		list = append(list, t.show())
	}
	slices.SortFunc(list, func(a, b Token) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID))
	})
	return list
}

// RevokeToken ends a script token, and what its script has open. Errors: fault.NotFound, the store's.
func (p *Peers) RevokeToken(ctx context.Context, id string) error {
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	p.mu.RLock()
	t := p.tokens[id]
	p.mu.RUnlock()
	if t == nil {
		return fault.New(fault.NotFound, "there is no script token %q", id)
	}
	if err := p.tokenTable.Delete(ctx, id); err != nil {
		return fmt.Errorf("revoke token %s: %w", id, err)
	}
	p.mu.Lock()
	delete(p.tokens, id)
	p.mu.Unlock()
	p.revise(Right{Token: id})
	return nil
}

// ByToken returns who acts with that script token. It reads memory only.
func (p *Peers) ByToken(plain string) (Peer, bool) {
	id, _, _ := strings.Cut(strings.TrimPrefix(plain, tokenPrefix), "_")
	p.mu.RLock()
	t := p.tokens[id]
	p.mu.RUnlock()
	if t == nil || subtle.ConstantTimeCompare([]byte(t.Secret), []byte(hash(plain).key())) != 1 || t.expired() {
		return Peer{}, false
	}
	t.used.Store(time.Now().Unix())
	return Peer{Face: Caller(t.Name), Role: Script, scope: t}, true
}

// TokenID returns the id of the script token by which who acts, or "".
func (who Peer) TokenID() string {
	if who.scope == nil {
		return ""
	}
	return who.scope.ID
}

// Rate returns how many messages per second who may write, or 0 for the standard of its role.
func (who Peer) Rate() int {
	if who.scope == nil {
		return 0
	}
	return who.scope.Rate
}

// Expires returns when the script token by which who acts ends, or the zero time for never.
func (who Peer) Expires() time.Time {
	if who.scope == nil {
		return time.Time{}
	}
	return who.scope.Expires
}

func (t *token) expired() bool { return !t.Expires.IsZero() && !time.Now().Before(t.Expires) }

func (t *token) show() Token {
	shown := t.Token
	if used := t.used.Load(); used > 0 {
		shown.Used = time.Unix(used, 0).UTC()
	}
	return shown
}

// keepToken stores a token and shows it. The caller holds change.
func (p *Peers) keepToken(ctx context.Context, t *token) error {
	value, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("encode token %s: %w", t.ID, err)
	}
	if err := p.tokenTable.Put(ctx, t.ID, value); err != nil {
		return fmt.Errorf("keep token %s: %w", t.ID, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens[t.ID] = t
	return nil
}

// loadTokens is for Open.
func (p *Peers) loadTokens(ctx context.Context) error {
	err := p.tokenTable.Each(ctx, func(id string, value []byte) bool {
		t := &token{used: new(atomic.Int64)}
		err := json.Unmarshal(value, t)
		if raw, bad := hex.DecodeString(t.Secret); err != nil || bad != nil || len(raw) != len(secret{}) {
			p.log.Error("a stored script token cannot be read and is left out", "token", id, "err", err)
			return true
		}
		t.ID = id
		if !t.Used.IsZero() {
			t.used.Store(t.Used.Unix())
		}
		p.tokens[id] = t
		return true
	})
	if err != nil {
		return fmt.Errorf("load script tokens: %w", err)
	}
	return nil
}
