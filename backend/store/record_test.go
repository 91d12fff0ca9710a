package store_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"hearth/backend/store"
	"hearth/backend/topic"
)

func TestAnyFlippedByteOfARecordIsNoticed(t *testing.T) {
	r := topic.Record{Seq: 7, Time: time.UnixMilli(1_700_000_000_123).UTC(), Kind: "message", ClientID: "ada/1", Data: []byte(`{"text":"hi"}`)}
	b := store.AppendRecord(nil, "room/lobby", r)
	for i := range b {
		for _, flip := range []byte{0x01, 0x80, 0xFF} {
			hit := bytes.Clone(b)
			hit[i] ^= flip
			if got, err := store.DecodeRecord(hit, "room/lobby", 7); err == nil {
				t.Errorf("byte %d ^ %#x: got %+v", i, flip, got)
			}
		}
	}
	for n := range b {
		if got, err := store.DecodeRecord(b[:n], "room/lobby", 7); err == nil {
			t.Errorf("cut off after %d bytes: got %+v", n, got)
		}
	}
	if got, err := store.DecodeRecord(b, "room/lobby", 8); err == nil {
		t.Errorf("under another number: got %+v", got)
	}
	if got, err := store.DecodeRecord(b, "room/other", 7); err == nil {
		t.Errorf("in another log: got %+v", got)
	}
}

// FuzzRecord holds two properties: what was encoded is decoded, and bytes of any origin are refused or decoded to a
// record that survives the way there and back, without a panic.
func FuzzRecord(f *testing.F) {
	seeds, err := os.ReadDir("testdata/fuzz/FuzzRecord")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("need the committed seeds: %v", err)
	}
	f.Fuzz(func(t *testing.T, seq uint64, ms int64, changed uint64, kind, key, id string, data []byte) {
		r := topic.Record{Seq: seq, Time: time.UnixMilli(ms).UTC(), Changed: changed, Kind: kind, Key: key, ClientID: id, Data: data}
		b := store.AppendRecord(nil, "room/lobby", r)
		got, err := store.DecodeRecord(b, "room/lobby", seq)
		if err != nil {
			t.Fatal(err)
		}
		wantRecords(t, []topic.Record{got}, []topic.Record{r})

		// data as the stored form: first as it is, then with a sum that holds, so that its fields are looked at.
		if _, err := store.DecodeRecord(data, "room/lobby", seq); err == nil {
			t.Skip("a sum that holds by chance")
		}
		forged := store.Seal(append(make([]byte, 4), data...), "room/lobby", seq)
		got, err = store.DecodeRecord(forged, "room/lobby", seq)
		if err != nil {
			return
		}
		again, err := store.DecodeRecord(store.AppendRecord(nil, "room/lobby", got), "room/lobby", seq)
		if err != nil {
			t.Fatal(err)
		}
		wantRecords(t, []topic.Record{again}, []topic.Record{got})
	})
}
