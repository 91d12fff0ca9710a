package lan_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/lan"
	"hearth/backend/topic"
)

func TestRenewingEndsTheLinkAndThePIN(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		if err := w.sharing.Renew(t.Context()); !fault.Is(err, fault.Conflict) {
			t.Errorf("while it is not shared: %v", err)
		}
		w.turn(t, true)
		w.sharing.Joined(phone, "ada")
		old := w.sharing.State()
		if err := w.sharing.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		now := w.sharing.State()
		if now.Link == old.Link || now.PIN == old.PIN || now.Lamp.State != lan.LampWaiting {
			t.Errorf("from %+v to %+v", old, now)
		}
		w.wantRevoked(t, "after New QR", old.Link)
		if err := w.join(t, now.Link); err != nil {
			t.Errorf("by the new link: %v", err)
		}
	})
}

func TestALinkOfADayAgoIsReplacedByItself(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.turn(t, true)
		old := w.sharing.State()
		time.Sleep(lan.LinkAge + lan.AddressPoll)
		synctest.Wait()
		now := w.sharing.State()
		if now.Link == old.Link || now.PIN != old.PIN {
			t.Errorf("a day later: link changed %v, PIN changed %v; want a new link and the same PIN", now.Link != old.Link, now.PIN != old.PIN)
		}
		if err := w.join(t, now.Link); err != nil {
			t.Errorf("by the new link: %v", err)
		}
	})
}

// A code that nobody can follow would look like a hub that is broken.
func TestALinkThatIsTakenBackIsReplacedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.turn(t, true)
		old := w.sharing.State()
		if err := w.peers.RevokeInvite(t.Context(), w.peers.Invites()[0].ID); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		now := w.sharing.State()
		if now.Link == old.Link || now.PIN != old.PIN {
			t.Errorf("link changed %v, PIN changed %v; want a new link and the same PIN", now.Link != old.Link, now.PIN != old.PIN)
		}
		if err := w.join(t, now.Link); err != nil {
			t.Errorf("by the new link: %v", err)
		}
		w.wantRevoked(t, "what was taken back", old.Link)
	})
}

// A link that was photographed does not outlive the sharing, however the process ended.
func TestALinkEndsWithTheProcessThatShowedIt(t *testing.T) {
	disk := topic.NewRing()
	w := newWorld(t, disk, nil)
	w.turn(t, true)
	old := w.sharing.State().Link
	again := newWorld(t, disk, nil)
	again.wantRevoked(t, "after a crash", old)
	if again.sharing.State().On {
		t.Error("sharing was remembered over a restart")
	}
}
