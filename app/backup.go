package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"hearth/backend"
)

type backupCmd struct {
	remote
	Force bool   `help:"Replace FILE if it is there."`
	File  string `arg:"" help:"File to write."`
}

func (backupCmd) Help() string {
	return `Example:

    hearth backup ~/hearth-monday.db

The hub may run, and goes on working meanwhile; if it does not run, its data folder is read. The backup is one file with everything that was said until it began. It is checked before it gets its name. Whoever has it can read all rooms: keep it to yourself.

The hub also backs itself up each day, into backups in its data folder, and keeps seven.`
}

// Run writes beside the file and gives it its name when it is whole.
func (c *backupCmd) Run(ctx context.Context, g *globals) error {
	if _, err := os.Lstat(c.File); err == nil && !c.Force {
		return c.exists()
	}
	f, err := os.CreateTemp(filepath.Dir(c.File), filepath.Base(c.File)+".*.new") // 0600
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	defer os.Remove(f.Name()) // in vain when all went well
	err = c.fill(ctx, g, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	survey, err := backend.Verify(ctx, f.Name())
	if err != nil {
		return fmt.Errorf("the backup is not whole: %w", err)
	}
	if err := c.keep(f.Name()); err != nil {
		return err
	}
	fmt.Printf("Backed up %s of %s, %s, to %s\n", counted(survey.Records, "entry", "entries"), counted(survey.Logs, "topic", "topics"), size(float64(survey.Bytes)), c.File)
	if survey.Damaged > 0 {
		warn("%d of the entries are damaged, in the hub as in the backup; an older backup may have them whole", survey.Damaged)
	}
	return nil
}

func (c *backupCmd) exists() error {
	return fmt.Errorf("%s is there already; name another file, or replace it with --force", c.File)
}

// keep names the backup. Without --force a file that came meanwhile stays.
func (c *backupCmd) keep(written string) error {
	if !c.Force {
		switch err := os.Link(written, c.File); {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrExist):
			return c.exists()
		} // else a file system without hard links
	}
	return os.Rename(written, c.File)
}

// fill asks the hub for a backup or, where none runs, reads the data folder.
func (c *backupCmd) fill(ctx context.Context, g *globals, to io.Writer) error {
	h, err := c.find(g)
	if err == nil {
		err = h.backup(ctx, to)
	}
	if c.URL != "" || exitCode(err) != exitUnreachable {
		return err
	}
	data, err := backend.DataFolder(g.Data)
	if err != nil {
		return err
	}
	_, err = backend.Copy(ctx, data, to)
	if errors.Is(err, backend.ErrRunning) {
		return fmt.Errorf("the hub with the data folder %s runs and does not answer; stop it, or try again", data)
	}
	return err
}

// patient is client without a bound on the wait: the hub copies its store before it answers.
var patient = &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}

// backup writes what the hub sends.
func (h hub) backup(ctx context.Context, to io.Writer) error {
	req, err := h.request(ctx, http.MethodGet, "/api/backup", nil)
	if err != nil {
		return err
	}
	res, err := h.doWith(patient, req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	p := &progress{total: res.ContentLength}
	defer p.end()
	if _, err := io.Copy(io.MultiWriter(to, p), res.Body); err != nil {
		return fmt.Errorf("the backup broke off: %w", err)
	}
	return nil
}

// progressEvery is how often progress is shown anew.
const progressEvery = 200 * time.Millisecond

// progress tells a person at a terminal how much was written to it.
type progress struct {
	total, done int64
	shown       time.Time // zero = never
}

func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	if time.Since(p.shown) >= progressEvery && term.IsTerminal(int(os.Stderr.Fd())) {
		p.shown = time.Now()
		fmt.Fprintf(os.Stderr, "\r%s of %s ", size(float64(p.done)), size(float64(p.total)))
	}
	return len(b), nil
}

// end takes the line away.
func (p *progress) end() {
	if !p.shown.IsZero() {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}
