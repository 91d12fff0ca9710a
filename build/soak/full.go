package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// smallDisk is the size of the disk that is filled up: enough for a hub to start and to write a few thousand entries.
const smallDisk = 4 << 20

// playFull fills the disk under a hub, uses it, and makes room again.
func playFull(ctx context.Context, l *lab) (string, error) {
	disk, err := l.mount(ctx)
	if err != nil {
		return "", err
	}
	h, err := l.start(ctx, filepath.Join(disk.folder, "data"), disk.command...)
	if err != nil {
		return "", err
	}
	defer h.kill()
	disk.hub = h
	c, err := gather(ctx, h, "lobby")
	if err != nil {
		return "", err
	}
	defer c.reading.Wait()
	defer h.kill()
	for range l.fillings {
		if err := fillUp(ctx, c, disk); err != nil {
			return "", err
		}
	}
	if err := newAudit(c.ledger).run(ctx, h, c.reader()); err != nil {
		return "", err
	}
	if err := l.reopened(ctx, c, disk); err != nil {
		return "", fmt.Errorf("what lies on the small disk: %w", err)
	}
	return fmt.Sprintf("the disk was full %d times: storage_full, reads went on, and posts once there was room; all %d entries there",
		l.fillings, c.promises()), h.leave()
}

// fillUp fills the disk until posts are refused, and makes room until they are taken again, without a restart.
func fillUp(ctx context.Context, c *crew, disk *disk) error {
	h := disk.hub
	s, err := c.work(ctx, h, 1)
	if err != nil {
		return err
	}
	if err := s.reach(ctx); err != nil {
		return err
	}
	if err := disk.fill(); err != nil {
		return err
	}
	s.posting.Wait()
	if got := s.refusals(); len(got) != posters || !all(got, "storage_full") || got[0].status != http.StatusInsufficientStorage {
		return fmt.Errorf("on a full disk posts were answered with %v, want 507 storage_full for each poster", got)
	}
	if err := errors.Join(h.usable(ctx, c.reader()), newAudit(c.ledger).run(ctx, h, c.reader())); err != nil {
		return fmt.Errorf("on a full disk: %w", err)
	}
	if err := disk.empty(); err != nil {
		return err
	}
	return errors.Join(c.settle(ctx, h), s.allSeen(ctx))
}

// disk is a small disk, mounted where the hub alone sees it. It is gone when the hub is.
type disk struct {
	folder  string   // where the hub has it
	command []string // starts a hub that has it
	hub     *hub     // set when it runs
}

// mount finds a way to give a hub a small disk: as root or as the root of a namespace of its own.
func (l *lab) mount(ctx context.Context) (*disk, error) {
	d := &disk{folder: filepath.Join(l.folder, "disk")}
	if err := os.Mkdir(d.folder, 0o700); err != nil {
		return nil, err
	}
	const script = `mount -t tmpfs -o mode=700,size="$0" hearth-soak "$1" && shift && exec "$@"`
	var said []byte
	for _, flags := range []string{"-m", "-Urm"} {
		d.command = []string{"unshare", flags, "sh", "-c", script, strconv.Itoa(smallDisk), d.folder}
		try := exec.CommandContext(ctx, d.command[0], append(d.command[1:len(d.command):len(d.command)], "true")...)
		out, err := try.CombinedOutput()
		if err == nil {
			return d, nil
		}
		said = fmt.Appendf(said, "%s %s: %v: %s", d.command[0], flags, err, out)
	}
	return nil, leftOut(fmt.Sprintf("this system lets nobody mount a small disk: %s", said))
}

// path is where we reach what the hub has at name on its disk.
func (d *disk) path(name string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", d.hub.cmd.Process.Pid), d.folder, name)
}

// fill takes all the room that is left.
func (d *disk) fill() error {
	f, err := os.Create(d.path("ballast"))
	if err != nil {
		return err
	}
	defer f.Close()
	page := make([]byte, 4<<10)
	for err == nil {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return nil
}

func (d *disk) empty() error { return os.Remove(d.path("ballast")) }

// reopened copies the store to a disk with room and compares what a hub finds in it: what counts is not what the running
// one has in memory.
func (l *lab) reopened(ctx context.Context, c *crew, d *disk) error {
	data := l.dataFolder("copy")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := copyFile(d.path("data/hearth.db"), filepath.Join(data, "hearth.db")); err != nil {
		return err
	}
	h, err := l.start(ctx, data)
	if err != nil {
		return err
	}
	defer h.kill()
	if err := newAudit(c.ledger).run(ctx, h, c.reader()); err != nil {
		return err
	}
	return h.leave()
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
