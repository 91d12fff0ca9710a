package backend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"hearth/backend/lan"
)

// Checkup is what can be seen of a hub's data folder and network from outside, whether the hub runs or not.
type Checkup struct {
	Data       string
	Trouble    []string      // what is wrong with the data folder, a sentence each
	StoreBytes int64         // size of its store; 0 = there is none yet
	LastBackup time.Time     // when the newest daily backup was begun; zero = there is none
	Addresses  []lan.Address // as lan.Rank sorts them
}

// Examine looks at a data folder and at the network of this computer. It leaves all as it is and needs neither a hub nor a
// network.
func Examine(data string) Checkup {
	c := Checkup{Data: data, LastBackup: newestBackup(filepath.Join(data, backupFolder))}
	c.folder()
	addresses, err := lan.Addresses()
	if err != nil {
		c.Trouble = append(c.Trouble, fmt.Sprintf("The network interfaces cannot be listed: %v.", err))
	}
	c.Addresses = addresses
	return c
}

// Diagnose returns what would keep other devices from a hub that were shared on that port, the likeliest first. It takes up to
// four seconds. A hub that runs knows more: ask that one.
func (c Checkup) Diagnose(ctx context.Context, port int) []Finding {
	return lan.Diagnose(ctx, lan.Situation{Shared: true, Port: port, Addresses: c.Addresses})
}

func (c *Checkup) folder() {
	trouble := func(format string, args ...any) { c.Trouble = append(c.Trouble, fmt.Sprintf(format, args...)) }
	if _, err := os.Stat(c.Data); err != nil {
		if !errors.Is(err, fs.ErrNotExist) { // else no hub has run yet, which makes it
			trouble("The data folder cannot be looked at: %v.", err)
		}
		return
	}
	if err := makeFolder(c.Data); err != nil {
		trouble("%v.", err)
	}
	if onNetwork(c.Data) {
		trouble("The data folder lies on a network file system, where a crash may lose data; keep it on a local disk.")
	}
	store, err := os.Stat(filepath.Join(c.Data, storeFile))
	switch {
	case err == nil:
		c.StoreBytes = store.Size()
	case !errors.Is(err, fs.ErrNotExist):
		trouble("The store cannot be looked at: %v.", err)
	}
}

// PortHolder says which program listens on a port of this computer, "" = none, or it belongs to somebody else.
func PortHolder(port int) string {
	return portHolder(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
