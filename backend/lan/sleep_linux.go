package lan

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/godbus/dbus/v5"
)

// WatchSleep calls f each time before this computer goes to sleep, and holds sleep up until f returns; the system waits five
// seconds unless it was told otherwise. It returns nil when ctx ends, errors.ErrUnsupported where the system tells nothing of its
// sleep, and an error when it stops to.
func WatchSleep(ctx context.Context, f func()) error {
	bus, err := dbus.ConnectSystemBus() // not bound to ctx: see hold
	if err != nil {
		return errors.Join(errors.ErrUnsupported, err)
	}
	defer bus.Close()
	signals := make(chan *dbus.Signal, 8) // closed by the bus when its connection ends
	bus.Signal(signals)
	if err := bus.AddMatchSignalContext(ctx, dbus.WithMatchSender(login), dbus.WithMatchInterface(manager), dbus.WithMatchMember(sleepSignal)); err != nil {
		return fmt.Errorf("listen for sleep: %w", err)
	}
	w := sleepWatch{bus: bus, f: f}
	defer w.letGo()
	if err := w.hold(ctx); err != nil {
		return errors.Join(errors.ErrUnsupported, err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case s, ok := <-signals:
			if ctx.Err() != nil {
				return nil
			}
			if !ok {
				return errors.New("the connection to the system's bus ended")
			}
			if err := w.take(ctx, s); err != nil {
				return err
			}
		}
	}
}

// sleepWatch has a lock that holds sleep up, except during sleep.
type sleepWatch struct {
	bus  *dbus.Conn
	f    func()
	lock *os.File // nil during sleep
}

// hold asks for a lock. It waits for the answer even when ctx ends meanwhile: a lock that nobody takes would hold sleep up for
// as long as the program runs.
func (w *sleepWatch) hold(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), busTime)
	defer cancel()
	w.lock, err = inhibit(ctx, w.bus, "say goodbye to who is connected", "delay")
	return err
}

func (w *sleepWatch) letGo() {
	if w.lock != nil {
		w.lock.Close()
		w.lock = nil
	}
}

// take does what a signal asks for: its one argument says whether sleep begins or has ended.
func (w *sleepWatch) take(ctx context.Context, s *dbus.Signal) error {
	if s.Name != manager+"."+sleepSignal || len(s.Body) != 1 {
		return nil // such as the name that the bus gives to a newcomer
	}
	begins, _ := s.Body[0].(bool)
	if begins {
		w.f()
		w.letGo()
		return nil
	}
	w.letGo()
	return w.hold(ctx)
}
