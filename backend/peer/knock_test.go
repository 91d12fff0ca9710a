package peer_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

func knock(t testing.TB, p *peer.Peers, name string, from netip.Addr) string {
	t.Helper()
	secret, err := p.Knock(name, from)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestWhoKnocksIsLetInByTheOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		told := 0
		p.WatchDoor(func() { told++ })
		secret := knock(t, p, " ada ", classroom)
		waiting := p.Knocks()
		if len(waiting) != 1 || waiting[0].Name != "ada" || waiting[0].From != classroom.String() || waiting[0].Time.IsZero() || told != 1 {
			t.Fatalf("at the door are %+v, and watchers were told %d times", waiting, told)
		}
		short, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		if _, _, err := p.Await(short, secret); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("without an answer: %v, want the context's error", err)
		}
		var in peer.Peer
		var session string
		var wg sync.WaitGroup
		wg.Go(func() {
			var err error
			if in, session, err = p.Await(t.Context(), secret); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait() // until it waits
		if err := p.SetLocked(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if err := p.AnswerKnock(t.Context(), waiting[0].ID, true); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if got, ok := p.BySession(session); !ok || got != in || in.Role != peer.Guest || in.Name != "ada" {
			t.Errorf("let in was %+v, %v; want the guest ada", got, ok)
		}
		if len(p.Knocks()) != 0 || told != 3 {
			t.Errorf("at the door are still %+v, and watchers were told %d times, want of the knock, the lock and the answer", p.Knocks(), told)
		}
		_, _, err := p.Await(t.Context(), secret)
		wantCode(t, err, fault.NotFound)
		wantCode(t, p.AnswerKnock(t.Context(), waiting[0].ID, true), fault.NotFound)
	})
}

func TestTwoWhoWaitWithOneKnockAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		secret := knock(t, p, "ada", classroom)
		errs := make(chan error, 8)
		var wg sync.WaitGroup
		for range cap(errs) {
			wg.Go(func() {
				_, _, err := p.Await(t.Context(), secret)
				errs <- err
			})
		}
		synctest.Wait() // until all of them wait
		if err := p.AnswerKnock(t.Context(), p.Knocks()[0].ID, true); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		close(errs)
		in := 0
		for err := range errs {
			if err == nil {
				in++
			} else if !fault.Is(err, fault.NotFound) {
				t.Errorf("refused with %v", err)
			}
		}
		if in != 1 {
			t.Errorf("%d came in by one knock", in)
		}
	})
}

func TestWhoIsRefusedIsToldSo(t *testing.T) {
	p := openPeers(t, newEngine())
	secret := knock(t, p, "ada", classroom)
	if err := p.AnswerKnock(t.Context(), p.Knocks()[0].ID, false); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a page that lost the first answer asks again
		_, _, err := p.Await(t.Context(), secret)
		wantCode(t, err, peer.KnockRefused)
	}
	_, _, err := p.Await(t.Context(), "made up")
	wantCode(t, err, fault.NotFound)
	if got := names(p.All()); !slices.Equal(got, []string{"eve"}) {
		t.Errorf("in are %q", got)
	}
}

func TestAKnockEndsWhenNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		secret := knock(t, p, "ada", classroom)
		time.Sleep(peer.KnockAge - time.Second)
		long, cancel := context.WithTimeout(t.Context(), 2*peer.KnockAge)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, _, err := p.Await(long, secret); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("it ended while somebody waited: %v", err)
			}
		})
		time.Sleep(2*peer.KnockAge - time.Second)
		if len(p.Knocks()) != 1 {
			t.Error("who waits is not shown to the owner")
		}
		wg.Wait()
		time.Sleep(peer.KnockAge - time.Second)
		if len(p.Knocks()) != 1 {
			t.Error("it ended too early")
		}
		time.Sleep(time.Second)
		if got := p.Knocks(); len(got) != 0 {
			t.Errorf("at the door are %+v, who went away", got)
		}
		_, _, err := p.Await(t.Context(), secret)
		wantCode(t, err, fault.NotFound)
	})
}

func TestTheDoorHasRoomForSoMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		for range peer.KnocksPerAddress {
			knock(t, p, "ada", classroom)
		}
		_, err := p.Knock("ada", classroom)
		wantCode(t, err, fault.RateLimited)
		for n := range peer.MaxKnocks - peer.KnocksPerAddress {
			knock(t, p, "bob", address(n))
		}
		_, err = p.Knock("bob", address(peer.MaxKnocks))
		wantCode(t, err, fault.RateLimited)
		time.Sleep(peer.KnockAge)
		knock(t, p, "ada", classroom)
		if err := p.SetLocked(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		_, err = p.Knock("bob", address(0))
		wantCode(t, err, peer.DoorLocked)
		_, err = p.Knock("system", address(0))
		wantCode(t, err, fault.BadRequest)
	})
}

func TestAKnockThatTheStoreRefusedCanBeTriedAgain(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	secret := knock(t, p, "ada", classroom)
	if err := p.AnswerKnock(t.Context(), p.Knocks()[0].ID, true); err != nil {
		t.Fatal(err)
	}
	disk.failing("sessions", true)
	if _, _, err := p.Await(t.Context(), secret); !errors.Is(err, errDisk) {
		t.Errorf("%v, want the disk's error", err)
	}
	disk.failing("sessions", false)
	if _, _, err := p.Await(t.Context(), secret); err != nil {
		t.Error(err)
	}
}
