package peer_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

func invite(t testing.TB, p *peer.Peers, uses int, age time.Duration) (peer.Invite, string) {
	t.Helper()
	made, secret, err := p.NewInvite(t.Context(), uses, age)
	if err != nil {
		t.Fatal(err)
	}
	return made, secret
}

// follow joins by an invite link.
func follow(t testing.TB, p *peer.Peers, secret string) (peer.Peer, error) {
	t.Helper()
	who, _, err := p.Admit(t.Context(), peer.Ticket{Name: "ada", Secret: secret, From: classroom})
	return who, err
}

func TestALinkLetsInAsManyAsItMay(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	made, secret := invite(t, p, 2, 0)
	if len(secret) != 22 || made.State != peer.StateOpen || made.Expires.Sub(made.Created) != peer.InviteAge || made.Uses != 2 {
		t.Fatalf("made %+v with a secret of %d characters, want an open one of 2 uses and %v, and 22", made, len(secret), peer.InviteAge)
	}
	who, err := follow(t, p, secret)
	if err != nil || who.Role != peer.Guest {
		t.Fatalf("by the link came %+v, %v; want a guest", who, err)
	}
	p = openPeers(t, disk) // uses are counted over restarts
	if _, err := follow(t, p, " "+secret+"\n"); err != nil {
		t.Fatal(err)
	}
	_, err = follow(t, p, secret)
	wantCode(t, err, peer.InviteUsedUp)
	if got := p.Invites(); len(got) != 1 || got[0].Used != 2 || got[0].State != peer.StateUsedUp || got[0].ID != made.ID {
		t.Errorf("the list says %+v", got)
	}
	_, many := invite(t, p, 0, 0)
	for range 25 {
		if _, err := follow(t, p, many); err != nil {
			t.Fatalf("a link without a count: %v", err)
		}
	}
}

func TestThePanelsOwnLinkIsToldFromOthersAlsoAfterARestart(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	panel, _, err := p.NewSharingInvite(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	made, _ := invite(t, p, 0, 0)
	if !panel.Sharing || made.Sharing || panel.Uses != 0 {
		t.Errorf("the panel's is %+v, the owner's %+v", panel, made)
	}
	for _, i := range openPeers(t, disk).Invites() {
		if ofPanel := i.ID == panel.ID; i.Sharing != ofPanel {
			t.Errorf("after a restart %+v, and the panel's is %s", i, panel.ID)
		}
	}
}

func TestTwentyAtOnceOnALinkForOne(t *testing.T) {
	p := openPeers(t, newEngine())
	_, secret := invite(t, p, 1, 0)
	errs := make(chan error, 20)
	var wg sync.WaitGroup
	for range cap(errs) {
		wg.Go(func() {
			_, err := follow(t, p, secret)
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	in := 0
	for err := range errs {
		if err == nil {
			in++
		} else if !fault.Is(err, peer.InviteUsedUp) {
			t.Errorf("refused with %v, want %s", err, peer.InviteUsedUp)
		}
	}
	if in != 1 || len(p.All()) != 2 {
		t.Errorf("%d came in by a link for one, and %v are there", in, names(p.All()))
	}
}

func TestEachEndOfALinkHasItsSentence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := newEngine()
		p := openPeers(t, disk)
		_, old := invite(t, p, 0, time.Hour)
		back, taken := invite(t, p, 1, 0)
		_, used := invite(t, p, 1, 0)
		if _, err := follow(t, p, used); err != nil {
			t.Fatal(err)
		}
		for range 2 { // twice is harmless
			if err := p.RevokeInvite(t.Context(), back.ID); err != nil {
				t.Fatal(err)
			}
		}
		wantCode(t, p.RevokeInvite(t.Context(), "nothing"), fault.NotFound)
		time.Sleep(time.Hour)
		sentences := map[string]bool{}
		for when, p := range map[string]*peer.Peers{"now": p, "after a restart": openPeers(t, disk)} {
			for code, secret := range map[fault.Code]string{
				peer.InviteExpired: old, peer.InviteRevoked: taken, peer.InviteUsedUp: used, peer.InviteUnknown: "made-up",
			} {
				_, err := follow(t, p, secret)
				if !fault.Is(err, code) {
					t.Errorf("%s: %v, want %s", when, err, code)
				}
				sentences[fault.From(err).Message] = true
			}
		}
		if len(sentences) != 4 {
			t.Errorf("four ends have %d sentences", len(sentences))
		}
		time.Sleep(peer.InviteAge + peer.InviteMemory)
		_, err := follow(t, p, taken)
		wantCode(t, err, peer.InviteUnknown)
		if got := p.Invites(); len(got) != 0 {
			t.Errorf("long ended ones are listed: %+v", got)
		}
		invite(t, p, 1, 0)
		rows := 0
		disk.Table("invites").Each(t.Context(), func(string, []byte) bool { rows++; return true })
		if rows != 1 {
			t.Errorf("%d rows are kept, want the fresh one alone", rows)
		}
	})
}

func TestInvitesHaveLimits(t *testing.T) {
	p := openPeers(t, newEngine())
	for _, c := range []struct {
		uses  int
		age   time.Duration
		field string
	}{{-1, 0, "uses"}, {peer.MaxInviteUses + 1, 0, "uses"}, {1, -time.Hour, "hours"}, {1, peer.MaxInviteAge + time.Second, "hours"}} {
		_, _, err := p.NewInvite(t.Context(), c.uses, c.age)
		if f := fault.From(err); f == nil || f.Code != fault.BadRequest || f.Field != c.field {
			t.Errorf("%d uses for %v: %v, want bad_request in %s", c.uses, c.age, err, c.field)
		}
	}
	first, _ := invite(t, p, 1, 0)
	for range peer.MaxInvites - 1 {
		invite(t, p, 1, 0)
	}
	_, _, err := p.NewInvite(t.Context(), 1, 0)
	wantCode(t, err, fault.Conflict)
	if err := p.RevokeInvite(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	fresh, _ := invite(t, p, 1, 0)
	if got := p.Invites(); len(got) != peer.MaxInvites || !slices.ContainsFunc(got, func(i peer.Invite) bool { return i.ID == fresh.ID }) {
		t.Errorf("%d are listed, want %d with the fresh one", len(got), peer.MaxInvites)
	}
}

func TestAHubTakesSoManyGuests(t *testing.T) {
	p := openPeers(t, newEngine())
	_, secret := invite(t, p, 0, 0)
	var last peer.Peer
	for range peer.MaxGuests {
		var err error
		if last, err = follow(t, p, secret); err != nil {
			t.Fatal(err)
		}
	}
	_, err := follow(t, p, secret)
	wantCode(t, err, fault.RateLimited)
	eve, _ := redeem(t, p, false)
	if _, err := p.Remove(t.Context(), last.ID, eve, peer.Removal{}); err != nil {
		t.Fatal(err)
	}
	if _, err := follow(t, p, secret); err != nil {
		t.Errorf("there is room for one again: %v", err)
	}
	join(t, p, "bob") // who is no guest
}

func TestALockedDoorLetsNobodyNewIn(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	_, secret := invite(t, p, 0, 0)
	who, session, err := p.Admit(t.Context(), peer.Ticket{Name: "ada", Secret: secret, From: classroom})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	p.WatchDoor(func() { told++ })
	for range 2 {
		if err := p.SetLocked(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	for when, p := range map[string]*peer.Peers{"now": p, "after a restart": openPeers(t, disk)} {
		if !p.Locked() {
			t.Errorf("%s the door is open", when)
		}
		_, err := follow(t, p, secret)
		wantCode(t, err, peer.DoorLocked)
		wantCode(t, try(t, p, p.PIN(), classroom), peer.DoorLocked)
		if got, ok := p.BySession(session); !ok || got != who {
			t.Errorf("%s who was in is %+v, %v", when, got, ok)
		}
	}
	if err := p.SetLocked(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := follow(t, p, secret); err != nil || openPeers(t, disk).Locked() {
		t.Errorf("unlocked: %v", err)
	}
	if told != 3 {
		t.Errorf("watchers were told %d times, want of the lock, its end and a use of the link", told)
	}
}

func TestAnOpenHubTakesABadLink(t *testing.T) {
	p := openPeers(t, newEngine())
	if err := p.SetPIN("none"); err != nil {
		t.Fatal(err)
	}
	if _, err := follow(t, p, "made-up"); err != nil {
		t.Errorf("who may come without a link may not come with a bad one: %v", err)
	}
}

func TestAGuestThatTheStoreRefusedUsedNothing(t *testing.T) {
	for _, table := range []string{"sessions", "peers"} {
		disk := newEngine()
		p := openPeers(t, disk)
		_, secret := invite(t, p, 1, 0)
		disk.failing(table, true)
		if _, err := follow(t, p, secret); !errors.Is(err, errDisk) {
			t.Errorf("without %s: %v, want the disk's error", table, err)
		}
		disk.failing(table, false)
		if _, err := follow(t, p, secret); err != nil {
			t.Errorf("the link was used up by a failure of %s: %v", table, err)
		}
	}
	disk := newEngine()
	p := openPeers(t, disk)
	disk.failing("invites", true)
	if _, _, err := p.NewInvite(t.Context(), 1, 0); !errors.Is(err, errDisk) || len(p.Invites()) != 0 {
		t.Errorf("an invite that was not kept: %v, %v", err, p.Invites())
	}
	disk.failing("hub", true)
	if err := p.SetLocked(t.Context(), true); !errors.Is(err, errDisk) || p.Locked() {
		t.Errorf("a lock that was not kept: %v, locked %v", err, p.Locked())
	}
}

func TestADamagedInviteLeavesTheOthers(t *testing.T) {
	disk := newEngine()
	_, secret := invite(t, openPeers(t, disk), 1, 0)
	for key, value := range map[string]string{"bad": "{", "odd": `{"secret":"` + strings.Repeat("0", 10) + `"}`} {
		if err := disk.Table("invites").Put(t.Context(), key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := follow(t, openPeers(t, disk), secret); err != nil {
		t.Error(err)
	}
}
