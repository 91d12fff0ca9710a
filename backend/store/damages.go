package store

import "sync"

const maxDamages = 1 << 16 // so many different ones are told apart; more are neither counted nor logged

// damages remembers which damaged records were met, so that each is counted and logged once however often it is read.
type damages struct {
	mu   sync.Mutex
	seen map[damage]struct{} // guarded by mu
}

type damage struct {
	log string
	seq uint64
}

func (d *damages) note(l *log, seq uint64, err error) {
	if d.first(damage{l.name, seq}) {
		l.store.log.Error("skipping a damaged record", "topic", l.name, "seq", seq, "err", err)
	}
}

func (d *damages) first(at damage) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.seen[at]; ok || len(d.seen) >= maxDamages {
		return false
	}
	if d.seen == nil {
		d.seen = make(map[damage]struct{})
	}
	d.seen[at] = struct{}{}
	return true
}

func (d *damages) count() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return uint64(len(d.seen))
}
