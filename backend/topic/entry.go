package topic

import (
	"encoding/json"
	"strconv"
	"time"
)

const (
	// ClientIDWindow is how many of a topic's newest entries are searched for a repeated client id.
	ClientIDWindow = 4096
	// ResetEntries is how many of the newest entries a reader gets after a reset.
	ResetEntries = 50
	// MaxSeq is the largest seq: JavaScript counts exactly up to 2^53.
	MaxSeq = 1<<53 - 1
)

// Position is the place up to which a reader has seen a topic.
type Position struct {
	Epoch string `json:"epoch"` // identity of the history
	Seq   uint64 `json:"seq"`   // last entry seen; 0 = before the first
}

// Entry is one committed fact. Readers share it: never modify Frame or Data.
type Entry struct {
	Seq     uint64
	Time    time.Time // hub's clock, UTC, whole milliseconds, never less than the entry before
	Kind    string    // "message", "message.edited", "sample", ...
	Key     string    // in State topics, what this entry is the latest value of
	Changed uint64    // seq of the newest entry that rewrote this one; 0 = as it was written
	Frame   []byte    // the whole envelope as JSON, encoded once
	Data    []byte    // the data inside Frame
}

// Draft is an entry to be.
type Draft struct {
	Kind     string          // lower case words joined by dots
	Data     json.RawMessage // encoded by the caller; the engine only glues bytes
	ClientID string          // optional; a repeat returns the first entry. Callers prefix it with the author's id
	Key      string          // in State topics, replaces the entry with the same key
	Rewrites []Rewrite       // optional: replace earlier entries' data in the same commit
	Clears   bool            // the same commit drops every earlier entry of the topic, for good
}

// Rewrite replaces the data of an earlier entry of the same topic; its seq, time, kind and client id stay.
type Rewrite struct {
	Seq  uint64
	Data json.RawMessage
}

// Record is an entry as an engine keeps it: data, not wire frames.
type Record struct {
	Seq      uint64
	Time     time.Time
	Kind     string
	Key      string
	ClientID string
	Changed  uint64
	Data     []byte
}

// Retention says what a topic keeps.
type Retention struct {
	Durable bool          // kept by the store; otherwise in memory until the process ends
	State   bool          // latest value per key, memory only; no gaps are told
	Entries int           // newest n; 0 = 1 in memory, no limit when durable
	Age     time.Duration // 0 = no limit
}

// encoder glues the envelopes of one topic. The prefix is the same for all of them.
type encoder struct{ prefix []byte }

func newEncoder(name string) encoder {
	return encoder{prefix: []byte(`{"topic":"` + name + `","seq":`)}
}

// WireTime is the layout of every time on the wire: RFC 3339 with milliseconds. Format UTC times with it.
const WireTime = "2006-01-02T15:04:05.000Z"

func (e encoder) entry(r Record) Entry {
	data := r.Data
	if len(data) == 0 {
		data = []byte("null")
	}
	b := make([]byte, 0, len(e.prefix)+len(data)+len(r.Kind)+96)
	b = append(b, e.prefix...)
	b = strconv.AppendUint(b, r.Seq, 10)
	b = append(b, `,"time":"`...)
	b = r.Time.AppendFormat(b, WireTime)
	b = append(b, `","kind":"`...)
	b = append(b, r.Kind...)
	if r.Changed != 0 {
		b = append(b, `","changed":`...)
		b = strconv.AppendUint(b, r.Changed, 10)
		b = append(b, `,"data":`...)
	} else {
		b = append(b, `","data":`...)
	}
	start := len(b)
	b = append(b, data...)
	end := len(b)
	b = append(b, '}')
	return Entry{Seq: r.Seq, Time: r.Time, Kind: r.Kind, Key: r.Key, Changed: r.Changed,
		Frame: b[:len(b):len(b)], Data: b[start:end:end]}
}
