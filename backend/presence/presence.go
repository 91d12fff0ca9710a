// Package presence holds what is true of peers right now: who is here, who is typing, and who has read how far.
//
// All of it is state, not history: presence/hub, typing/<room> and reads/<peer id> hold the latest value per key, in
// memory. Only how far a peer has read outlives the process, in a table.
//
// # Guarantees
//
//  1. A peer is online while at least one of its sessions is here, however many there are; away from the moment the last
//     one left; and offline when none has come back within the grace. A reload is never shown as offline. Who cannot come
//     back, because it signed out or was put out, is gone as soon as it is not here.
//  2. presence/hub shows the changes of a peer in the order in which they happened, and People agrees with it.
//  3. Whoever joins or takes another name is shown so at once.
//  4. How far a peer has read never goes backwards, and is committed before it is shown. Marking what was read already
//     commits nothing.
//
// # Caveats
//
// Of those who have not been here since Open, Since is the time of Open.
package presence

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth/backend/peer"
	"hearth/backend/topic"
)

const (
	Grace     = 60 * time.Second // from away to offline, when Options does not say otherwise
	MaxPeople = 1024             // peers that presence/hub shows; beyond it, those whose state is oldest are forgotten
	MaxTyping = 256              // peers that typing/<room> shows
)

// The kinds of entries in presence/hub, typing/<room> and reads/<peer id>.
const (
	KindPresence = "presence" // data: Person
	KindTyping   = "typing"   // data: Typist
	KindRead     = "read"     // data: Read
)

// State says whether a peer is here.
type State string

const (
	Online  State = "online"
	Away    State = "away"    // its last session left, less than the grace ago
	Offline State = "offline" // its last session left longer ago, or it has not been here since Open
	Gone    State = "gone"    // it cannot come back, and People leaves it out
)

// Person is a peer and whether it is here.
type Person struct {
	Peer  peer.Face `json:"peer"`
	State State     `json:"state"`
	Since string    `json:"since"` // of State; topic.WireTime
}

// Typist is a peer that is typing in a room.
type Typist struct {
	Peer peer.Face `json:"peer"`
	Room string    `json:"room"`
}

// Options are the settings of Open.
type Options struct {
	Peers *peer.Peers   // required
	Grace time.Duration // 0 = the constant Grace
}

// Presence knows who is here.
type Presence struct {
	topics *topic.Topics
	peers  *peer.Peers
	grace  time.Duration
	hub    *topic.Topic // presence/hub
	reads  reads
	timers sync.WaitGroup // of the graces that run; Close waits

	// mu is held while presence/hub is written, which is in memory, so that states come in order.
	mu     sync.Mutex
	people map[string]*person // guarded by mu; by peer id
	closed bool               // guarded by mu
}

// person is guarded by Presence.mu.
type person struct {
	Person
	sessions int         // that are here
	absences int         // how often the last session left
	grace    *time.Timer // of the newest absence; nil when there was none
}

// Open opens presence/hub with all peers that can come back, offline, and loads how far they have read.
func Open(ctx context.Context, topics *topic.Topics, o Options) (*Presence, error) {
	hub, err := topics.Open(ctx, "presence/hub", topic.Retention{State: true, Entries: MaxPeople})
	if err != nil {
		return nil, err
	}
	p := &Presence{topics: topics, peers: o.Peers, grace: cmp.Or(o.Grace, Grace), hub: hub, people: make(map[string]*person)}
	if err := p.reads.load(ctx, topics); err != nil {
		return nil, err
	}
	p.peers.WatchRights(p.revised)
	p.peers.Watch(p.met) // before All: who comes in between is met twice, not missed
	for _, face := range p.peers.All() {
		p.met(face)
	}
	return p, nil
}

// Close ends the graces that run and waits for those that are ending. Who leaves afterwards is not noticed.
func (p *Presence) Close() {
	p.mu.Lock()
	p.closed = true
	for _, who := range p.people {
		p.stopLocked(who)
	}
	p.mu.Unlock()
	p.timers.Wait()
}

// Enter says that a session of that peer is here, until leave is called; a second call of leave does nothing. Scripts,
// which have no id, are not people: for them nothing happens.
func (p *Presence) Enter(face peer.Face) (leave func()) {
	if face.ID == "" {
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return func() {}
	}
	who := p.knownLocked(face)
	who.sessions++
	p.stopLocked(who)
	if who.State != Online {
		p.turnLocked(who, Online)
	}
	var once sync.Once
	return func() { once.Do(func() { p.leave(who) }) }
}

func (p *Presence) leave(who *person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who.sessions--
	if who.sessions > 0 || p.closed {
		return
	}
	if !p.peers.CanReturn(who.Peer.ID) {
		p.dropLocked(who)
		return
	}
	p.turnLocked(who, Away)
	who.absences++
	absence := who.absences
	p.timers.Add(1)
	who.grace = time.AfterFunc(p.grace, func() {
		defer p.timers.Done()
		p.expire(who, absence)
	})
}

// expire turns who offline, unless it came back while the timer fired.
func (p *Presence) expire(who *person, absence int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && who.State == Away && who.absences == absence {
		p.turnLocked(who, Offline)
	}
}

// revised takes away who cannot come back any more. Whose sessions are still here goes with the last of them.
func (p *Presence) revised(r peer.Right) {
	if r.Peer == "" || r.Again {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if who := p.people[r.Peer]; who != nil && who.sessions == 0 && !p.closed && !p.peers.CanReturn(r.Peer) {
		p.dropLocked(who)
	}
}

func (p *Presence) dropLocked(who *person) {
	p.stopLocked(who)
	p.turnLocked(who, Gone)
	delete(p.people, who.Peer.ID)
}

// met shows a peer that is new or has another name.
func (p *Presence) met(face peer.Face) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who := p.people[face.ID]
	switch {
	case who == nil:
		p.knownLocked(face)
	case who.Peer != face:
		who.Peer = face
		p.showLocked(who)
	}
}

// knownLocked returns the person with that face, who is offline when it was not known.
func (p *Presence) knownLocked(face peer.Face) *person {
	who := p.people[face.ID]
	if who == nil {
		who = &person{Person: Person{Peer: face}}
		p.people[face.ID] = who
		p.turnLocked(who, Offline)
	}
	return who
}

// stopLocked ends the grace of who, if one runs. One that has just fired finds by itself that it is not wanted.
func (p *Presence) stopLocked(who *person) {
	if who.grace != nil && who.grace.Stop() {
		p.timers.Done()
	}
}

func (p *Presence) turnLocked(who *person, state State) {
	who.State, who.Since = state, time.Now().UTC().Format(topic.WireTime)
	p.showLocked(who)
}

// showLocked puts who into presence/hub. That is memory: it fails only when the hub has closed, and nobody reads it then.
func (p *Presence) showLocked(who *person) {
	data, err := json.Marshal(who.Person)
	if err == nil {
		_, _, _ = p.hub.Append(context.Background(), topic.Draft{Kind: KindPresence, Key: who.Peer.ID, Data: data})
	}
}

// People returns the peers that are here or can come back, sorted by name.
func (p *Presence) People() []Person {
	canReturn := make(map[string]bool)
	for _, face := range p.peers.All() {
		canReturn[face.ID] = true
	}
	people := []Person{}
	p.mu.Lock()
	for id, who := range p.people {
		if canReturn[id] || who.State != Offline {
			people = append(people, who.Person)
		}
	}
	p.mu.Unlock()
	slices.SortFunc(people, func(a, b Person) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Peer.Name), strings.ToLower(b.Peer.Name)),
			strings.Compare(a.Peer.ID, b.Peer.ID))
	})
	return people
}

// Typing says that a peer is typing in a room, now. Scripts do not type: for them nothing happens.
func (p *Presence) Typing(ctx context.Context, room string, who peer.Face) error {
	if who.ID == "" {
		return nil
	}
	t, err := p.TypingTopic(ctx, room)
	if err != nil {
		return err
	}
	data, err := json.Marshal(Typist{Peer: who, Room: room})
	if err != nil {
		return fmt.Errorf("encode who is typing: %w", err)
	}
	_, _, err = t.Append(ctx, topic.Draft{Kind: KindTyping, Key: who.ID, Data: data})
	return err
}

// TypingTopic opens typing/<room> to be followed. Whether there is such a room is the caller's to know: what is opened
// stays open.
func (p *Presence) TypingTopic(ctx context.Context, room string) (*topic.Topic, error) {
	return p.topics.Open(ctx, "typing/"+room, topic.Retention{State: true, Entries: MaxTyping})
}
