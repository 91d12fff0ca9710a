package peer_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

func makeToken(t testing.TB, p *peer.Peers, want peer.Token) (peer.Token, string) {
	t.Helper()
	made, plain, err := p.NewToken(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return made, plain
}

// TestAScriptTokenMayExactlyThis spells out what a token of each kind is good for.
func TestAScriptTokenMayExactlyThis(t *testing.T) {
	p := openPeers(t, newEngine())
	topics := []string{
		"notify/backups", "notify/backups-daily", "notify/Doors", "list/notify", "monitor/local", "room/lobby", "list/rooms",
		"typing/lobby", "presence/hub", "people/hub", "acts/hub", "share/hub", "alert/hub", "peer/", "reads/", "notify/a/b",
	}
	for _, c := range []struct {
		what string
		want peer.Token
		may  []string
	}{
		{"what is standard", peer.Token{}, []string{"publish notify/backups", "publish notify/backups-daily", "publish notify/Doors"}},
		{"one topic to write", peer.Token{Topics: []string{"backups"}, Can: []string{"publish"}}, []string{"publish notify/backups"}},
		{"some to read", peer.Token{Topics: []string{"backups*"}, Can: []string{"subscribe"}},
			[]string{"follow notify/backups", "follow notify/backups-daily"}},
		{"two to read and write", peer.Token{Topics: []string{"Doors", "*-daily"}, Can: []string{"subscribe", "publish"}},
			[]string{"follow notify/backups-daily", "publish notify/backups-daily", "follow notify/Doors", "publish notify/Doors"}},
		{"all to read", peer.Token{Topics: []string{"*"}, Can: []string{"subscribe"}},
			[]string{"follow notify/backups", "follow notify/backups-daily", "follow notify/Doors", "follow list/notify"}},
		{"the monitor alone", peer.Token{Can: []string{"monitor"}}, []string{"follow monitor/local"}},
		{"rooms alone", peer.Token{Can: []string{"rooms"}}, []string{"follow room/lobby", "post room/lobby", "follow list/rooms"}},
	} {
		c.want.Name = "ada's script"
		made, plain := makeToken(t, p, c.want)
		who, ok := p.ByToken(plain)
		if !ok || who.Role != peer.Script || !who.Script || who.ID != "" || who.Name != "ada's script" || who.TokenID() != made.ID {
			t.Fatalf("%s: by the token comes %+v, %v", c.what, who, ok)
		}
		var got []string
		for _, name := range topics {
			for _, verb := range []peer.Verb{peer.Follow, peer.Post, peer.Publish, peer.Moderate} {
				if p.May(who, verb, name) {
					got = append(got, string(verb)+" "+name)
				}
			}
		}
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(c.may))) {
			t.Errorf("%s: it may %q, want %q", c.what, got, c.may)
		}
	}
}

func TestAScriptTokenIsKnownUntilItIsRevoked(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	made, plain := makeToken(t, p, peer.Token{Name: "backups", Rate: 7})
	if parts := strings.Split(plain, "_"); len(parts) != 3 || parts[0] != "hs" || parts[1] != made.ID || len(parts[2]) < 52 {
		t.Errorf("the token is %d characters in %d parts, want hs_<id>_<52 characters>", len(plain), len(parts))
	}
	_, other := makeToken(t, p, peer.Token{Name: "backups"})
	p = openPeers(t, disk)
	who, ok := p.ByToken(plain)
	if !ok || who.Rate() != 7 || !p.May(who, peer.Publish, "notify/backups") {
		t.Fatalf("after a restart the token brings %+v, %v", who, ok)
	}
	for _, bad := range []string{"", "hs_", "hs_" + made.ID, "hs_" + made.ID + "_", plain + "x", plain[:len(plain)-1], strings.ToUpper(plain),
		"hs_" + made.ID + "_" + strings.Split(other, "_")[2]} {
		if _, ok := p.ByToken(bad); ok {
			t.Errorf("%q is taken for a token", bad)
		}
	}
	var told []peer.Right
	p.WatchRights(func(r peer.Right) { told = append(told, r) })
	if err := p.RevokeToken(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if want := []peer.Right{{Token: made.ID}}; !slices.Equal(told, want) {
		t.Errorf("watchers were told %+v, want %+v", told, want)
	}
	if p.Now(who).Role != peer.Visitor || p.May(who, peer.Publish, "notify/backups") {
		t.Error("what a revoked token has open goes on writing")
	}
	for when, p := range map[string]*peer.Peers{"now": p, "after a restart": openPeers(t, disk)} {
		if _, ok := p.ByToken(plain); ok {
			t.Errorf("%s the revoked token works", when)
		}
		if _, ok := p.ByToken(other); !ok || len(p.Tokens()) != 1 {
			t.Errorf("%s the other token does not work, or %+v are listed", when, p.Tokens())
		}
	}
	wantCode(t, p.RevokeToken(t.Context(), made.ID), fault.NotFound)
}

func TestAScriptTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		_, plain := makeToken(t, p, peer.Token{Name: "backups", Expires: time.Now().Add(24 * time.Hour)})
		time.Sleep(24*time.Hour - time.Second)
		who, ok := p.ByToken(plain)
		if !ok || !p.May(who, peer.Publish, "notify/backups") {
			t.Fatal("it ended too early")
		}
		if used := p.Tokens()[0].Used; !used.Equal(time.Now()) {
			t.Errorf("it was used %v, want now", used)
		}
		time.Sleep(time.Second)
		if _, ok := p.ByToken(plain); ok || p.May(who, peer.Publish, "notify/backups") {
			t.Error("an expired token works")
		}
	})
}

func TestTokensThatAreRefused(t *testing.T) {
	p := openPeers(t, newEngine())
	for field, bad := range map[string]peer.Token{
		"name":   {Name: "system"},
		"topics": {Name: "a", Topics: []string{"a/b"}},
		"can":    {Name: "a", Can: []string{"publish", "own"}},
		"rate":   {Name: "a", Rate: peer.MaxTokenRate + 1},
		"days":   {Name: "a", Expires: time.Now().Add(-time.Second)},
	} {
		_, _, err := p.NewToken(t.Context(), bad)
		if f := fault.From(err); f == nil || f.Code != fault.BadRequest || f.Field != field {
			t.Errorf("%+v: %v, want bad_request in %s", bad, err, field)
		}
	}
	for _, topics := range [][]string{{""}, {"[a-z]"}, {"ä"}, {"a?"}, {strings.Repeat("a", peer.MaxGlob+1)}, make([]string, peer.MaxTokenGlobs+1)} {
		if _, _, err := p.NewToken(t.Context(), peer.Token{Name: "a", Topics: topics}); !fault.Is(err, fault.BadRequest) {
			t.Errorf("topics %.80q: %v, want bad_request", topics, err)
		}
	}
	for range peer.MaxTokens {
		makeToken(t, p, peer.Token{Name: "a"})
	}
	_, _, err := p.NewToken(t.Context(), peer.Token{Name: "a"})
	wantCode(t, err, fault.Conflict)
}

func TestTheStoreHoldsNoSecretOfInvitesAndTokens(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	if err := p.SetPIN("739481739481"); err != nil { // as many digits do not stand in a hash by chance
		t.Fatal(err)
	}
	_, plain := makeToken(t, p, peer.Token{Name: "backups"})
	_, link := invite(t, p, 1, 0)
	if _, err := follow(t, p, link); err != nil {
		t.Fatal(err)
	}
	shown, err := json.Marshal([]any{p.Tokens(), p.Invites(), p.Members()})
	if err != nil {
		t.Fatal(err)
	}
	rows := []string{string(shown)}
	for _, table := range []string{"peers", "sessions", "hub", "invites", "tokens"} {
		before := len(rows)
		err := disk.Table(table).Each(t.Context(), func(key string, value []byte) bool {
			rows = append(rows, key+" "+string(value))
			return true
		})
		if err != nil || len(rows) == before {
			t.Fatalf("table %s: %v, want at least one row", table, err)
		}
	}
	for _, row := range rows {
		for _, secret := range []string{strings.Split(plain, "_")[2], link, p.PIN()} {
			if strings.Contains(row, secret) {
				t.Errorf("%.40q holds a secret", row)
			}
		}
	}
}

func TestATokenThatWasNotKeptIsNone(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	disk.failing("tokens", true)
	if _, _, err := p.NewToken(t.Context(), peer.Token{Name: "a"}); !errors.Is(err, errDisk) || len(p.Tokens()) != 0 {
		t.Errorf("%v, and %+v are listed", err, p.Tokens())
	}
}

func TestADamagedTokenLeavesTheOthers(t *testing.T) {
	disk := newEngine()
	_, plain := makeToken(t, openPeers(t, disk), peer.Token{Name: "a"})
	for key, value := range map[string]string{"bad": "{", "odd": `{"secret":""}`} {
		if err := disk.Table("tokens").Put(t.Context(), key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	p := openPeers(t, disk)
	if _, ok := p.ByToken(plain); !ok || len(p.Tokens()) != 1 {
		t.Errorf("%+v are listed", p.Tokens())
	}
	for _, bad := range []string{"hs_odd_", "hs_bad_"} {
		if _, ok := p.ByToken(bad); ok {
			t.Errorf("%s opens", bad)
		}
	}
}
