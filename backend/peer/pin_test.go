package peer_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

var classroom = netip.MustParseAddr("192.168.1.20")

// try joins by PIN from an address and returns why not.
func try(t testing.TB, p *peer.Peers, pin string, from netip.Addr) error {
	t.Helper()
	_, _, err := p.Admit(t.Context(), peer.Ticket{Name: "ada", PIN: pin, From: from})
	return err
}

// typo returns digits that are not the hub's PIN, though nearly.
func typo(p *peer.Peers) string {
	pin := []byte(p.PIN())
	pin[0] = '0' + (pin[0]-'0'+1)%10
	return string(pin)
}

// address returns one of many addresses; each is a network of its own.
func address(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
}

func wantLocked(t testing.TB, err error, atLeast time.Duration) {
	t.Helper()
	f := fault.From(err)
	if f == nil || f.Code != fault.RateLimited || f.Field != "pin" || f.RetryAfter < atLeast || f.RetryAfter > peer.LastPINLock {
		t.Fatalf("got %+v, want to wait at least %v for another try of the pin", f, atLeast)
	}
}

func wantCode(t testing.TB, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) || strings.TrimSpace(err.Error()) == "" {
		t.Fatalf("got %v, want a sentence with the code %s", err, code)
	}
}

func TestAPINLetsAGuestInHoweverItIsTyped(t *testing.T) {
	p := openPeers(t, newEngine())
	if len(p.PIN()) != peer.PINDigits || p.PINMode() != peer.PINAuto {
		t.Fatalf("the hub made the PIN %q in mode %s, want %d digits", p.PIN(), p.PINMode(), peer.PINDigits)
	}
	if err := p.SetPIN("482913"); err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{"482913", " 482 913\n", "482-913", "４８２９１３", "482\u00a0913"} {
		who, session, err := p.Admit(t.Context(), peer.Ticket{Name: " ada ", PIN: typed, From: classroom})
		if err != nil || who.Role != peer.Guest || who.Name != "ada" {
			t.Errorf("with %q came %+v, %v; want the guest ada", typed, who, err)
		}
		if got, ok := p.BySession(session); !ok || got != who {
			t.Errorf("the session is of %+v, %v; want %+v", got, ok, who)
		}
	}
	wantCode(t, try(t, p, "", classroom), peer.PINNeeded)
	wantCode(t, try(t, p, " ", classroom), peer.PINNeeded)
	for _, wrong := range []string{"482914", "48291", "4829133", "ada"} {
		wantCode(t, try(t, p, wrong, classroom), peer.PINWrong)
	}
}

func TestTheOwnerChoosesThePIN(t *testing.T) {
	p := openPeers(t, newEngine())
	told := 0
	p.WatchDoor(func() { told++ })
	for mode, want := range map[string]string{"none": peer.PINNone, "auto": peer.PINAuto, "1234": peer.PINFixed, "123456789012": peer.PINFixed} {
		if err := p.SetPIN(mode); err != nil || p.PINMode() != want {
			t.Errorf("SetPIN(%q): mode %s, %v; want %s", mode, p.PINMode(), err, want)
		}
	}
	if told != 4 {
		t.Errorf("watchers were told %d times of four changes", told)
	}
	for _, bad := range []string{"", "123", "1234567890123", "12a4", "Auto", "１２３４"} {
		before := p.PIN()
		if err := p.SetPIN(bad); !fault.Is(err, fault.BadRequest) || p.PIN() != before {
			t.Errorf("SetPIN(%q): %v, and the PIN is %q", bad, err, p.PIN())
		}
	}
	p.SetPIN("1234")
	if p.NewPIN(); p.PIN() != "1234" {
		t.Errorf("the owner's own PIN became %q", p.PIN())
	}
	p.SetPIN("none")
	if p.NewPIN(); p.PIN() != "" || try(t, p, "", classroom) != nil {
		t.Error("an open hub asks for a PIN")
	}
	p.SetPIN("auto")
	before := p.PIN()
	if p.NewPIN(); p.PIN() == before || len(p.PIN()) != peer.PINDigits {
		t.Errorf("the PIN was %q and is %q, want another", before, p.PIN())
	}
}

// TestTheNumbersThatWereDecided holds the limits of joining: to change one is a decision, not a slip.
func TestTheNumbersThatWereDecided(t *testing.T) {
	for what, is := range map[string]bool{
		"digits of a PIN":                     peer.PINDigits == 6 && peer.MinPINDigits == 4 && peer.MaxPINDigits == 12,
		"tries of an address":                 peer.PINTries == 5 && peer.PINCredit == 10*time.Minute,
		"locks of an address":                 peer.FirstPINLock == 30*time.Second && peer.LastPINLock == time.Hour,
		"tries of a PIN":                      peer.TriesPerPIN == 30 && peer.NewPINsPerHour == 6 && peer.PINRest == 10*time.Minute,
		"how long links last":                 peer.InviteAge == 24*time.Hour && peer.InviteMemory == 7*24*time.Hour,
		"how long guests stay":                peer.GuestAge == 24*time.Hour,
		"who may knock, and for how long":     peer.KnocksPerAddress == 3 && peer.KnockAge == 5*time.Minute,
		"characters of a reason, acts in all": peer.MaxReason == 200 && peer.KeepActs == 10_000,
	} {
		if !is {
			t.Errorf("%s: not as decided", what)
		}
	}
}

// TestThirtyWhoEachMistypeOnceAllGetIn is a class behind one address.
func TestThirtyWhoEachMistypeOnceAllGetIn(t *testing.T) {
	for how, together := range map[string]bool{"one after the other": false, "all mistyping first": true} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := openPeers(t, newEngine())
				pin := p.PIN()
				patiently := func(typed string) error { // as the page does: wait as long as the hub says
					for {
						err := try(t, p, typed, classroom)
						if !fault.Is(err, fault.RateLimited) {
							return err
						}
						time.Sleep(fault.From(err).RetryAfter)
					}
				}
				for range 30 {
					if err := try(t, p, typo(p), classroom); !together {
						wantCode(t, err, peer.PINWrong)
						if err := try(t, p, pin, classroom); err != nil {
							t.Fatalf("right after one typo: %v", err)
						}
					}
				}
				for range 30 {
					if !together {
						break
					}
					if err := patiently(pin); err != nil {
						t.Fatalf("the right PIN after the wait: %v", err)
					}
				}
				if got := len(p.All()) - 1; got != 30 || p.PIN() != pin {
					t.Errorf("%d got in, and the PIN changed: %v; want all 30 with the same", got, p.PIN() != pin)
				}
			})
		})
	}
}

func TestGuessingThePINBecomesSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		for range peer.PINTries {
			wantCode(t, try(t, p, typo(p), classroom), peer.PINWrong)
		}
		for want := peer.FirstPINLock; ; want = min(2*want, peer.LastPINLock) {
			err := try(t, p, p.PIN(), classroom) // even the right one: a lock that yields to it is none
			wantLocked(t, err, want)
			if wait := fault.From(err).RetryAfter; wait != want {
				t.Fatalf("the lock is %v, want %v", wait, want)
			}
			if err := try(t, p, p.PIN(), address(1)); err != nil {
				t.Fatalf("another address is locked, too: %v", err)
			}
			if want == peer.LastPINLock {
				break
			}
			time.Sleep(want)
			wantCode(t, try(t, p, typo(p), classroom), peer.PINWrong)
		}
		time.Sleep(peer.LastPINLock)
		if err := try(t, p, p.PIN(), classroom); err != nil {
			t.Errorf("after the longest lock: %v", err)
		}
		time.Sleep(peer.PINMemory)
		for range peer.PINTries {
			wantCode(t, try(t, p, typo(p), classroom), peer.PINWrong)
		}
		wantLocked(t, try(t, p, p.PIN(), classroom), peer.FirstPINLock)
	})
}

func TestNeighboursOfOneIPv6NetworkGuessTogether(t *testing.T) {
	p := openPeers(t, newEngine())
	for n := range peer.PINTries {
		wantCode(t, try(t, p, typo(p), netip.MustParseAddr(fmt.Sprintf("2001:db8:0:1::%d", n+1))), peer.PINWrong)
	}
	wantLocked(t, try(t, p, p.PIN(), netip.MustParseAddr("2001:db8:0:1:ffff::1")), time.Second)
	if err := try(t, p, p.PIN(), netip.MustParseAddr("2001:db8:0:2::1")); err != nil {
		t.Errorf("another network: %v", err)
	}
	for range peer.PINTries {
		wantCode(t, try(t, p, typo(p), netip.MustParseAddr("::ffff:10.0.0.9")), peer.PINWrong)
	}
	wantLocked(t, try(t, p, p.PIN(), netip.MustParseAddr("10.0.0.9")), time.Second)
}

func TestAPINThatIsGuessedAtIsReplacedAndThenRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		told, from := 0, 0
		p.WatchDoor(func() { told++ })
		guess := func() {
			for range peer.TriesPerPIN {
				from++
				wantCode(t, try(t, p, typo(p), address(from)), peer.PINWrong)
			}
		}
		for n := range peer.NewPINsPerHour {
			before := p.PIN()
			if guess(); p.PIN() == before || told != n+1 {
				t.Fatalf("after %d wrong tries the PIN is the same, or the owner's screen was told %d times of %d", peer.TriesPerPIN, told, n+1)
			}
			wantCode(t, try(t, p, before, address(0)), peer.PINWrong)
			if err := try(t, p, p.PIN(), address(0)); err != nil {
				t.Fatal(err)
			}
		}
		_, session, err := p.Admit(t.Context(), peer.Ticket{Name: "bob", PIN: p.PIN(), From: classroom})
		if err != nil {
			t.Fatal(err)
		}
		_, link, err := p.NewInvite(t.Context(), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		guess()
		err = try(t, p, p.PIN(), classroom)
		if wantLocked(t, err, peer.PINRest); fault.From(err).RetryAfter != peer.PINRest {
			t.Errorf("joining by PIN rests %v, want %v", fault.From(err).RetryAfter, peer.PINRest)
		}
		if _, _, err := p.Admit(t.Context(), peer.Ticket{Name: "eve", Secret: link, From: classroom}); err != nil {
			t.Errorf("a link while the PIN rests: %v", err)
		}
		if _, ok := p.BySession(session); !ok {
			t.Error("a session ended while the PIN rests")
		}
		time.Sleep(peer.PINRest)
		if err := try(t, p, p.PIN(), classroom); err != nil {
			t.Errorf("after the rest: %v", err)
		}
		time.Sleep(time.Hour)
		before := p.PIN()
		if guess(); p.PIN() == before {
			t.Error("an hour later the PIN is not replaced")
		}
	})
}

func TestAnotherPINHasAllItsTries(t *testing.T) {
	p := openPeers(t, newEngine())
	for n := range peer.TriesPerPIN - 1 {
		wantCode(t, try(t, p, typo(p), address(n)), peer.PINWrong)
	}
	p.NewPIN()
	pin := p.PIN()
	for n := range peer.TriesPerPIN - 1 {
		wantCode(t, try(t, p, typo(p), address(n)), peer.PINWrong)
	}
	if p.PIN() != pin {
		t.Error("it was replaced for the tries of the one before")
	}
}

func TestTheOwnersOwnPINRestsInsteadOfChanging(t *testing.T) {
	p := openPeers(t, newEngine())
	if err := p.SetPIN("482913"); err != nil {
		t.Fatal(err)
	}
	for n := range peer.TriesPerPIN {
		wantCode(t, try(t, p, "111111", address(n)), peer.PINWrong)
	}
	wantLocked(t, try(t, p, "482913", classroom), peer.PINRest-time.Minute)
	if p.PIN() != "482913" {
		t.Errorf("it became %q", p.PIN())
	}
}

// TestTenThousandAddressesAreNotAllRemembered is a guesser who has a botnet, and one who has waited an hour before.
func TestTenThousandAddressesAreNotAllRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		var err error
		for err == nil || fault.From(err).RetryAfter < peer.LastPINLock {
			if err = try(t, p, typo(p), classroom); fault.Is(err, fault.RateLimited) && fault.From(err).RetryAfter < peer.LastPINLock {
				time.Sleep(fault.From(err).RetryAfter)
			}
		}
		most := 0
		for n := range 10_000 {
			err := try(t, p, typo(p), address(n))
			for fault.Is(err, fault.RateLimited) {
				wait := fault.From(err).RetryAfter
				time.Sleep(wait)
				if err := try(t, p, typo(p), classroom); err == nil { // keeps itself locked
					t.Fatal("a typo let somebody in")
				}
				err = try(t, p, typo(p), address(n))
			}
			most = max(most, p.Triers())
		}
		if most != peer.MaxTriers {
			t.Errorf("%d addresses were remembered at once, want all %d that there is room for", most, peer.MaxTriers)
		}
		err = try(t, p, p.PIN(), classroom)
		if !fault.Is(err, fault.RateLimited) {
			t.Fatalf("whom the hub had locked it let try again: %v", err)
		}
		time.Sleep(fault.From(err).RetryAfter)
		for fault.Is(try(t, p, typo(p), classroom), fault.RateLimited) {
			time.Sleep(peer.PINRest)
		}
		wantLocked(t, try(t, p, p.PIN(), classroom), peer.LastPINLock) // still the longest lock: nothing of it was forgotten
	})
}

func TestWhoIsLockedOutStaysSoWhoeverElseComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := peer.NewGuessers()
		locked := 0
		for n := range 10_000 {
			for range peer.PINTries {
				g.Miss(address(n))
			}
			if g.Miss(address(n)) == peer.FirstPINLock {
				locked++
			}
		}
		if g.Len() != peer.MaxTriers || locked != 10_000 {
			t.Errorf("%d addresses are remembered and %d may not try, want %d and all 10,000", g.Len(), locked, peer.MaxTriers)
		}
		time.Sleep(peer.FirstPINLock - time.Second)
		for n := range peer.MaxTriers {
			if wait := g.Miss(address(n)); wait != time.Second {
				t.Fatalf("the %d. of those who are locked out waits %v, want a second", n+1, wait)
			}
		}
		time.Sleep(time.Second)
		if wait := g.Miss(address(10_000)); wait != 0 || g.Len() != peer.MaxTriers {
			t.Errorf("after the locks a stranger waits %v, and %d are remembered", wait, g.Len())
		}
	})
}

func TestTheMildestIsForgottenFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := peer.NewGuessers()
		for range peer.PINTries - 1 {
			g.Miss(classroom)
		}
		for n := range 10_000 {
			if wait := g.Miss(address(n)); wait != 0 {
				t.Fatalf("the %d. stranger waits %v, though nearly nobody is locked out", n+1, wait)
			}
		}
		g.Miss(classroom)
		if wait := g.Miss(classroom); wait != peer.FirstPINLock {
			t.Errorf("who tried as often as one may waits %v, want %v", wait, peer.FirstPINLock)
		}
	})
}
