package server

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"hearth/backend/chat"
	"hearth/backend/fault"
)

// What strangers may cost. Each is checked where its comment says; the ones an owner may want to change are in Limits.
const (
	maxHeaderBytes = 16 << 10         // of request headers, and up to 4 KiB that net/http read before it counts; over it 431
	headerPatience = 5 * time.Second  // for the headers of a request; over it the connection is closed
	idlePatience   = 60 * time.Second // between two requests on one connection

	maxArrivals          = 4096 // connections from other devices that are no WebSockets; over it closed
	maxArrivalsPerDevice = 256  // of them from one IPv4 address or IPv6 /64, behind which a class may sit; likewise

	maxBodyBytes = 64 << 10         // of a JSON body; over it too_long
	bodyPatience = 10 * time.Second // for a whole body
	maxDepth     = 32               // of nested JSON; over it bad_json

	messageBytes    = 64 << 10         // of a WebSocket message, unless Limits say otherwise; over it close 1009
	frameBytes      = 8 << 10          // more may its frames take with their headers; over it close 1009
	messagePatience = 10 * time.Second // from the first byte of a message to its last; over it close 1008

	maxFirstBytes = 4 << 10         // of the first message of a session without an identity; over it close 1009
	firstPatience = 5 * time.Second // for that message; over it close 4001

	pingRate  = 10 // pings a second from a client; over it close 1008
	pingBurst = 20

	pingEvery = 25 * time.Second // between two pings of ours
	pongGrace = 60 * time.Second // for the answer: phones freeze tabs

	writeBytes  = 64 << 10        // gathered for one write, of all topics together
	pieceBytes  = 16 << 10        // written under one deadline,
	backupPiece = 256 << 10       // and of a backup, whose reader has a disk to write to
	replyBytes  = 64 << 10        // of answers waiting in a session before it stops reading commands
	closeGrace  = 3 * time.Second // for the other side to close after we said goodbye
	lingerBytes = 1 << 20         // read and thrown away meanwhile

	knockPatience = 25 * time.Second // for the owner to answer who knocked; then who knocked asks again

	keepaliveEvery = 45 * time.Second // between two signs of life on HTTP streams

	nameListMax  = 64  // foreign host names of which the log tells, once each
	maxRefusals  = 50  // kinds of refusals of which the owner is told
	maxUnread    = 100 // no more are counted
	maxPageLimit = 200 // messages of one page
)

// StallPatience is how long a write may wait for a reader that takes nothing.
const StallPatience = 10 * time.Second

// Rate is how many messages a second are taken, and how many at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits are the limits that an owner may change. A zero value is the default of that limit; Unlimited lifts it.
type Limits struct {
	Connections      int // streams of all kinds, WebSocket and HTTP, at once: 2,000
	Unauthenticated  int // of them without an identity: 256
	PerAddress       int // of them without an identity from one IPv4 address or IPv6 /64: 64; from a loopback address: 512
	PerPeer          int // streams of one identified peer or script token: 16
	TopicsPerSession int // topics that one session follows: 64
	MessageBytes     int // of a WebSocket message: 64 KiB; a JSON body over HTTP keeps its own limit
	TextBytes        int // of a chat message's text: 16 KiB; it also has to fit into what carries it
	Rooms            int // of the hub: 200
	PeerRate         Rate
	ScriptRate       Rate
}

// Unlimited lifts a limit of Limits.
const Unlimited = -1

const (
	loopbackPerAddress = 512
	keptDescriptors    = 512 // that streams leave to files, listeners and requests
)

// scriptBurst is how many seconds' worth of messages a script may write at once.
const scriptBurst = 4

// remoteNotifications is how many notifications another computer may publish, if its token has no rate of its own.
var remoteNotifications = Rate{1, 60}

// settable is the limits that have a name.
var settable = map[string]func(l *Limits, n int){
	"connections":        func(l *Limits, n int) { l.Connections = n },
	"unauthenticated":    func(l *Limits, n int) { l.Unauthenticated = n },
	"per_address":        func(l *Limits, n int) { l.PerAddress = n },
	"per_peer":           func(l *Limits, n int) { l.PerPeer = n },
	"topics_per_session": func(l *Limits, n int) { l.TopicsPerSession = n },
	"message_bytes":      func(l *Limits, n int) { l.MessageBytes = n },
	"text_bytes":         func(l *Limits, n int) { l.TextBytes = n },
	"rooms":              func(l *Limits, n int) { l.Rooms = n },
	"peer_rate":          func(l *Limits, n int) { l.PeerRate = Rate{float64(n), 3 * n} },
	"script_rate":        func(l *Limits, n int) { l.ScriptRate = Rate{float64(n), scriptBurst * n} },
}

// LimitsNamed returns the limits with others for those named; 0 lifts one, and a rate is messages a second. The error is a
// fault that says which names there are.
func LimitsNamed(values map[string]int) (Limits, error) {
	var l Limits
	for name, n := range values {
		set, ok := settable[name]
		if !ok || n < 0 {
			return Limits{}, fault.New(fault.BadRequest, "--limit %s=%d: a limit is a number, 0 for none, of one of these: %s",
				name, n, strings.Join(slices.Sorted(maps.Keys(settable)), ", ")).In("limit")
		}
		if n == 0 {
			n = Unlimited
		}
		set(&l, n)
	}
	return l, nil
}

// Filled returns the limits with their defaults in place, a lifted one as the largest number, and streams that stay within
// the descriptors that this process may have.
func (l Limits) Filled() Limits {
	fill := func(n *int, standard int) {
		switch {
		case *n == 0:
			*n = standard
		case *n < 0:
			*n = math.MaxInt
		}
	}
	fill(&l.Connections, 2000)
	fill(&l.Unauthenticated, 256)
	fill(&l.PerPeer, 16)
	fill(&l.TopicsPerSession, 64)
	fill(&l.MessageBytes, messageBytes)
	fill(&l.TextBytes, chat.MaxText)
	fill(&l.Rooms, chat.MaxRooms)
	if most := maxDescriptors(); most > 0 {
		l.Connections = min(l.Connections, max(most-keptDescriptors, 1))
	}
	if l.PeerRate == (Rate{}) {
		l.PeerRate = Rate{10, 30}
	}
	if l.ScriptRate == (Rate{}) {
		l.ScriptRate = Rate{50, 200}
	}
	return l
}

// limiter returns a new bucket of that rate; a rate of Unlimited never refuses.
func (r Rate) limiter() *rate.Limiter {
	if r.PerSecond < 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)
}
