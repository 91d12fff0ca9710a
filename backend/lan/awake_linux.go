package lan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"hearth/backend/fault"
)

// busTime bounds the wait for the system's bus and for what is asked on it.
const busTime = 5 * time.Second

// KeepAwake keeps this computer from going to sleep by itself until release is called, which may happen more than once. The
// screen may still go dark. how says what does it, for people; err, a fault, why nothing can. reason is what the system shows to who asks
// why it stays awake.
func KeepAwake(reason string) (release func(), how string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), busTime)
	defer cancel()
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return nil, "", fault.Wrap(err, fault.Unavailable, noLoginService)
	}
	defer bus.Close() // the lock outlives it
	lock, err := inhibit(ctx, bus, reason, "block")
	if err != nil {
		return nil, "", fault.Wrap(err, fault.Unavailable, "%s", whyNoLock(err))
	}
	return sync.OnceFunc(func() { lock.Close() }), bySystemd, nil
}

const noLoginService = "this system has no login service that could keep it awake"

// whyNoLock says in a sentence what an error of the bus means.
func whyNoLock(err error) string {
	var refusal dbus.Error
	if !errors.As(err, &refusal) {
		return awakeFailed
	}
	switch kind := strings.TrimPrefix(refusal.Name, "org.freedesktop.DBus.Error."); kind {
	case "ServiceUnknown", "NameHasNoOwner", "UnknownMethod", "UnknownObject", "UnknownInterface":
		return noLoginService
	case "AccessDenied", "InteractiveAuthorizationRequired":
		return "this system's login service does not let the hub keep it awake"
	default:
		if strings.HasPrefix(kind, "Spawn.") { // it is there by name, and cannot be started
			return noLoginService
		}
		return awakeFailed
	}
}

// login is the part of systemd that puts the computer to sleep.
const (
	login       = "org.freedesktop.login1"
	loginPath   = dbus.ObjectPath("/org/freedesktop/login1")
	manager     = login + ".Manager"
	sleepSignal = "PrepareForSleep"
)

// inhibit takes one of systemd's locks on sleep: block keeps it off, delay holds it up for a moment. The lock ends when the file
// is closed.
func inhibit(ctx context.Context, bus *dbus.Conn, reason, mode string) (*os.File, error) {
	var lock dbus.UnixFD
	err := bus.Object(login, loginPath).CallWithContext(ctx, manager+".Inhibit", 0, "sleep", "Hearth", reason, mode).Store(&lock)
	if err != nil {
		return nil, fmt.Errorf("ask systemd to hold off sleep: %w", err)
	}
	return os.NewFile(uintptr(lock), "sleep lock"), nil
}
