package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"time"

	"hearth/backend/topic"
)

// A record is stored under its seq, 8 bytes big endian, so that bbolt keeps records in order. Its value is
//
//	CRC-32C of the log's name, the key, and all that follows   4 bytes, little endian
//	time, milliseconds since 1970                              varint
//	changed                                                    uvarint
//	kind, key, client id                                       each: length as uvarint, bytes
//	data                                                       the rest
//
// The name and the key are in the sum because bbolt has no checksums of its own: a record that a lost or misdirected
// write brings back under another log or number must not pass for that one.

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errRecord  = errors.New("the checksum does not match")
	errLayout  = errors.New("the fields do not add up")
)

const sumBytes = 4

// seedOf is where the checksums of a log begin.
func seedOf(name string) uint32 { return crc32.Checksum([]byte(name), castagnoli) }

func sum(seed uint32, seq uint64, body []byte) uint32 {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], seq)
	return crc32.Update(crc32.Update(seed, castagnoli, key[:]), castagnoli, body)
}

// appendRecord appends the stored form of r to b.
func appendRecord(b []byte, seed uint32, r *topic.Record) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	b = binary.AppendVarint(b, r.Time.UnixMilli())
	b = binary.AppendUvarint(b, r.Changed)
	for _, s := range [...]string{r.Kind, r.Key, r.ClientID} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, r.Data...)
	binary.LittleEndian.PutUint32(b[start:], sum(seed, r.Seq, b[start+sumBytes:]))
	return b
}

// decodeRecord returns the record whose stored form is b. Its data lies in b.
func decodeRecord(b []byte, seed uint32, seq uint64) (topic.Record, error) {
	if len(b) < sumBytes || binary.LittleEndian.Uint32(b) != sum(seed, seq, b[sumBytes:]) {
		return topic.Record{}, errRecord
	}
	f := fields{rest: b[sumBytes:]}
	r := topic.Record{Seq: seq}
	r.Time = time.UnixMilli(f.varint()).UTC()
	r.Changed = f.uvarint()
	r.Kind = f.text()
	r.Key = f.text()
	r.ClientID = f.text()
	if f.bad {
		return topic.Record{}, errLayout
	}
	if len(f.rest) > 0 {
		r.Data = f.rest[:len(f.rest):len(f.rest)]
	}
	return r, nil
}

// kept returns r with data of its own, for use after the transaction.
func kept(r topic.Record) topic.Record {
	r.Data = slices.Clone(r.Data)
	return r
}

// fields reads one field after the other. Once something is missing it is bad and reads zeros.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) uvarint() uint64 {
	v, n := binary.Uvarint(f.rest)
	f.skip(n)
	return v
}

func (f *fields) varint() int64 {
	v, n := binary.Varint(f.rest)
	f.skip(n)
	return v
}

func (f *fields) skip(n int) {
	if n <= 0 {
		f.bad, f.rest = true, nil
		return
	}
	f.rest = f.rest[n:]
}

func (f *fields) text() string {
	n := f.uvarint()
	if n > uint64(len(f.rest)) {
		f.bad, f.rest = true, nil
		return ""
	}
	s := string(f.rest[:n])
	f.rest = f.rest[n:]
	return s
}
