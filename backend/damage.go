package backend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hearth/backend/fault"
	"hearth/backend/notify"
	"hearth/backend/store"
)

// openStore opens the store, without its free room if that is most of it.
func (h *Hub) openStore(ctx context.Context) (*store.Store, error) {
	path := filepath.Join(h.config.Data, storeFile)
	h.noticeMissing(path)
	err := store.Compact(ctx, path, h.log)
	if errors.Is(err, store.ErrLocked) { // Open would only wait for it once more
		return nil, fmt.Errorf("%w: %s", ErrRunning, h.config.Data)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		h.log.Warn("the store's file was not compacted", "err", err)
	}
	file, err := store.Open(path, store.Options{Log: h.log, Stopped: h.storeStopped})
	if errors.Is(err, store.ErrLocked) {
		return nil, fmt.Errorf("%w: %s", ErrRunning, h.config.Data)
	}
	return file, err
}

// noticeMissing says that a history begins anew although there are backups of one. Who moved the file away wanted that; who
// lost it can still have the newest backup.
func (h *Hub) noticeMissing(path string) {
	dir := filepath.Join(h.config.Data, backupFolder)
	names := backupNames(dir)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || len(names) == 0 {
		return
	}
	h.log.Warn("there is no store, so the history begins anew", "file", path, "backup", names[0])
	h.say(fmt.Sprintf("%s is not there, so the history begins anew; to have the old one back: hearth quit, then hearth restore %s",
		path, filepath.Join(dir, names[0])))
}

// loss is a file that was damaged and what took its place.
type loss struct {
	backup   string // name of the file in the folder of backups
	restored store.Restored
}

// restoreNewest puts the newest backup that is whole in the place of the store, which is damaged. Without one everything
// stays as it is: an empty history would look like one in which nothing was ever said.
func (h *Hub) restoreNewest(ctx context.Context, damage error) (loss, error) {
	h.log.Error("the store's file is damaged", "err", damage)
	dir, path := filepath.Join(h.config.Data, backupFolder), filepath.Join(h.config.Data, storeFile)
	for _, name := range backupNames(dir) {
		restored, err := store.Restore(ctx, filepath.Join(dir, name), path)
		switch {
		case err == nil:
			return loss{name, restored}, nil
		case errors.Is(err, store.ErrLocked):
			return loss{}, fmt.Errorf("%w: %s", ErrRunning, h.config.Data)
		case ctx.Err() != nil:
			return loss{}, ctx.Err()
		}
		h.log.Error("a backup cannot be restored", "file", name, "err", err)
	}
	return loss{}, fault.Wrap(damage, fault.Internal,
		"%s is damaged or no store of Hearth's, and no backup in %s can take its place; it was left as it is: "+
			"`hearth restore FILE` puts another backup in its place, or move it away to begin with an empty history", path, dir)
}

// tellLoss says loudly what happened: in the log, to whoever started the program, to the window, and to all who read the
// notifications.
func (h *Hub) tellLoss(ctx context.Context, l loss) {
	begun, _ := backupTime(l.backup)
	text := fmt.Sprintf("The hub's data file was damaged. The backup of %s has taken its place (entries: %d); what came after it is missing. "+
		"The damaged file was moved to %s. The backup is %s.",
		begun.Format("2006-01-02 15:04 UTC"), l.restored.Records, l.restored.Aside, filepath.Join(h.config.Data, backupFolder, l.backup))
	h.log.Error("a backup has taken the place of the damaged store", "backup", l.backup, "aside", l.restored.Aside, "records", l.restored.Records)
	h.say(text)
	a := Alert{Title: "Data was lost", Body: text, Priority: 5, Link: "#/inbox"}
	h.publish(ctx, a)
	h.alarm(ctx, a) // what was published before anybody listened alerts nobody
}

// storeStopped is called by the store, which waits for it, when it stops writing.
func (h *Hub) storeStopped(err error) {
	select {
	case h.stopped <- fault.From(err):
	default: // it is known of the store that was open before
	}
}

// watchStore tells the owner when the store stops writing, which no notification can, until ctx ends.
func (h *Hub) watchStore(ctx context.Context) {
	select {
	case f := <-h.stopped:
		h.say(f.Message)
		h.alarm(ctx, Alert{Title: "Nothing is stored any more", Body: f.Message, Priority: 5})
	case <-ctx.Done():
	}
}

// backupFailed tells the owner that there is no backup of today.
func (h *Hub) backupFailed(ctx context.Context, err error) {
	a := Alert{Title: "The daily backup failed", Body: "The hub could not back itself up: " + err.Error(), Priority: 4, Link: "#/inbox"}
	if !h.publish(ctx, a) {
		h.alarm(ctx, a)
	}
}

// hubTopic is the notification topic on which the hub speaks of itself.
const hubTopic = "hearth"

// publish makes a notification of a and reports whether it could be stored.
func (h *Hub) publish(ctx context.Context, a Alert) bool {
	_, err := h.notify.Publish(ctx, hubTopic, notify.Draft{Title: a.Title, Text: a.Body, Priority: a.Priority, Tags: []string{"warning"}})
	if err != nil {
		h.log.Error("a notification of the hub itself was not stored", "title", a.Title, "err", err)
	}
	return err == nil
}

// say speaks to whoever started the program.
func (h *Hub) say(sentence string) {
	if h.config.Tell != nil {
		h.config.Tell(sentence)
	}
}
