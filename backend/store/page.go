package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
)

// A page as bbolt lays it out (version 2 of its format, in the machine's byte order): a header, then what its kind says.
// A branch or leaf has count elements of 16 bytes, then the keys and values that they point to.
//
//	header   id uint64, flags uint16, count uint16, overflow uint32
//	meta     magic, version, page size, flags: uint32; root, sequence, free list, end, transaction, checksum: uint64
//	branch   pos, key size: uint32; page uint64
//	leaf     flags, pos, key size, value size: uint32
//	bucket   root, sequence: uint64; with root 0 its only page follows
const (
	pageHeader   = 16
	elementBytes = 16
	bucketHeader = 16

	branchFlag   = 0x01
	leafFlag     = 0x02
	freeListFlag = 0x10
	manyFree     = 0xFFFF // as count of a free list: the first uint64 after the header is the count
	isBucket     = 0x01   // as flags of a leaf's element: the value is a bucket

	metaRoot     = pageHeader + 16
	metaFreeList = pageHeader + 32
	metaPages    = pageHeader + 40 // how many are in use or free
	metaTxID     = pageHeader + 48
	metaSum      = pageHeader + 56
	metaEnd      = pageHeader + 64
)

// page is one page with what overflows it. Nothing in it is trusted: whatever points elsewhere is an error.
type page []byte

func (p page) id() uint64       { return binary.NativeEndian.Uint64(p) }
func (p page) flags() uint16    { return binary.NativeEndian.Uint16(p[8:]) }
func (p page) count() int       { return int(binary.NativeEndian.Uint16(p[10:])) }
func (p page) overflow() uint32 { return binary.NativeEndian.Uint32(p[12:]) }

// uint64At reads one of the numbers of a meta page, which is read whole.
func (p page) uint64At(at int) uint64 { return binary.NativeEndian.Uint64(p[at:]) }

// wholeMeta reports whether a meta page has the checksum that it should have.
func (p page) wholeMeta() bool {
	h := fnv.New64a()
	_, _ = h.Write(p[pageHeader:metaSum])
	return h.Sum64() == p.uint64At(metaSum)
}

// newestMeta returns the meta page of the newest commit. A commit writes one of the two in turn, a backup writes both.
func newestMeta(raw io.ReaderAt, size int64) (newest page, err error) {
	for at := range int64(2) {
		p := make(page, metaEnd)
		if _, err := raw.ReadAt(p, at*size); err != nil {
			return nil, err
		}
		if p.wholeMeta() && (newest == nil || p.uint64At(metaTxID) > newest.uint64At(metaTxID)) {
			newest = p
		}
	}
	if newest == nil {
		return nil, fmt.Errorf("%w: no meta page is whole", ErrDamaged)
	}
	return newest, nil
}

// part returns n bytes of the page, or false if it has none there.
func (p page) part(at, n uint64) ([]byte, bool) {
	if end := at + n; end < at || end > uint64(len(p)) {
		return nil, false
	}
	return p[at : at+n : at+n], true
}

// element returns the i-th element and where it begins.
func (p page) element(i int) (e []byte, at uint64, err error) {
	at = pageHeader + uint64(i)*elementBytes
	e, ok := p.part(at, elementBytes)
	if !ok {
		return nil, 0, fmt.Errorf("element %d of %d lies outside", i, p.count())
	}
	return e, at, nil
}

// child returns the first key that the i-th element of a branch stands for, and its page.
func (p page) child(i int) (key []byte, id uint64, err error) {
	e, at, err := p.element(i)
	if err != nil {
		return nil, 0, err
	}
	key, ok := p.part(at+uint64(binary.NativeEndian.Uint32(e)), uint64(binary.NativeEndian.Uint32(e[4:])))
	if !ok {
		return nil, 0, fmt.Errorf("key %d lies outside", i)
	}
	return key, binary.NativeEndian.Uint64(e[8:]), nil
}

// pair returns the i-th key and value of a leaf.
func (p page) pair(i int) (flags uint32, key, value []byte, err error) {
	e, at, err := p.element(i)
	if err != nil {
		return 0, nil, nil, err
	}
	keyBytes, valueBytes := uint64(binary.NativeEndian.Uint32(e[8:])), uint64(binary.NativeEndian.Uint32(e[12:]))
	both, ok := p.part(at+uint64(binary.NativeEndian.Uint32(e[4:])), keyBytes+valueBytes)
	if !ok {
		return 0, nil, nil, fmt.Errorf("pair %d lies outside", i)
	}
	return binary.NativeEndian.Uint32(e), both[:keyBytes:keyBytes], both[keyBytes:], nil
}

// span is where the keys of a page lie: from least on, and below most unless that is nil.
type span struct{ least, most []byte }

// follow reports whether key lies in s, and moves s behind it.
func (s *span) follow(key []byte, first bool) bool {
	if len(key) == 0 || s.most != nil && bytes.Compare(key, s.most) >= 0 {
		return false
	}
	if order := bytes.Compare(key, s.least); order < 0 || order == 0 && !first {
		return false
	}
	s.least = key
	return true
}
