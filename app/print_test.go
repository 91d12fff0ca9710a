package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestClockShowsTheDateOfOtherDays(t *testing.T) {
	now := time.Date(2026, 11, 22, 15, 4, 0, 0, time.Local)
	for at, want := range map[time.Time]string{
		now.Add(-time.Minute):    "15:03",
		now.AddDate(0, 0, -1):    "2026-11-21 15:04",
		now.AddDate(-1, 0, 0):    "2025-11-22 15:04",
		now.Add(-time.Hour * 15): "00:04",
	} {
		if got := clock(at, now); got != want {
			t.Errorf("%v: got %q, want %q", at, got, want)
		}
	}
}

func TestSizesAndSpansForPeople(t *testing.T) {
	for bytes, want := range map[float64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 16e9: "14.9 GiB", 5e18: "4.3 EiB", 5e21: "4336.8 EiB"} {
		if got := size(bytes); got != want {
			t.Errorf("%v: got %q, want %q", bytes, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min 1 s", 90 * time.Minute: "1 h 30 min", 49 * time.Hour: "2 d 1 h"} {
		if got := span(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

// entries are what a reader of a room may be sent, history first. The golden files of backend/server/testdata/wire have each
// shape.
func TestTranscriptShowsChangesOnce(t *testing.T) {
	var out bytes.Buffer
	tr := transcript{out: &out, current: map[uint64]uint64{}}
	at := time.Now()
	for _, e := range []envelope{
		{Seq: 1, Kind: "message", Data: []byte(`{"from":{"name":"ada"},"text":"plain"}`)},
		{Seq: 2, Kind: "message", Changed: 4, Data: []byte(`{"from":{"name":"bob"},"text":"mended","edited":"2026-11-22T08:01:00.000Z"}`)},
		{Seq: 3, Kind: "message", Changed: 5, Data: []byte(`{"from":{"name":"bob"},"deleted":true}`)},
		{Seq: 4, Kind: "message.edited", Data: []byte(`{"seq":2,"text":"mended","by":{"name":"bob"}}`)},
		{Seq: 5, Kind: "message.deleted", Data: []byte(`{"seq":3,"by":{"name":"bob"}}`)},
		{Seq: 6, Kind: "message.edited", Data: []byte(`{"seq":1,"by":{"name":"ada"}}`)}, // a later edit took its place
		{Seq: 7, Kind: "message.edited", Data: []byte(`{"seq":1,"text":"plainer","by":{"name":"ada"}}`)},
		{Seq: 8, Kind: "message.deleted", Data: []byte(`{"seq":2,"by":{"name":"eve"}}`)},
		{Seq: 9, Kind: "reaction", Data: []byte(`{"of":"a later version"}`)},
	} {
		e.Time = at
		if err := tr.print(e); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"ada  plain", "bob  mended (edited)", "bob  (deleted)", "ada  edited: plainer", "eve  deleted a message"}
	var got []string
	for line := range strings.Lines(out.String()) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		got = append(got, rest)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryPassesOnOneSampleForEachInterval(t *testing.T) {
	var got []string
	take := every(3*time.Second, func(_ envelope, r reading) error {
		got = append(got, r.Timestamp.Format("05"))
		return nil
	})
	for _, second := range []string{"00", "01", "02", "03", "04", "05", "20", "21", "22", "23"} { // the computer slept
		if err := take(envelope{Data: []byte(`{"timestamp":"2026-11-22T08:00:` + second + `Z"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	if want := "00 03 20 23"; strings.Join(got, " ") != want {
		t.Errorf("got samples of the seconds %q, want %q", got, want)
	}
}

func TestAReadingWithNothingInItIsDrawn(t *testing.T) {
	s := screen{out: &bytes.Buffer{}, size: func() (int, int, error) { return 1, 1, nil }}
	if err := s.draw(reading{}); err != nil {
		t.Fatal(err)
	}
	cpu := reading{}
	if err := every(time.Second, func(_ envelope, r reading) error { cpu = r; return nil })(envelope{Data: []byte(`{"timestamp":"2026-11-22T08:00:00Z","cpu_load":null,"memory_usage":null,"cpu":{"percent":null,"per_core":[null,50]},"net":[{"name":"eth0","rx_bytes_per_sec":null,"tx_bytes_per_sec":1}]}`)}); err != nil {
		t.Fatal(err)
	}
	drawn := strings.Join(layout(cpu), "\n")
	if !strings.Contains(drawn, "      -   ▅") || !strings.Contains(drawn, "in   -") {
		t.Errorf("got %q, want dashes where nothing was measured", drawn)
	}
}

func TestNearestCommand(t *testing.T) {
	names := []string{"serve", "status", "sub", "say", "tail"}
	for word, want := range map[string]string{"statsu": "status", "server": "serve", "tial": "tail", "suub": "sub", "backup": "", "xyz": ""} {
		if got := nearest(word, names); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}
