package store

import (
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/topic"
)

// SetFlush replaces the commit of s, so that a test can make the disk fail. Nothing may be under way.
func SetFlush(s *Store, f func(*bolt.Tx) error) { s.flush = f }

// SkipFlushes makes s a store that breaks its first promise, to show that a test would notice. Nothing may be under way.
func SkipFlushes(s *Store) { s.db.NoSync = true }

// BootID names the time since the machine was started, "" where that cannot be told.
func BootID() string { return bootID() }

// AppendRecord and DecodeRecord are the codec of the log with that name.

func AppendRecord(b []byte, name string, r topic.Record) []byte {
	return appendRecord(b, seedOf(name), &r)
}

func DecodeRecord(b []byte, name string, seq uint64) (topic.Record, error) {
	return decodeRecord(b, seedOf(name), seq)
}

// Seal gives the stored form b the checksum that it should have.
func Seal(b []byte, name string, seq uint64) []byte {
	binary.LittleEndian.PutUint32(b, sum(seedOf(name), seq, b[sumBytes:]))
	return b
}
