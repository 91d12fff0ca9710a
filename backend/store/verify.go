package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Survey is what a file holds.
type Survey struct {
	Epoch   string
	Bytes   int64 // in use, with pages that are free
	Logs    int
	Records int
	Damaged int // of Records: those whose checksum does not match, which nobody gets to read
}

// maxDepth bounds the way from the root of a tree to its leaves. A tree of 2^53 records has fewer than 30 levels.
const maxDepth = 64

// Verify reads every page and every record of the file at path and changes nothing. It returns an error that is
// ErrDamaged if the file is no whole store: not every page is what it should be. Damaged records are counted, for what is
// around them is good. Other errors: ErrLocked while a store has the file open, ErrNewer, ctx's, or the system's.
//
// It trusts nothing, so no damage ends the process. bbolt's own check would: it panics in a goroutine of its own.
func Verify(ctx context.Context, path string) (Survey, error) {
	f, err := openToRead(path)
	if err != nil {
		return Survey{}, fmt.Errorf("verify: %w", err)
	}
	defer f.db.Close()
	w, err := newWalker(ctx, f.raw, uint64(f.db.Info().PageSize))
	if err == nil {
		err = errors.Join(w.tree(w.root, span{}, 0, w.bucket), w.checkFree())
	}
	if err != nil {
		return Survey{}, fmt.Errorf("verify: %w", asFault(path, err))
	}
	w.survey.Epoch, w.survey.Bytes = f.epoch, f.bytes
	return w.survey, nil
}

// walker goes through pages that a file refers to, each of them once.
type walker struct {
	ctx     context.Context // of one Verify
	raw     io.ReaderAt
	size    uint64           // of a page
	end     uint64           // the page behind the last
	root    uint64           // of the newest commit
	free    uint64           // its free list
	seen    []uint64         // a bit for each page
	buffers [maxDepth][]byte // one for each level, used again from page to page
	survey  Survey
}

// visit takes what a leaf holds under key.
type visit func(flags uint32, key, value []byte, depth int) error

func wrong(id uint64, format string, args ...any) error {
	return fmt.Errorf("%w: page %d: %s", ErrDamaged, id, fmt.Sprintf(format, args...))
}

func newWalker(ctx context.Context, raw *os.File, size uint64) (*walker, error) {
	meta, err := newestMeta(raw, int64(size))
	if err != nil {
		return nil, err
	}
	w := &walker{ctx: ctx, raw: raw, size: size, end: meta.uint64At(metaPages), root: meta.uint64At(metaRoot), free: meta.uint64At(metaFreeList)}
	info, err := raw.Stat()
	if err != nil {
		return nil, err
	}
	if have := uint64(info.Size()) / size; have < w.end {
		return nil, fmt.Errorf("%w: %d of its %d pages are missing", ErrDamaged, w.end-have, w.end)
	}
	w.seen = make([]uint64, w.end/64+1)
	return w, nil
}

// values adds to found what the top-level bucket of that name holds, and checks the free list: bbolt can then open the
// file without going astray.
func (w *walker) values(bucket string, found map[string]string) error {
	err := w.tree(w.root, span{}, 0, func(flags uint32, key, value []byte, depth int) error {
		if string(key) != bucket {
			return nil
		}
		return w.open(flags, key, value, depth, func(_ uint32, key, value []byte, _ int) error {
			found[string(key)] = string(value)
			return nil
		})
	})
	return errors.Join(err, w.checkFree())
}

// read returns a page that was not read before, valid until the next one of its depth.
func (w *walker) read(id uint64, depth int) (page, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	if depth >= maxDepth {
		return nil, wrong(id, "lies deeper than any tree is")
	}
	if err := w.enter(id); err != nil {
		return nil, err
	}
	p, err := w.load(id, depth, w.size)
	if err != nil {
		return nil, err
	}
	if p.id() != id {
		return nil, wrong(id, "says that it is page %d", p.id())
	}
	more := uint64(p.overflow())
	for next := id + 1; next <= id+more; next++ {
		if err := w.enter(next); err != nil {
			return nil, err
		}
	}
	if more == 0 {
		return p, nil
	}
	return w.load(id, depth, (1+more)*w.size)
}

func (w *walker) load(id uint64, depth int, n uint64) (page, error) {
	if uint64(cap(w.buffers[depth])) < n {
		w.buffers[depth] = make([]byte, n)
	}
	b := w.buffers[depth][:n]
	_, err := w.raw.ReadAt(b, int64(id*w.size))
	return b, err
}

// enter marks a page as in use. Each is in use once.
func (w *walker) enter(id uint64) error {
	if id < 2 || id >= w.end {
		return wrong(id, "lies outside of the file")
	}
	if w.seen[id/64]&(1<<(id%64)) != 0 {
		return wrong(id, "is used twice")
	}
	w.seen[id/64] |= 1 << (id % 64)
	return nil
}

// tree walks the pages below one, in order of their keys.
func (w *walker) tree(id uint64, in span, depth int, each visit) error {
	p, err := w.read(id, depth)
	if err != nil {
		return err
	}
	switch p.flags() {
	case leafFlag:
		return w.leaf(id, p, in, depth, each)
	case branchFlag:
		return w.branch(id, p, in, depth, each)
	}
	return wrong(id, "has the kind %#x", p.flags())
}

func (w *walker) branch(id uint64, p page, in span, depth int, each visit) error {
	if p.count() == 0 {
		return wrong(id, "is a branch of nothing")
	}
	for i := range p.count() {
		key, child, err := p.child(i)
		if err != nil {
			return wrong(id, "%v", err)
		}
		if !in.follow(key, i == 0) {
			return wrong(id, "key %d is not in order", i)
		}
		below := span{least: key, most: in.most}
		if i+1 < p.count() {
			if below.most, _, err = p.child(i + 1); err != nil {
				return wrong(id, "%v", err)
			}
		}
		if err := w.tree(child, below, depth+1, each); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) leaf(id uint64, p page, in span, depth int, each visit) error {
	for i := range p.count() {
		flags, key, value, err := p.pair(i)
		if err != nil {
			return wrong(id, "%v", err)
		}
		if !in.follow(key, i == 0) {
			return wrong(id, "key %d is not in order", i)
		}
		if err := each(flags, key, value, depth); err != nil {
			return err
		}
	}
	return nil
}

// bucket walks one top-level bucket.
func (w *walker) bucket(flags uint32, key, value []byte, depth int) error {
	each := w.plain
	if name, isLog := strings.CutPrefix(string(key), logPrefix); isLog {
		w.survey.Logs++
		seed := seedOf(name)
		each = func(flags uint32, key, value []byte, _ int) error { return w.record(flags, key, value, seed) }
	}
	return w.open(flags, key, value, depth, each)
}

// open walks the bucket that a leaf holds under key.
func (w *walker) open(flags uint32, key, value []byte, depth int, each visit) error {
	if flags != isBucket || len(value) < bucketHeader {
		return fmt.Errorf("%w: %q is no bucket", ErrDamaged, key)
	}
	root := binary.NativeEndian.Uint64(value)
	if root != 0 {
		return w.tree(root, span{}, depth+1, each)
	}
	inline := page(value[bucketHeader:])
	if len(inline) < pageHeader || inline.flags() != leafFlag {
		return fmt.Errorf("%w: bucket %q has no page", ErrDamaged, key)
	}
	return w.leaf(0, inline, span{}, depth+1, each)
}

func (w *walker) plain(flags uint32, key, _ []byte, _ int) error {
	if flags != 0 {
		return fmt.Errorf("%w: %q is no value", ErrDamaged, key)
	}
	return nil
}

func (w *walker) record(flags uint32, key, value []byte, seed uint32) error {
	if flags != 0 || len(key) != seqBytes {
		return fmt.Errorf("%w: %q is no record", ErrDamaged, key)
	}
	w.survey.Records++
	if _, err := decodeRecord(value, seed, seqOf(key)); err != nil {
		w.survey.Damaged++
	}
	return nil
}

// checkFree checks that what is free is not in use.
func (w *walker) checkFree() error {
	id := w.free
	p, err := w.read(id, 0)
	if err != nil {
		return err
	}
	if p.flags() != freeListFlag {
		return wrong(id, "is not the free list it should be")
	}
	list, count := p[pageHeader:], uint64(p.count())
	if count == manyFree {
		if len(list) < 8 {
			return wrong(id, "is cut off")
		}
		count, list = binary.NativeEndian.Uint64(list), list[8:]
	}
	if count > uint64(len(list))/8 {
		return wrong(id, "has no room for %d free pages", count)
	}
	for i := range count {
		if err := w.enter(binary.NativeEndian.Uint64(list[i*8:])); err != nil {
			return err
		}
	}
	return nil
}
