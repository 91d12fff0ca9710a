package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"hearth/backend/topic"
)

// table is one bucket of values by key. Keys are 1 to bolt.MaxKeySize bytes.
type table struct {
	store  *Store
	bucket []byte
}

var _ topic.Table = (*table)(nil)

func (t *table) Get(ctx context.Context, key string) (value []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = t.store.view(func(tx *bolt.Tx) error {
		if b := tx.Bucket(t.bucket); b != nil {
			value = slices.Clone(b.Get([]byte(key)))
		}
		return nil
	})
	return value, err
}

func (t *table) Put(ctx context.Context, key string, value []byte) error {
	if len(key) == 0 || len(key) > bolt.MaxKeySize {
		return fmt.Errorf("put %s: a key of %d bytes, want 1 to %d", t.bucket, len(key), bolt.MaxKeySize)
	}
	value = slices.Clone(value) // it is the caller's again as soon as ctx ends
	return t.store.submit(ctx, &write{bytes: len(key) + len(value), change: func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(t.bucket)
		if err != nil {
			return err
		}
		return b.Put([]byte(key), value)
	}})
}

func (t *table) Delete(ctx context.Context, key string) error {
	return t.store.submit(ctx, &write{bytes: len(key), change: func(tx *bolt.Tx) error {
		if b := tx.Bucket(t.bucket); b != nil {
			return b.Delete([]byte(key))
		}
		return nil
	}})
}

// Each reads in transactions of at most pageRecords: f runs outside of them, and sees a key that is put meanwhile or not.
func (t *table) Each(ctx context.Context, f func(key string, value []byte) bool) error {
	type pair struct {
		key   string
		value []byte
	}
	var last []byte // the key that f saw last
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var page []pair
		err := t.store.view(func(tx *bolt.Tx) error {
			b := tx.Bucket(t.bucket)
			if b == nil {
				return nil
			}
			c := cursor{at: b.Cursor()}
			k, v := c.seek(last)
			if k != nil && last != nil && bytes.Equal(k, last) {
				k, v = c.next()
			}
			for ; k != nil && len(page) < pageRecords; k, v = c.next() {
				page = append(page, pair{string(k), slices.Clone(v)})
			}
			return nil
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, p := range page {
			if !f(p.key, p.value) {
				return nil
			}
		}
		last = []byte(page[len(page)-1].key)
	}
}
