package backend_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend"
	"hearth/backend/store"
	"hearth/backend/topic"
)

// diary is a store with its daily backups, in a bubble where days pass at once.
type diary struct {
	t    *testing.T
	data string
	*store.Store
	log  topic.Log
	told []error
}

// keepDiary runs story while backups are taken.
func keepDiary(t *testing.T, data string, story func(d *diary)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(filepath.Join(data, "hearth.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d := &diary{t: t, data: data, Store: s}
		if d.log, err = s.Open(t.Context(), "room/lobby", topic.Retention{}, func(topic.Commit) {}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			backend.RunBackups(ctx, data, s, func(_ context.Context, err error) { d.told = append(d.told, err) })
		}()
		story(d)
		cancel()
		<-done
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (d *diary) write(text string) {
	d.t.Helper()
	if _, _, err := d.log.Append(d.t.Context(), topic.Draft{Kind: "message", Data: []byte(text)}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *diary) pass(t time.Duration) {
	time.Sleep(t)
	synctest.Wait()
}

// files returns the names in the folder of backups, oldest first.
func (d *diary) files() []string {
	d.t.Helper()
	entries, err := os.ReadDir(filepath.Join(d.data, "backups"))
	if err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (d *diary) path(name string) string { return filepath.Join(d.data, "backups", name) }

func (d *diary) survey(name string) store.Survey {
	d.t.Helper()
	survey, err := store.Verify(d.t.Context(), d.path(name))
	if err != nil {
		d.t.Fatal(err)
	}
	return survey
}

func TestABackupIsTakenEachDayAndSevenAreKept(t *testing.T) {
	keepDiary(t, t.TempDir(), func(d *diary) {
		d.write("{}")
		if d.pass(30 * time.Second); len(d.files()) != 0 {
			t.Errorf("got %v half a minute after the start", d.files())
		}
		d.pass(time.Minute)
		if files := d.files(); len(files) != 1 || d.survey(files[0]).Records != 1 {
			t.Fatalf("got %v after a minute, want one backup of one entry", files)
		}
		first := d.files()[0]
		for day := range 9 {
			d.write("{}")
			d.pass(24 * time.Hour)
			if got, want := len(d.files()), min(day+2, 7); got != want {
				t.Fatalf("got %d backups after day %d, want %d", got, day, want)
			}
		}
		files := d.files()
		if slices.Contains(files, first) {
			t.Errorf("got %v, want the first one removed", files)
		}
		for i, name := range files {
			if got, want := d.survey(name).Records, i+4; got != want {
				t.Errorf("%s holds %d entries, want %d", name, got, want)
			}
			if info, err := os.Stat(d.path(name)); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: mode %v, %v; want it private", name, info.Mode(), err)
			}
		}
		if len(d.told) != 0 {
			t.Errorf("told of %v", d.told)
		}
	})
}

func TestARestartTakesNoBackupBeforeADayIsOver(t *testing.T) {
	data := t.TempDir()
	for range 3 { // each bubble begins at the same time
		keepDiary(t, data, func(d *diary) {
			if d.pass(time.Hour); len(d.files()) != 1 {
				t.Errorf("got %v, want the one of this day", d.files())
			}
		})
	}
}

func TestWhatAKilledHubWasWritingIsRemoved(t *testing.T) {
	data := t.TempDir()
	left := filepath.Join(data, "backups", "hearth-2000-01-01T000000Z.db.new")
	if err := os.MkdirAll(filepath.Dir(left), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	keepDiary(t, data, func(d *diary) {
		if d.pass(time.Hour); len(d.files()) != 1 || d.files()[0] == filepath.Base(left) {
			t.Errorf("got %v, want one backup", d.files())
		}
	})
}

func TestABackupThatFailsIsToldOnceAndTriedAgain(t *testing.T) {
	keepDiary(t, t.TempDir(), func(d *diary) {
		folder := filepath.Join(d.data, "backups")
		if err := os.WriteFile(folder, nil, 0o600); err != nil { // in the way
			t.Fatal(err)
		}
		if d.pass(5 * time.Hour); len(d.told) != 1 {
			t.Errorf("told %d times, want once: %v", len(d.told), d.told)
		}
		if err := os.Remove(folder); err != nil {
			t.Fatal(err)
		}
		if d.pass(2 * time.Hour); len(d.files()) != 1 {
			t.Errorf("got %v once there is room", d.files())
		}
	})
}

// TestABackupWithADamagedRecordPushesNoneOut has a record that only the older backups hold whole.
func TestABackupWithADamagedRecordPushesNoneOut(t *testing.T) {
	data := t.TempDir()
	file := filepath.Join(data, "hearth.db")
	keepDiary(t, data, func(d *diary) {
		for i := range 20 {
			d.write(fmt.Sprintf(`{"text":"entry %d"}`, i))
		}
		d.pass(8 * 24 * time.Hour)
		if len(d.files()) != 7 {
			t.Fatalf("got %v", d.files())
		}
		whole := d.files()

		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bytes.ReplaceAll(b, []byte("entry 7"), []byte("entrX 7")), 0o600); err != nil {
			t.Fatal(err)
		}
		d.pass(3 * 24 * time.Hour)
		files := d.files()
		if len(files) != 8 || !slices.Equal(files[:7], whole) || d.survey(files[7]).Damaged != 1 {
			t.Errorf("got %v, want the whole ones and the newest damaged one", files)
		}
		if len(d.told) != 1 {
			t.Errorf("told %d times, want once: %v", len(d.told), d.told)
		}
	})
}
