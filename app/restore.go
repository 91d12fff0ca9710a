package main

import (
	"context"
	"errors"
	"fmt"

	"hearth/backend"
)

type restoreCmd struct {
	File string `arg:"" help:"Backup to restore."`
}

func (restoreCmd) Help() string {
	return `Example:

    hearth quit
    hearth restore ~/hearth-monday.db

The hub must not run. The backup is checked first and takes the place of everything in the data folder; what was there is moved aside, not deleted. Pages and scripts that come back are told that the history is another one. Who was signed in when the backup was made is signed in again.`
}

func (c *restoreCmd) Run(ctx context.Context, g *globals) error {
	data, err := backend.DataFolder(g.Data)
	if err != nil {
		return err
	}
	done, err := backend.Restore(ctx, data, c.File)
	if errors.Is(err, backend.ErrRunning) {
		return fmt.Errorf("the hub runs with the data folder %s; stop it with `hearth quit` and restore then", data)
	}
	if err != nil {
		return err
	}
	fmt.Printf("Restored %s of %s, %s, from %s\n", counted(done.Records, "entry", "entries"), counted(done.Logs, "topic", "topics"), size(float64(done.Bytes)), c.File)
	if done.Aside != "" {
		fmt.Printf("What was there before was moved to %s\n", done.Aside)
	}
	if done.Damaged > 0 {
		warn("%d of the entries are damaged and left out", done.Damaged)
	}
	return nil
}
