package soak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// playDamage hands damaged files to hubs that have no backup: what is no store any more is refused and left alone, at every
// start, and damage within a store costs what it hit.
func playDamage(ctx context.Context, l *lab) (string, error) {
	c, data, err := l.prepare(ctx)
	if err != nil {
		return "", err
	}
	if err := l.write(ctx, c, data, l.entries); err != nil {
		return "", err
	}
	whole, err := readImage(storeIn(data))
	if err != nil {
		return "", err
	}
	d := &damage{lab: l, crew: c, whole: whole}
	for name, file := range ruins(whole) {
		if err := d.refused(file); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := d.record(ctx); err != nil {
		return "", fmt.Errorf("a damaged record: %w", err)
	}
	return d.pages(ctx)
}

// damage is the state of the story.
type damage struct {
	*lab
	crew  *crew
	whole image // the store before anything happened to it
	tried int
}

func storeIn(data string) string { return filepath.Join(data, "hearth.db") }

// write lets the crew write at least so many entries and ends the hub well.
func (l *lab) write(ctx context.Context, c *crew, data string, entries int) error {
	h, err := l.start(ctx, data)
	if err != nil {
		return err
	}
	defer h.kill()
	for i := range entries {
		m := c.message(c.members[i%posters][i/posters%faces], i)
		if err := c.must(ctx, h, m); err != nil {
			return err
		}
	}
	return h.leave()
}

// image is the content of a file without the zeros at its end: a store keeps megabytes of room there.
type image struct {
	content []byte
	size    int64
}

func readImage(path string) (image, error) {
	content, err := os.ReadFile(path)
	return image{bytes.TrimRight(content, "\x00"), int64(len(content))}, err
}

func imageOf(content []byte) image { return image{content, int64(len(content))} }

func (i image) writeTo(path string) error {
	if err := os.WriteFile(path, i.content, 0o600); err != nil {
		return err
	}
	return os.Truncate(path, i.size)
}

// isAt returns an error unless the file at path is the image.
func (i image) isAt(path string) error {
	got, err := readImage(path)
	if err == nil && (got.size != i.size || !bytes.Equal(got.content, bytes.TrimRight(i.content, "\x00"))) {
		err = fmt.Errorf("%s was not left as it was", path)
	}
	return err
}

// zeroed returns the image with some of its bytes cleared.
func (i image) zeroed(from, to int) image {
	content := bytes.Clone(i.content)
	clear(content[from:min(to, len(content))])
	return image{content, i.size}
}

// page is the size of a page of a store.
var page = os.Getpagesize()

// ruins are files that are no store any more.
func ruins(whole image) map[string]image {
	return map[string]image{
		"empty":        {},
		"cut off":      imageOf(whole.content[:len(whole.content)/2]),
		"a stump":      imageOf(whole.content[:100]),
		"another file": imageOf([]byte(strings.Repeat("Dear diary, today nothing was stored here.\n", 1000))),
		"zeroed start": whole.zeroed(0, 2*page),
	}
}

// folderWith makes a data folder with that store and no backup.
func (d *damage) folderWith(store image) (string, error) {
	d.tried++
	data := d.dataFolder(fmt.Sprintf("damaged-%d", d.tried))
	if err := os.Mkdir(data, 0o700); err != nil {
		return "", err
	}
	return data, store.writeTo(storeIn(data))
}

// refused starts hubs on a ruin: they end with a sentence, and leave it as it is for whoever can make sense of it.
func (d *damage) refused(file image) error {
	data, err := d.folderWith(file)
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	for range 2 {
		h, err := d.launch(data)
		if err != nil {
			return err
		}
		if err := h.refuses(file); err != nil {
			return err
		}
	}
	return nil
}

// refuses waits until the hub has refused to start on a file.
func (h *hub) refuses(file image) error {
	switch err := h.gone(); {
	case err == nil || h.cmd.ProcessState.ExitCode() != 1:
		return fmt.Errorf("the hub ended with exit code %d, want 1\n%s", h.cmd.ProcessState.ExitCode(), &h.said)
	case !strings.Contains(h.said.String(), storeIn(h.data)+" is damaged") || strings.Contains(h.said.String(), "goroutine "):
		return fmt.Errorf("the hub ended without a sentence about its file:\n%s", &h.said)
	}
	return file.isAt(storeIn(h.data))
}

// record damages one entry. The others are shown at every start, and it is told.
func (d *damage) record(ctx context.Context) error {
	room := d.crew.rooms[0]
	seq, m := d.crew.beyond(room, 3)
	text := []byte(m.text + `"`) // as it stands in JSON; the text alone begins that of other messages
	hit := image{bytes.ReplaceAll(d.whole.content, text, append([]byte("X"), text[1:]...)), d.whole.size}
	if bytes.Equal(hit.content, d.whole.content) {
		return fmt.Errorf("the file has no %q to damage", m.text)
	}
	data, err := d.folderWith(hit)
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	for range 2 {
		if err := d.without(ctx, data, room, seq); err != nil {
			return err
		}
	}
	return nil
}

// without starts a hub and expects all that was promised but one entry.
func (d *damage) without(ctx context.Context, data, room string, seq uint64) error {
	h, err := d.start(ctx, data)
	if err != nil {
		return err
	}
	defer h.kill()
	got, readable, err := d.crew.shown(ctx, h, room)
	if err != nil {
		return err
	}
	if !readable {
		return fmt.Errorf("room %s cannot be read", room)
	}
	if _, there := got[seq]; there || len(got) != d.crew.count(room)-1 {
		return fmt.Errorf("room %s shows %d of %d entries, want all but %d", room, len(got), d.crew.count(room), seq)
	}
	return errors.Join(h.logged("damaged record"), h.leave())
}

// shown reads a room and returns the seqs that the hub shows. Each must be what was promised; some may be missing, or the
// whole room not readable.
func (c *crew) shown(ctx context.Context, h *hub, room string) (got map[uint64]bool, readable bool, err error) {
	got = map[uint64]bool{}
	history, err := h.follow(ctx, c.reader(), room, "?since=all")
	if err != nil {
		return got, false, ctx.Err()
	}
	defer history.close()
	for history.next() {
		if history.entry.Kind == "gap" {
			continue
		}
		if err := c.check(room, history.entry); err != nil {
			return nil, false, err
		}
		got[history.entry.Seq] = true
	}
	return got, history.err == nil, ctx.Err()
}

// pages zeroes one page of the store after the other. A hub may refuse such a file, or show less and log it; it may not
// crash, or show what was never written.
func (d *damage) pages(ctx context.Context) (string, error) {
	refused, showed := 0, 0
	for at := 2 * page; at < len(d.whole.content); at += page * d.stride {
		served, err := d.onFile(ctx, d.whole.zeroed(at, at+page))
		if err != nil {
			return "", fmt.Errorf("with page %d zeroed: %w", at/page, err)
		}
		if served {
			showed++
		} else {
			refused++
		}
	}
	return fmt.Sprintf("%d ruins refused and left alone, a damaged record skipped; with a zeroed page %d refused, %d went on",
		len(ruins(d.whole)), refused, showed), nil
}

// onFile starts a hub on a store and reports whether it served it.
func (d *damage) onFile(ctx context.Context, store image) (served bool, err error) {
	data, err := d.folderWith(store)
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(data)
	h, err := d.launch(data)
	if err != nil {
		return false, err
	}
	defer h.kill()
	if h.await(ctx) != nil {
		return false, h.refuses(store)
	}
	complete := true
	for _, room := range d.crew.rooms {
		got, readable, err := d.crew.shown(ctx, h, room)
		if err != nil {
			return true, err
		}
		complete = complete && readable && len(got) == d.crew.count(room)
	}
	if _, err := h.post(ctx, d.crew.message(d.crew.reader(), 0)); err != nil { // any answer will do
		return true, fmt.Errorf("a post got no answer: %w\n%s", err, &h.said)
	}
	if !complete {
		err = errors.Join(h.logged("level=ERROR"), d.refusedAfterPowerCut(store))
	}
	return true, errors.Join(err, h.leave())
}

// refusedAfterPowerCut starts a hub on a store that was open when the machine went down. What other starts do not come upon,
// this one does.
func (d *damage) refusedAfterPowerCut(store image) error {
	data, err := d.folderWith(store)
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	if err := os.WriteFile(storeIn(data)+".check", []byte("another boot"), 0o600); err != nil {
		return err
	}
	h, err := d.launch(data)
	if err != nil {
		return err
	}
	defer h.kill()
	if err := h.refuses(store); err != nil {
		return fmt.Errorf("after a power cut: %w", err)
	}
	return nil
}

// playSecond starts a second hub on the folder of the first.
func playSecond(ctx context.Context, l *lab) (string, error) {
	data := l.dataFolder("data")
	h, err := l.start(ctx, data)
	if err != nil {
		return "", err
	}
	defer h.kill()
	c, err := gather(ctx, h, "lobby")
	if err != nil {
		return "", err
	}
	second, err := l.launch(data)
	if err != nil {
		return "", err
	}
	if err := second.gone(); err == nil || second.cmd.ProcessState.ExitCode() != 1 {
		return "", fmt.Errorf("a second hub ended with exit code %d, want 1\n%s", second.cmd.ProcessState.ExitCode(), &second.said)
	}
	if said := second.said.String(); !strings.Contains(said, "a hub runs already") || !strings.Contains(said, h.url) {
		return "", fmt.Errorf("a second hub does not say that one runs at %s:\n%s", h.url, said)
	}
	if err := errors.Join(c.must(ctx, h, c.message(c.reader(), 0)), newAudit(c.ledger).run(ctx, h, c.reader())); err != nil {
		return "", fmt.Errorf("the first hub after a second was refused: %w", err)
	}
	return "a second hub says where the first one is, which goes on", h.leave()
}
