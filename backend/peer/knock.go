package peer

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth/backend/fault"
)

const (
	KnockAge         = 5 * time.Minute // how long a knock lasts after who knocked stopped waiting
	KnocksPerAddress = 3               // at a time; an address is an IPv4 address or an IPv6 network of 64 bits
	MaxKnocks        = 64              // at a time
)

// Knock is somebody at the door whom the owner may let in.
type Knock struct {
	ID   string    `json:"id"`
	Name string    `json:"name"` // what CheckName accepts
	From string    `json:"from"` // address
	Time time.Time `json:"time"`
}

// knocks holds who is at the door, in memory only.
type knocks struct {
	mu   sync.Mutex
	list map[secret]*knock // guarded by mu; by the hash of what who knocked waits with
}

type knock struct {
	Knock
	from     netip.Addr
	until    time.Time     // when it ends, unless somebody waits; guarded by knocks.mu
	waiting  int           // calls of Await; guarded by knocks.mu
	in       bool          // the answer; set before answered is closed
	answered chan struct{} // closed by AnswerKnock
}

// Knock asks the owner to let somebody in and returns the secret to Await the answer with. Errors: CheckName's, DoorLocked,
// fault.RateLimited when too many are at the door.
func (p *Peers) Knock(name string, from netip.Addr) (string, error) {
	name, err := CheckName(name)
	if err != nil {
		return "", err
	}
	if p.Locked() {
		return "", doorLocked()
	}
	plain := newSecret()
	now := time.Now()
	k := &knock{from: from, until: now.Add(KnockAge), answered: make(chan struct{}),
		Knock: Knock{ID: newID(), Name: name, From: from.Unmap().String(), Time: now.UTC()}}
	if err := p.knocks.add(hash(plain), k); err != nil {
		return "", err
	}
	p.tellDoor()
	return plain, nil
}

// Knocks returns who waits for an answer, the first first.
func (p *Peers) Knocks() []Knock {
	p.knocks.mu.Lock()
	defer p.knocks.mu.Unlock()
	p.knocks.dropLocked()
	list := []Knock{}
	for _, k := range p.knocks.list {
		if !k.hasAnswer() {
			list = append(list, k.Knock)
		}
	}
	slices.SortFunc(list, func(a, b Knock) int { return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ID, b.ID)) })
	return list
}

// AnswerKnock lets in who knocked, or does not. Error: fault.NotFound when nobody waits for that answer any more.
func (p *Peers) AnswerKnock(_ context.Context, id string, in bool) error {
	if !p.knocks.answer(id, in) {
		return fault.New(fault.NotFound, "nobody waits at the door with the id %q any more", id)
	}
	p.tellDoor()
	return nil
}

// Await waits until the knock with that secret is answered, or ctx ends. Who is let in becomes a guest, once; the owner's
// word opens a locked door, too. Errors: the context's while there is no answer, KnockRefused, fault.NotFound for a knock
// that has ended, the store's.
func (p *Peers) Await(ctx context.Context, knockSecret string) (Peer, string, error) {
	key := hash(knockSecret)
	k, leave := p.knocks.wait(key)
	if k == nil {
		return Peer{}, "", knockEnded()
	}
	defer leave()
	select {
	case <-k.answered:
	case <-ctx.Done():
		return Peer{}, "", ctx.Err()
	}
	if !k.in {
		return Peer{}, "", fault.New(KnockRefused, "the owner of this hub did not let you in")
	}
	if err := p.lock(ctx); err != nil { // also keeps two from coming in by one knock
		return Peer{}, "", err
	}
	defer p.unlock()
	if !p.knocks.has(key) {
		return Peer{}, "", knockEnded()
	}
	who, sessionSecret, err := p.letIn(ctx, k.Name, "", k.from)
	if err == nil {
		p.knocks.remove(key)
	}
	return who, sessionSecret, err
}

func knockEnded() error {
	return fault.New(fault.NotFound, "this knock has ended; knock again")
}

func (ks *knocks) add(key secret, k *knock) error {
	ks.mu.Lock()
	defer ks.mu.Unlock()
	ks.dropLocked()
	same := 0
	for _, other := range ks.list {
		if network(other.from) == network(k.from) {
			same++
		}
	}
	if same >= KnocksPerAddress || len(ks.list) >= MaxKnocks {
		return fault.New(fault.RateLimited, "too many have knocked in the last minutes; come back later, or ask for an invite link").After(KnockAge)
	}
	ks.list[key] = k
	return nil
}

// wait returns the knock of that key, which lasts until leave is called and KnockAge longer; nil if there is none.
func (ks *knocks) wait(key secret) (k *knock, leave func()) {
	ks.mu.Lock()
	defer ks.mu.Unlock()
	ks.dropLocked()
	if k = ks.list[key]; k == nil {
		return nil, nil
	}
	k.waiting++
	return k, func() {
		ks.mu.Lock()
		defer ks.mu.Unlock()
		k.waiting--
		k.until = time.Now().Add(KnockAge)
	}
}

func (ks *knocks) answer(id string, in bool) bool {
	ks.mu.Lock()
	defer ks.mu.Unlock()
	ks.dropLocked()
	for _, k := range ks.list {
		if k.ID == id && !k.hasAnswer() {
			k.in = in
			close(k.answered)
			return true
		}
	}
	return false
}

func (k *knock) hasAnswer() bool {
	select {
	case <-k.answered:
		return true
	default:
		return false
	}
}

func (ks *knocks) has(key secret) bool {
	ks.mu.Lock()
	defer ks.mu.Unlock()
	return ks.list[key] != nil
}

func (ks *knocks) remove(key secret) {
	ks.mu.Lock()
	defer ks.mu.Unlock()
	delete(ks.list, key)
}

// dropLocked forgets who has gone away.
func (ks *knocks) dropLocked() {
	now := time.Now()
	for key, k := range ks.list {
		if k.waiting == 0 && !now.Before(k.until) {
			delete(ks.list, key)
		}
	}
}
