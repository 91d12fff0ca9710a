package store

import (
	"time"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/topic"
)

// group is what one transaction commits. It is filled by stage, and all of it is dropped when the commit fails: nothing
// of a log changes before publish. Owned by the sequencer.
type group struct {
	tx       *bolt.Tx
	now      time.Time
	logs     []*staged // in the order in which they came
	arena    []byte    // the stored form of records; bbolt refers to it until the transaction ends
	dirty    bool
	rewrites bool // some text was taken back
	marked   bool // the file says already that free pages are to be scrubbed
}

// staged is what a group does to one log.
type staged struct {
	*group
	log    *log
	bucket *bolt.Bucket // nil while the log was never appended to
	last   uint64
	newest time.Time
	cut    cutting
	ids    map[string]int // client ids of commit.Records
	commit topic.Commit
}

const arenaBytes = 1 << 20 // what is kept of the arena between groups

func (g *group) begin(tx *bolt.Tx, marked bool) {
	g.tx, g.marked = tx, marked
	g.now = time.Now().UTC().Truncate(time.Millisecond)
}

func (g *group) reset() {
	for _, st := range g.logs {
		st.log.staged = nil
	}
	clear(g.logs)
	arena := g.arena[:0]
	if cap(arena) > arenaBytes {
		arena = nil
	}
	*g = group{logs: g.logs[:0], arena: arena}
}

// stage puts w into the transaction. An error of its own is left in w; the one returned is bbolt's and spoils the group.
func (g *group) stage(w *write) error {
	if w.log == nil {
		g.dirty = true
		return w.change(g.tx)
	}
	return g.of(w.log).append(w)
}

// of returns what the group does to l.
func (g *group) of(l *log) *staged {
	if l.staged == nil {
		l.staged = &staged{group: g, log: l, bucket: g.bucket(l), last: l.last.Load(), newest: l.newest, cut: l.cut}
		g.logs = append(g.logs, l.staged)
	}
	return l.staged
}

func (g *group) bucket(l *log) *bolt.Bucket {
	b := g.tx.Bucket(l.bucket)
	if b != nil {
		b.FillPercent = fillPercent
	}
	return b
}

// finish moves the bounds of the logs and reports whether there is anything to commit.
func (g *group) finish() (dirty bool, err error) {
	for _, st := range g.logs {
		if len(st.commit.Records) == 0 {
			continue
		}
		if err := st.bucket.SetSequence(st.last); err != nil {
			return false, err
		}
		st.cut.expire(st.log, st.bucket, st.last, g.now)
	}
	if g.rewrites && !g.marked {
		if err := g.tx.Bucket([]byte(metaBucket)).Put([]byte(scrubKey), []byte{1}); err != nil {
			return false, err
		}
	}
	return g.dirty, nil
}

func (st *staged) append(w *write) error {
	d := &w.draft
	if d.ClientID != "" {
		if r, ok := st.repeated(d.ClientID); ok {
			w.record, w.dup = r, true
			return nil
		}
	}
	if st.last >= topic.MaxSeq {
		w.err = topic.ErrRange
		return nil
	}
	targets, ok := st.targets(d.Rewrites)
	if !ok {
		w.err = topic.ErrNoEntry
		return nil
	}
	w.record = topic.Record{Seq: st.last + 1, Time: later(st.now, st.newest), Kind: d.Kind, Key: d.Key, ClientID: d.ClientID, Data: d.Data}
	if err := st.add(w.record); err != nil {
		return err
	}
	for i, r := range targets {
		r.Data, r.Changed = d.Rewrites[i].Data, w.record.Seq
		if err := st.put(&r); err != nil {
			return err
		}
		st.commit.Rewritten = append(st.commit.Rewritten, r)
		st.rewrites = true
	}
	if d.Clears {
		return st.cut.clear(st.tx, st.log, w.record.Seq)
	}
	return nil
}

// add puts a new record at the end of the log, making its bucket with the first one.
func (st *staged) add(r topic.Record) (err error) {
	if st.bucket == nil {
		if st.bucket, err = st.tx.CreateBucket(st.log.bucket); err != nil {
			return err
		}
		st.bucket.FillPercent = fillPercent
	}
	if err := st.put(&r); err != nil {
		return err
	}
	if r.ClientID != "" {
		if st.ids == nil {
			st.ids = make(map[string]int)
		}
		st.ids[r.ClientID] = len(st.commit.Records)
	}
	st.commit.Records = append(st.commit.Records, r)
	st.last, st.newest = r.Seq, r.Time
	return nil
}

func (st *staged) put(r *topic.Record) error {
	start := len(st.arena)
	st.arena = appendRecord(st.arena, st.log.seed, r)
	st.dirty = true
	key := keyOf(r.Seq)
	return st.bucket.Put(key[:], st.arena[start:len(st.arena):len(st.arena)])
}

// repeated returns the kept record that carried the client id first.
func (st *staged) repeated(id string) (topic.Record, bool) {
	if i, ok := st.ids[id]; ok {
		return st.get(st.commit.Records[i].Seq)
	}
	if st.log.ids == nil {
		st.log.ids = st.log.recall(st.bucket)
	}
	return st.get(st.log.ids.Seq(id))
}

// targets returns the records to rewrite as they are now, or false if one of them is not kept.
func (st *staged) targets(rewrites []topic.Rewrite) ([]topic.Record, bool) {
	if len(rewrites) == 0 {
		return nil, true
	}
	rs := make([]topic.Record, len(rewrites))
	for i, w := range rewrites {
		r, ok := st.get(w.Seq)
		if !ok {
			return nil, false
		}
		rs[i] = r
	}
	return rs, true
}

// get returns a kept record as the transaction sees it, with data of its own.
func (st *staged) get(seq uint64) (topic.Record, bool) {
	if st.bucket == nil || seq < st.cut.first || seq > st.last {
		return topic.Record{}, false
	}
	key := keyOf(seq)
	v := st.bucket.Get(key[:])
	if v == nil {
		return topic.Record{}, false
	}
	r, err := decodeRecord(v, st.log.seed, seq)
	if err != nil {
		st.log.store.damages.note(st.log, seq, err)
		return topic.Record{}, false
	}
	return kept(r), true
}

// publish makes the committed records visible: to Bounds, then to the topic.
func (st *staged) publish() {
	if len(st.commit.Records) == 0 {
		return
	}
	l := st.log
	l.newest, l.cut = st.newest, st.cut
	if l.ids != nil {
		for _, r := range st.commit.Records {
			l.ids.Add(r.ClientID, r.Seq)
		}
	}
	l.last.Store(st.last)
	l.first.Store(st.cut.first)
	(*l.committed.Load())(st.commit)
}

// later returns now, or floor if the clock went back behind it.
func later(now, floor time.Time) time.Time {
	if now.Before(floor) {
		return floor
	}
	return now
}
