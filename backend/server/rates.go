package server

import (
	"net/netip"
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
	who, limit := c.ID, l.limits.PeerRate
	switch c.how {
	case byAdminToken, byBirth:
		who, limit = "script", l.limits.ScriptRate
	case byScriptToken:
		who, limit = "token/"+c.TokenID(), l.limits.ScriptRate
	case byOpenDoor:
		who = device(c.from).String()
	}
	if own := c.Rate(); own > 0 {
		limit = Rate{float64(own), scriptBurst * own}
	} else if what == notifications && !c.from.IsLoopback() {
		limit = remoteNotifications
	}
	return refuseFor(l.reserve(what+" "+who, limit, time.Now()), what)
}

// notifications is what callers publish, as rates count it.
const notifications = "notifications"

// takeFrom lets the device with that address do one more of what, or says when it may again.
func (l *rates) takeFrom(from netip.Addr, what string) error {
	return refuseFor(l.reserve(what+" "+device(from).String(), l.limits.PeerRate, time.Now()), what)
}

func refuseFor(wait time.Duration, what string) error {
	if wait == 0 {
		return nil
	}
	return fault.New(fault.RateLimited, "too many %s; try again in %d s", what, wholeSeconds(wait)).After(wait)
}

// reserve takes one from the bucket of that key, or returns how long it will be empty.
func (l *rates) reserve(key string, limit Rate, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > sweepEvery {
		l.sweepLocked(now)
	}
	bucket := l.buckets[key]
	if bucket == nil {
		bucket = limit.limiter()
		l.buckets[key] = bucket
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
