package peer

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/unicode/norm"

	"hearth/backend/topic"
)

// Options are the settings of Open; the zero value is useful.
type Options struct {
	OwnerName string       // the owner's first name for itself; "Owner" when CheckName refuses it
	Log       *slog.Logger // nil = nothing is logged
}

// Peers holds the peers and sessions of a hub. It has no goroutine and needs no Close: the tables belong to topics.
type Peers struct {
	log    *slog.Logger
	hubID  string    // set once by Open
	owner  string    // the owner's id; set once by Open
	opened time.Time // set once by Open
	links  links
	pin    pin
	knocks knocks

	hub         topic.Table // the hub's id and the owner's choices
	peers       topic.Table
	sessions    topic.Table
	inviteTable topic.Table
	tokenTable  topic.Table
	acts        *topic.Topic

	// change is held by whoever changes the tables, so that memory follows them in order. It is a channel because the
	// wait ends with the caller's context, and because mu must not be held while the store commits.
	change chan struct{}

	mu        sync.RWMutex
	byID      map[string]*member            // guarded by mu; values are replaced, never modified
	byName    map[string]map[string]*member // guarded by mu; by folded name, then id; those who can come back
	bySession map[secret]session            // guarded by mu
	watchers  []func(Face)                  // guarded by mu
	onRights  []func(Right)                 // guarded by mu
	onDoor    []func()                      // guarded by mu
	shares    Shares                        // guarded by mu
	locked    bool                          // guarded by mu
	invites   map[string]*invite            // guarded by mu; by id; values are replaced, never modified
	tokens    map[string]*token             // guarded by mu; by id; values are replaced, never modified
}

// Open loads what topics keeps of peers, and makes the owner if there is none yet. Sessions of unknown peers, which a crash
// in the middle of Join leaves behind, are removed.
func Open(ctx context.Context, topics *topic.Topics, o Options) (*Peers, error) {
	p := &Peers{
		log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)), opened: time.Now(), change: make(chan struct{}, 1),
		hub: topics.Table("hub"), peers: topics.Table("peers"), sessions: topics.Table("sessions"),
		inviteTable: topics.Table("invites"), tokenTable: topics.Table("tokens"),
		byID: make(map[string]*member), byName: make(map[string]map[string]*member), bySession: make(map[secret]session),
		invites: make(map[string]*invite), tokens: make(map[string]*token),
		pin: pin{mode: PINAuto, digits: freshPIN("")}, knocks: knocks{list: make(map[secret]*knock)},
	}
	if err := p.openActs(ctx, topics); err != nil {
		return nil, err
	}
	var err error
	if p.hubID, err = loadHubID(ctx, p.hub); err != nil {
		return nil, err
	}
	for _, load := range []func(context.Context) error{p.loadShares, p.loadLock, p.loadInvites, p.loadTokens, p.loadPeers} {
		if err := load(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.ensureOwner(ctx, o.OwnerName); err != nil {
		return nil, err
	}
	return p, p.loadSessions(ctx)
}

func loadHubID(ctx context.Context, hub topic.Table) (string, error) {
	id, err := hub.Get(ctx, "id")
	if err != nil {
		return "", fmt.Errorf("read the hub's id: %w", err)
	}
	if id != nil {
		return string(id), nil
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	fresh := hex.EncodeToString(random[:])
	if err := hub.Put(ctx, "id", []byte(fresh)); err != nil {
		return "", fmt.Errorf("keep the hub's id: %w", err)
	}
	return fresh, nil
}

func (p *Peers) loadPeers(ctx context.Context) error {
	err := p.peers.Each(ctx, func(id string, value []byte) bool {
		m := &member{}
		if err := json.Unmarshal(value, m); err != nil {
			p.log.Error("a stored peer cannot be read and is left out", "peer", id, "err", err)
			return true
		}
		m.ID, m.used = id, new(atomic.Int64)
		m.used.Store(cmp.Or(m.Seen, m.Created).Unix())
		p.byID[id] = m
		if m.Role == Owner {
			p.owner = id
			p.nameLocked(m)
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("load peers: %w", err)
	}
	return nil
}

// ensureOwner makes the owner, if there is none yet. It is for Open.
func (p *Peers) ensureOwner(ctx context.Context, name string) error {
	if p.owner != "" {
		return nil
	}
	checked, err := CheckName(name)
	if err != nil {
		checked = "Owner" // which nobody else may be called
	}
	m := newMember(checked, Owner)
	if err := p.keep(ctx, m); err != nil {
		return err
	}
	p.owner = m.ID
	p.nameLocked(m)
	return nil
}

// HubID returns the hub's id, 8 hex digits made once.
func (p *Peers) HubID() string { return p.hubID }

// OwnerID returns the owner's id.
func (p *Peers) OwnerID() string { return p.owner }

// Lookup returns the face of a peer that is or was known.
func (p *Peers) Lookup(id string) (Face, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if m := p.byID[id]; m != nil {
		return m.face(), true
	}
	return Face{}, false
}

// Joined returns when a peer joined, or the zero time for one that is not known.
func (p *Peers) Joined(id string) time.Time {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if m := p.byID[id]; m != nil {
		return m.Created
	}
	return time.Time{}
}

// CanReturn reports whether a peer can come back: All has it.
func (p *Peers) CanReturn(id string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	m := p.byID[id]
	return m != nil && p.namedLocked(m)
}

// Named returns the peers of that name, without regard to case, sorted by id.
func (p *Peers) Named(name string) []Face {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var faces []Face
	for _, m := range p.byName[fold(norm.NFC.String(name))] {
		faces = append(faces, m.face())
	}
	slices.SortFunc(faces, func(a, b Face) int { return strings.Compare(a.ID, b.ID) })
	return faces
}

// All returns the peers that can come back, sorted by name and then id.
func (p *Peers) All() []Face {
	p.mu.RLock()
	defer p.mu.RUnlock()
	faces := []Face{}
	for _, same := range p.byName {
		for _, m := range same {
			faces = append(faces, m.face())
		}
	}
	slices.SortFunc(faces, func(a, b Face) int {
		return cmp.Or(strings.Compare(fold(a.Name), fold(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return faces
}

// Watch calls f with the face of each peer that joins or is renamed from now on, one at a time, before the call that did
// it returns. f must not change peers.
func (p *Peers) Watch(f func(Face)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watchers = append(p.watchers, f)
}

// Join makes a new member of that name and a session for it. Errors: CheckName's, or the store's.
func (p *Peers) Join(ctx context.Context, name string) (Peer, string, error) {
	name, err := CheckName(name)
	if err != nil {
		return Peer{}, "", err
	}
	if err := p.lock(ctx); err != nil {
		return Peer{}, "", err
	}
	defer p.unlock()
	return p.admit(ctx, newMember(name, Member), false)
}

// Rename gives a peer another name. Errors: CheckName's, fault.NotFound, or the store's.
func (p *Peers) Rename(ctx context.Context, id, name string) (Peer, error) {
	name, err := CheckName(name)
	if err != nil {
		return Peer{}, err
	}
	if err := p.lock(ctx); err != nil {
		return Peer{}, err
	}
	defer p.unlock()
	old, err := p.find(id)
	if err != nil {
		return Peer{}, err
	}
	renamed := *old
	renamed.Name = name
	if name != old.Name {
		if err := p.keep(ctx, &renamed); err != nil {
			return Peer{}, err
		}
		p.tell(renamed.face())
	}
	return renamed.peer(false), nil
}

func (p *Peers) tell(f Face) {
	p.mu.RLock()
	watchers := slices.Clone(p.watchers)
	p.mu.RUnlock()
	for _, watch := range watchers {
		watch(f)
	}
}

func (p *Peers) namedLocked(m *member) bool { return p.byName[fold(m.Name)][m.ID] != nil }

func (p *Peers) nameLocked(m *member) {
	key := fold(m.Name)
	if p.byName[key] == nil {
		p.byName[key] = make(map[string]*member)
	}
	p.byName[key][m.ID] = m
}

func (p *Peers) unnameLocked(m *member) {
	key := fold(m.Name)
	delete(p.byName[key], m.ID)
	if len(p.byName[key]) == 0 {
		delete(p.byName, key)
	}
}

// lock waits for its turn to change the tables, or for the end of ctx.
func (p *Peers) lock(ctx context.Context) error {
	select {
	case p.change <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Peers) unlock() { <-p.change }
