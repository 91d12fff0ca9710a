package server

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"hearth/backend/fault"
)

// rates limits how often each caller writes. All sessions of a peer share one bucket, and so do all programs on this
// computer.
type rates struct {
	limits Limits

	mu      sync.Mutex
	buckets map[string]*rate.Limiter // guarded by mu
	swept   time.Time                // when full buckets were last thrown away; guarded by mu
}

func newRates(l Limits) *rates { return &rates{limits: l, buckets: make(map[string]*rate.Limiter)} }

// sweepEvery bounds the memory for peers that write no more.
const sweepEvery = 10 * time.Minute

// take lets c write one more of what, or says when it may again.
func (l *rates) take(c caller, what string) error {
	wait := l.reserve(c, what, time.Now())
	if wait == 0 {
		return nil
	}
	return fault.New(fault.RateLimited, "too many %s; try again in %d s", what, wholeSeconds(wait)).After(wait)
}

func (l *rates) reserve(c caller, what string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > sweepEvery {
		l.sweepLocked(now)
	}
	who, limit := c.ID, l.limits.PeerRate
	if c.how == byAdminToken || c.how == byBirth {
		who, limit = "script", l.limits.ScriptRate
	}
	bucket := l.buckets[what+" "+who]
	if bucket == nil {
		bucket = limit.limiter()
		l.buckets[what+" "+who] = bucket
	}
	r := bucket.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// sweepLocked forgets buckets that are full: a new one would be the same.
func (l *rates) sweepLocked(now time.Time) {
	l.swept = now
	for key, bucket := range l.buckets {
		if bucket.TokensAt(now) >= float64(bucket.Burst()) {
			delete(l.buckets, key)
		}
	}
}
