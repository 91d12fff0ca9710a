package notify

import (
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

const (
	idChars = 12 // of an id; clients tell it by this from a time
	msChars = 7  // of those, for the milliseconds; enough until 2081

	base62   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" // sorts as ASCII does
	idSpread = 62 * 62 * 62 * 62 * 62                                           // ids of one millisecond
)

// ids gives out the ids of notifications.
type ids struct {
	mu sync.Mutex
	ms int64 // guarded by mu; of the newest id
	n  int64 // guarded by mu; its number in that millisecond
}

// next returns an id that sorts behind those before it. The numbers of a millisecond begin anywhere in the lower half, so
// that two hubs, or one whose clock was set back, do not meet.
func (g *ids) next() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if ms := time.Now().UnixMilli(); ms != g.ms {
		g.ms, g.n = ms, rand.Int64N(idSpread/2)
	} else {
		g.n++
	}
	return encode(g.ms, msChars) + encode(g.n, idChars-msChars)
}

// idTime returns the time of an id; ok is false for what is none.
func idTime(id string) (t time.Time, ok bool) {
	if len(id) != idChars || strings.Trim(id, base62) != "" {
		return time.Time{}, false
	}
	var ms int64
	for i := range msChars {
		ms = ms*62 + int64(strings.IndexByte(base62, id[i]))
	}
	return time.UnixMilli(ms), true
}

// encode writes v in base 62 with that many digits.
func encode(v int64, digits int) string {
	b := make([]byte, digits)
	for i := digits - 1; i >= 0; i-- {
		b[i] = base62[v%62]
		v /= 62
	}
	return string(b)
}
