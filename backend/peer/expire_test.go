package peer_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/peer"
)

func nobody(string) bool { return false }

func expire(t testing.TB, p *peer.Peers, here func(id string) bool) {
	t.Helper()
	if err := p.Expire(t.Context(), here); err != nil {
		t.Fatal(err)
	}
}

func TestAGuestStaysADayAfterTheLastUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gather(t)
		bob, cyd := g.sessions["bob"], g.who["cyd"].ID
		time.Sleep(peer.GuestAge - time.Second)
		if _, ok := g.BySession(bob); !ok { // which is use
			t.Fatal("bob is out before his time")
		}
		expire(t, g.Peers, func(id string) bool { return id == cyd })
		time.Sleep(time.Second)
		expire(t, g.Peers, nobody)
		var told []string
		for _, r := range g.rights {
			if r.Again {
				t.Errorf("told to come back: %+v", r)
			}
			told = append(told, r.Peer)
		}
		slices.Sort(told)
		want := []string{g.who["dan"].ID, g.who["fay"].ID}
		if slices.Sort(want); !slices.Equal(told, want) {
			t.Errorf("signed out were %q, want dan and fay", told)
		}
		wantLines(t, "still here", names(g.All()), "ada", "bob", "cyd", "eve", "mod", "mod2")
		time.Sleep(peer.GuestAge)
		expire(t, g.Peers, nobody)
		wantLines(t, "still here", names(g.All()), "ada", "eve", "mod", "mod2")
		wantLines(t, "still in", g.in(t), "ada", "eve", "mod", "mod2")
	})
}

func TestARestartCutsNoGuestsDayShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := newEngine()
		p := openPeers(t, disk)
		if err := try(t, p, p.PIN(), classroom); err != nil {
			t.Fatal(err)
		}
		expire(t, p, nobody)
		time.Sleep(peer.UseEvery - time.Second)
		expire(t, p, func(string) bool { return true }) // a use that is too fresh to be stored
		p = openPeers(t, disk)
		time.Sleep(peer.GuestAge - time.Second)
		expire(t, p, nobody)
		if got := names(p.All()); !slices.Contains(got, "ada") {
			t.Error("ada is out before her day is over")
		}
		time.Sleep(peer.UseEvery)
		expire(t, p, nobody)
		if got := names(p.All()); slices.Contains(got, "ada") {
			t.Error("ada is still there")
		}
	})
}

func TestUseIsStoredEveryHourAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := newEngine()
		p := openPeers(t, disk)
		_, session := join(t, p, "ada")
		_, token := makeToken(t, p, peer.Token{Name: "backups"})
		p.ByToken(token)
		expire(t, p, nobody)
		wrote := disk.writes()
		for range 24 * 6 {
			time.Sleep(10 * time.Minute)
			p.BySession(session)
			p.ByToken(token)
			expire(t, p, nobody)
		}
		if got := disk.writes() - wrote; got != 48 {
			t.Errorf("a day's use was written %d times, want once an hour for the peer and for the token", got)
		}
		p = openPeers(t, disk)
		for _, m := range p.Members() {
			if m.Name == "ada" && time.Since(m.Seen) > peer.UseEvery {
				t.Errorf("after a restart she was last seen %v ago", time.Since(m.Seen))
			}
		}
		if used := p.Tokens()[0].Used; time.Since(used) > peer.UseEvery {
			t.Errorf("after a restart the token was last used %v ago", time.Since(used))
		}
	})
}

func TestWhatAnExpiredTokenHasOpenIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		made, _ := makeToken(t, p, peer.Token{Name: "backups", Expires: time.Now().Add(time.Hour)})
		var told []peer.Right
		p.WatchRights(func(r peer.Right) { told = append(told, r) })
		expire(t, p, nobody)
		if len(told) != 0 {
			t.Errorf("told %+v too early", told)
		}
		time.Sleep(time.Hour)
		expire(t, p, nobody)
		if want := []peer.Right{{Token: made.ID}}; !slices.Equal(told, want) {
			t.Errorf("told %+v, want %+v", told, want)
		}
	})
}

func TestExpiryGoesOnWithoutADisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gather(t)
		time.Sleep(peer.UseEvery)
		g.disk.failing("peers", true)
		if err := g.Expire(t.Context(), func(string) bool { return true }); !errors.Is(err, errDisk) {
			t.Errorf("%v, want the disk's error", err)
		}
		time.Sleep(peer.GuestAge)
		if err := g.Expire(t.Context(), nobody); !errors.Is(err, errDisk) {
			t.Errorf("%v, want the disk's error", err)
		}
		wantLines(t, "still here", names(g.All()), "ada", "eve", "mod", "mod2")
	})
}
