package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// playRestore backs a hub up while five posters write, damages its file, and looks what the next start makes of it: the
// backup takes its place as another history, and everybody is told.
func playRestore(ctx context.Context, l *lab) (string, error) {
	data := l.dataFolder("data")
	c, kept, err := l.backedUp(ctx, data)
	if err != nil {
		return "", err
	}
	whole, err := readImage(storeIn(data))
	if err != nil {
		return "", err
	}
	ruin := whole.zeroed(0, 2*page)
	if err := ruin.writeTo(storeIn(data)); err != nil {
		return "", err
	}
	h, err := l.start(ctx, data)
	if err != nil {
		return "", err
	}
	defer h.kill()
	if err := errors.Join(h.saysAloud(ctx, c.reader()), ruin.isAside(data)); err != nil {
		return "", err
	}
	shown := 0
	for _, room := range c.rooms {
		n, err := c.prefix(ctx, h, room, kept[room].Seq)
		if err := errors.Join(err, h.resets(ctx, c.reader(), room, kept[room])); err != nil {
			return "", err
		}
		shown += n
	}
	return fmt.Sprintf("a backup under load took the place of a damaged file: %d of %d entries, told and as another history", shown, c.promises()), h.leave()
}

// position is where a reader is.
type position struct {
	Epoch string
	Seq   uint64
}

// backedUp fills a data folder and takes a backup where the hub keeps its own. kept says by room what was acknowledged
// before the backup began.
func (l *lab) backedUp(ctx context.Context, data string) (c *crew, kept map[string]position, err error) {
	h, err := l.start(ctx, data)
	if err != nil {
		return nil, nil, err
	}
	defer h.kill()
	if c, err = gather(ctx, h, "lobby", "garden"); err != nil {
		return nil, nil, err
	}
	s, err := c.work(ctx, h, 100)
	if err != nil {
		return nil, nil, err
	}
	defer c.reading.Wait()
	defer s.posting.Wait()
	defer h.kill()
	if err := s.reach(ctx); err != nil {
		return nil, nil, err
	}
	kept = map[string]position{}
	for _, room := range c.rooms {
		now, err := h.follow(ctx, c.reader(), room, "?since=all")
		if err != nil {
			return nil, nil, err
		}
		now.close()
		kept[room] = position{now.epoch, c.newest(room)}
	}
	if err := l.backUp(ctx, data); err != nil {
		return nil, nil, err
	}
	return c, kept, h.leave()
}

// backUp runs `hearth backup`.
func (l *lab) backUp(ctx context.Context, data string) error {
	folder := filepath.Join(data, "backups")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	file := filepath.Join(folder, time.Now().UTC().Format("hearth-2006-01-02T150405Z.db"))
	command := exec.CommandContext(ctx, l.program, "backup", "--data", data, file)
	command.Env = withoutHearth(os.Environ())
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("hearth backup: %w\n%s", err, said)
	}
	return nil
}

// saysAloud looks for the news where people see it: on standard error, in the log, and among the notifications.
func (h *hub) saysAloud(ctx context.Context, by *member) error {
	if err := h.logged("a backup has taken the place of the damaged store"); err != nil {
		return err
	}
	if err := h.says(ctx, "data file was damaged"); err != nil {
		return err
	}
	a, err := h.get(ctx, nil, "/hearth/json?poll=1&since=all")
	if err != nil {
		return err
	}
	var note struct {
		Event, Message string
		Priority       int
	}
	for line := range bytes.Lines(a.body) {
		if json.Unmarshal(line, &note) == nil && note.Priority == 5 && strings.Contains(note.Message, storeIn(h.data)) {
			return nil
		}
	}
	return fmt.Errorf("no urgent notification names the file: %v", a)
}

// isAside returns an error unless the image lies beside the store that has taken its place.
func (i image) isAside(data string) error {
	beside, err := filepath.Glob(storeIn(data) + ".*")
	for _, path := range beside {
		if i.isAt(path) == nil {
			return nil
		}
	}
	return fmt.Errorf("the damaged file is not kept: beside the store lies %v (%v)", beside, err)
}

// resets returns an error unless a reader who comes back with a position from before is told that this is another history.
func (h *hub) resets(ctx context.Context, by *member, room string, from position) error {
	back, err := h.follow(ctx, by, room, fmt.Sprintf("?since=%s/%d", from.Epoch, from.Seq))
	if err != nil {
		return err
	}
	defer back.close()
	if !back.next() || back.entry.Kind != "reset" {
		return fmt.Errorf("a reader of room %s who comes back with %v gets a %q %d (%v), want a reset", room, from, back.entry.Kind, back.entry.Seq, back.err)
	}
	return nil
}

// prefix reads a room that was restored: its first entries, without a hole, and all up to seq last.
func (c *crew) prefix(ctx context.Context, h *hub, room string, last uint64) (entries int, err error) {
	got, readable, err := c.shown(ctx, h, room)
	if err != nil {
		return 0, err
	}
	for seq := range uint64(len(got)) {
		if !got[seq+1] {
			return 0, fmt.Errorf("room %s has a hole at %d", room, seq+1)
		}
	}
	if !readable || uint64(len(got)) < last {
		return 0, fmt.Errorf("room %s ends with %d, but %d was acknowledged before the backup began", room, len(got), last)
	}
	return len(got), nil
}
