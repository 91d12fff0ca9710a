package server

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"hearth/backend/peer"
)

// pingSlots spreads the pings of all sessions over the time between two of them.
const pingSlots = int(pingEvery / time.Second)

// live holds what is connected: WebSocket sessions and HTTP streams.
type live struct {
	mu       sync.Mutex
	closing  bool                             // nothing new comes in; guarded by mu
	sessions [pingSlots]map[*session]struct{} // guarded by mu
	next     int                              // slot of the next session; guarded by mu
	streams  map[*httpStream]struct{}         // guarded by mu
	others   int                              // sessions and streams from other computers; guarded by mu
	told     func(others int)                 // called under mu, must not block; nil = nobody wants to know; set once, before use
	pinging  bool                             // the pinger runs; guarded by mu
	all      sync.WaitGroup                   // handshakes, readers and the pinger; counted up under mu until closing, later only by those it counts
	stop     chan struct{}                    // closed with closing: ends the pinger
}

func newLive() *live {
	l := &live{streams: make(map[*httpStream]struct{}), stop: make(chan struct{})}
	for i := range l.sessions {
		l.sessions[i] = make(map[*session]struct{})
	}
	return l
}

// begin counts a handshake, or reports false: the server is closing. all.Done ends it. Nothing else would: once the
// connection is taken over, net/http does not know of it any more.
func (l *live) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closing {
		l.all.Add(1)
	}
	return !l.closing
}

// start adds a session at the end of its handshake and runs its reader. If the server is closing by now, it hears so.
func (l *live) start(s *session, read func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.slot = l.next % pingSlots
	l.next++
	l.sessions[s.slot][s] = struct{}{}
	l.countLocked(s.holder, 1)
	if !l.pinging {
		l.pinging = true
		l.all.Go(l.ping)
	}
	l.all.Go(read)
	if l.closing {
		s.goodbye(closeGoingAway, sleepReason)
	}
}

func (l *live) remove(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, there := l.sessions[s.slot][s]; there {
		delete(l.sessions[s.slot], s)
		l.countLocked(s.holder, -1)
	}
}

// ping is the one ticker for all sessions. Each second it is another slot's turn.
func (l *live) ping() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for slot := 0; ; slot = (slot + 1) % pingSlots {
		select {
		case <-l.stop:
			return
		case now := <-tick.C:
			for _, s := range l.slot(slot) {
				s.ping(now)
			}
		}
	}
}

func (l *live) slot(n int) []*session {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]*session, 0, len(l.sessions[n]))
	for s := range l.sessions[n] {
		list = append(list, s)
	}
	return list
}

// ping sends a ping, or drops a session that has not answered for pongGrace.
func (s *session) ping(now time.Time) {
	if first := s.unanswered.Load(); first != 0 && now.Sub(time.Unix(0, first)) >= pongGrace {
		s.wire.drop()
		return
	}
	s.unanswered.CompareAndSwap(0, now.UnixNano())
	s.say(func(buf []byte) []byte { return appendHeader(buf, opPing, 0) })
	s.ring()
}

// add adds an HTTP stream, or reports false: the server is closing. Its handler removes it.
func (l *live) add(h *httpStream) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closing {
		l.streams[h] = struct{}{}
		l.countLocked(h.holder, 1)
	}
	return !l.closing
}

func (l *live) removeStream(h *httpStream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.streams, h)
	l.countLocked(h.holder, -1)
}

// countLocked counts what is open from other computers, and tells of it.
func (l *live) countLocked(h holder, by int) {
	if h.from.IsLoopback() {
		return
	}
	l.others += by
	if l.told != nil {
		l.told(l.others)
	}
}

// holder says to whom something open belongs, and from where it was opened: what it goes by when rights change.
type holder struct {
	peer    string // a peer's id, or ""
	session string // peer.SessionKey of the cookie, or ""
	token   string // a script token's id, or ""
	how     how
	from    netip.Addr
}

func holderOf(c caller) holder {
	h := holder{peer: c.ID, token: c.TokenID(), how: c.how, from: c.from}
	if c.how == byCookie {
		h.session = peer.SessionKey(c.secret)
	}
	return h
}

// end ends what belongs to those whom which picks: sessions with that code, HTTP streams without a word.
func (l *live) end(which func(holder) bool, code closeCode, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endLocked(which, code, reason)
}

func (l *live) endLocked(which func(holder) bool, code closeCode, reason string) {
	for _, slot := range l.sessions {
		for s := range slot {
			if which(s.holder) {
				s.goodbye(code, reason)
			}
		}
	}
	for h := range l.streams {
		if which(h.holder) {
			h.stop()
		}
	}
}

// pass gives a session to another holder.
func (l *live) pass(s *session, to holder) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.holder = to
}

// addresses returns where each peer has something open, by its id.
func (l *live) addresses() map[string][]netip.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := make(map[string][]netip.Addr)
	note := func(h holder) {
		if h.peer != "" && !slices.Contains(from[h.peer], h.from) {
			from[h.peer] = append(from[h.peer], h.from)
		}
	}
	for _, slot := range l.sessions {
		for s := range slot {
			note(s.holder)
		}
	}
	for h := range l.streams {
		note(h.holder)
	}
	return from
}

// close lets nothing new in and says goodbye to all.
func (l *live) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return
	}
	l.closing = true
	close(l.stop)
	l.endLocked(everybody, closeGoingAway, sleepReason)
}

// drop closes the connections of all sessions that are left.
func (l *live) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, slot := range l.sessions {
		for s := range slot {
			s.wire.drop()
		}
	}
}

func (l *live) isClosing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing
}

// count returns how many sessions and streams are open.
func (l *live) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.streams)
	for _, slot := range l.sessions {
		n += len(slot)
	}
	return n
}
