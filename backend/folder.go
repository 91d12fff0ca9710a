package backend

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"hearth/backend/fault"
)

// Names of the files in a data folder.
const (
	storeFile = "hearth.db"
	logFile   = "hearth.log"
	infoFile  = "hub.json"
	tokenFile = "admin.token"
)

// DataFolder returns the folder that keeps a hub's data: chosen if not empty, else the system's place for it. Without a
// home it returns a fault that names --data.
func DataFolder(chosen string) (string, error) {
	if chosen != "" {
		return filepath.Abs(chosen)
	}
	dir, err := systemFolder()
	if err != nil {
		return "", fault.Wrap(err, fault.BadRequest, "there is no home folder to keep the hub's data in; name a folder with --data DIR")
	}
	return dir, nil
}

func systemFolder() (string, error) {
	switch runtime.GOOS {
	case "windows": // never the roaming profile: the data belongs to this machine
		if dir := os.Getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "Hearth"), nil
		}
		return "", fmt.Errorf("%%LocalAppData%% is not set")
	case "darwin":
		home, err := os.UserHomeDir()
		return filepath.Join(home, "Library", "Application Support", "Hearth"), err
	}
	if dir := os.Getenv("STATE_DIRECTORY"); filepath.IsAbs(dir) {
		return dir, nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "hearth"), nil
	}
	home, err := os.UserHomeDir()
	if err == nil && !filepath.IsAbs(home) {
		err = fmt.Errorf("$HOME is %q", home)
	}
	return filepath.Join(home, ".local", "share", "hearth"), err
}

// Info says where a hub answers. It lies in the data folder as hub.json.
type Info struct {
	URL     string    `json:"url"` // http://127.0.0.1:7420
	PID     int       `json:"pid"`
	Version string    `json:"version"`
	Started time.Time `json:"started"`
}

// Running returns what hub.json in that data folder says. The hub may be gone nevertheless: try the address.
func Running(data string) (Info, bool) {
	var info Info
	b, err := os.ReadFile(filepath.Join(data, infoFile))
	if err != nil || json.Unmarshal(b, &info) != nil || info.URL == "" {
		return Info{}, false
	}
	return info, true
}

// AdminToken returns the token that the hub of that data folder wrote at its start. Only its user can read it.
func AdminToken(data string) (string, error) {
	b, err := os.ReadFile(filepath.Join(data, tokenFile))
	if err != nil {
		return "", fmt.Errorf("read the hub's token: %w", err)
	}
	return string(b), nil
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Wrap(err, fault.BadRequest, "the data folder %s cannot be made; name another with --data DIR", dir)
	}
	probe, err := os.CreateTemp(dir, ".write-*")
	if err != nil {
		return fault.Wrap(err, fault.BadRequest, "the data folder %s cannot be written to; name another with --data DIR", dir)
	}
	probe.Close()
	return os.Remove(probe.Name())
}

func newToken() string { return rand.Text() + rand.Text() } // 260 bits

// writePrivate replaces a file of the data folder in one step, so that nobody reads half of it.
func writePrivate(path string, content []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, content, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
