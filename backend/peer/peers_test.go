package peer_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

var errDisk = errors.New("the disk says no")

// engine is the memory ring with tables that fail on demand.
type engine struct {
	*topic.Ring
	mu   sync.Mutex
	fail map[string]bool // guarded by mu; tables whose changes fail
	puts int             // guarded by mu
}

func newEngine() *engine { return &engine{Ring: topic.NewRing(), fail: make(map[string]bool)} }

func (e *engine) failing(table string, fail bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail[table] = fail
}

// writes returns how often a row was put into a table.
func (e *engine) writes() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.puts
}

func (e *engine) Table(name string) topic.Table { return table{e.Ring.Table(name), e, name} }

type table struct {
	topic.Table
	engine *engine
	name   string
}

func (t table) Put(ctx context.Context, key string, value []byte) error {
	t.engine.mu.Lock()
	defer t.engine.mu.Unlock()
	if t.engine.fail[t.name] {
		return errDisk
	}
	t.engine.puts++
	return t.Table.Put(ctx, key, value)
}

// openPeers opens the peers kept in e, as a start of the hub does.
func openPeers(t testing.TB, e topic.Engine) *peer.Peers {
	t.Helper()
	p, err := peer.Open(t.Context(), topic.New(e), peer.Options{OwnerName: "eve"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func join(t testing.TB, p *peer.Peers, name string) (peer.Peer, string) {
	t.Helper()
	who, session, err := p.Join(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return who, session
}

func redeem(t testing.TB, p *peer.Peers, window bool) (peer.Peer, string) {
	t.Helper()
	who, session, err := p.RedeemOwnerLink(t.Context(), p.MintOwnerLink(window))
	if err != nil {
		t.Fatal(err)
	}
	return who, session
}

func names(faces []peer.Face) (names []string) {
	for _, f := range faces {
		names = append(names, f.Name)
	}
	return names
}

func TestWhoJoinedIsKnownAfterARestart(t *testing.T) {
	disk := newEngine()
	before := openPeers(t, disk)
	ada, adas := join(t, before, " ada ")
	eve, eves := redeem(t, before, true)

	after := openPeers(t, disk)
	if got, ok := after.BySession(adas); !ok || got != ada {
		t.Errorf("ada's session is %+v, %v; want %+v", got, ok, ada)
	}
	if got, ok := after.BySession(eves); !ok || got != eve || !got.Window || got.Role != peer.Owner {
		t.Errorf("eve's session is %+v, %v; want %+v", got, ok, eve)
	}
	if after.HubID() != before.HubID() || !regexp.MustCompile(`^[0-9a-f]{8}$`).MatchString(after.HubID()) {
		t.Errorf("hub id was %q and is %q; want the same 8 hex digits", before.HubID(), after.HubID())
	}
	if got, want := names(after.All()), []string{"ada", "eve"}; !slices.Equal(got, want) {
		t.Errorf("all peers are %q, want %q", got, want)
	}
	if after.OwnerID() != eve.ID || eve.Name != "eve" {
		t.Errorf("owner is %q, want %q named eve", after.OwnerID(), eve.ID)
	}
}

func TestPeersOfOneNameStayApart(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	one, _ := join(t, p, "Anna")
	two, _ := join(t, p, "anna")
	if one.ID == two.ID {
		t.Fatal("two peers share an id")
	}
	for _, who := range []peer.Peer{one, two} {
		if !regexp.MustCompile(`^[a-z2-7]{12}$`).MatchString(who.ID) || !regexp.MustCompile(`^[A-Z2-7]{4}$`).MatchString(who.Tag) ||
			who.Hue < 0 || who.Hue > 359 || who.Script || who.Role != peer.Member || who.Window {
			t.Errorf("the member is %+v", who)
		}
		if again, ok := openPeers(t, disk).Lookup(who.ID); !ok || again != who.Face {
			t.Errorf("the face %+v changed to %+v after a restart", who.Face, again)
		}
	}
	if got := p.Named("ANNA"); len(got) != 2 {
		t.Errorf("Named(ANNA) = %+v, want both", got)
	}
	if got := p.Named("bob"); len(got) != 0 {
		t.Errorf("Named(bob) = %+v, want nobody", got)
	}
}

func TestTheStoreNeverHoldsASecret(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	_, session := join(t, p, "ada")
	if len(session) < 43 {
		t.Errorf("the session's secret %q is shorter than 256 bits", session)
	}
	link := p.MintOwnerLink(false)
	_, owners, err := p.RedeemOwnerLink(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, table := range []string{"peers", "sessions", "hub"} {
		err := disk.Table(table).Each(t.Context(), func(key string, value []byte) bool {
			rows++
			for _, secret := range []string{session, owners, link} {
				if strings.Contains(key, secret) || strings.Contains(string(value), secret) {
					t.Errorf("row %s of %s holds a secret", key, table)
				}
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if rows != 5 {
		t.Fatalf("looked at %d rows, want 2 peers, 2 sessions and the hub's id", rows)
	}
}

func TestRenameIsSeenEverywhereAndKept(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	ada, session := join(t, p, "ada")
	var told []string
	p.Watch(func(f peer.Face) { told = append(told, f.Name) })

	renamed, err := p.Rename(t.Context(), ada.ID, "Ada L.")
	if err != nil {
		t.Fatal(err)
	}
	if renamed.ID != ada.ID || renamed.Tag != ada.Tag || renamed.Hue != ada.Hue || renamed.Name != "Ada L." {
		t.Errorf("renamed to %+v from %+v", renamed, ada)
	}
	for when, p := range map[string]*peer.Peers{"now": p, "after a restart": openPeers(t, disk)} {
		if got, _ := p.BySession(session); got.Name != "Ada L." {
			t.Errorf("%s the session says %q", when, got.Name)
		}
		if len(p.Named("ada")) != 0 || len(p.Named("ada l.")) != 1 {
			t.Errorf("%s the names lead to %v and %v", when, p.Named("ada"), p.Named("ada l."))
		}
	}
	join(t, p, "bob")
	if want := []string{"Ada L.", "bob"}; !slices.Equal(told, want) {
		t.Errorf("watchers were told of %q, want %q", told, want)
	}
	if _, err := p.Rename(t.Context(), "nobody", "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("renaming nobody: %v, want not_found", err)
	}
	if _, err := p.Rename(t.Context(), ada.ID, "system"); !fault.Is(err, fault.BadRequest) {
		t.Errorf("renaming to a refused name: %v, want bad_request", err)
	}
}

func TestSignOutEndsTheSessionForGood(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	ada, session := join(t, p, "ada")
	_, owners := redeem(t, p, false)
	for range 2 { // a second time is harmless
		for _, s := range []string{session, owners, "never was one"} {
			if err := p.SignOut(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
	}
	for when, p := range map[string]*peer.Peers{"now": p, "after a restart": openPeers(t, disk)} {
		if _, ok := p.BySession(session); ok {
			t.Errorf("%s the session still works", when)
		}
		if face, ok := p.Lookup(ada.ID); !ok || face != ada.Face {
			t.Errorf("%s the author of old messages is %+v, %v", when, face, ok)
		}
		if got := names(p.All()); !slices.Equal(got, []string{"eve"}) {
			t.Errorf("%s all who can come back are %q, want the owner alone", when, got)
		}
	}
}

func TestAnOwnerLinkOpensOneSession(t *testing.T) {
	p := openPeers(t, newEngine())
	token := p.MintOwnerLink(false)
	var wg sync.WaitGroup
	opened := make(chan peer.Peer, 8)
	for range cap(opened) {
		wg.Go(func() {
			who, _, err := p.RedeemOwnerLink(t.Context(), token)
			switch {
			case err == nil:
				opened <- who
			case !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "hearth open"):
				t.Errorf("a used link answers %v", err)
			}
		})
	}
	wg.Wait()
	if len(opened) != 1 {
		t.Fatalf("one link opened %d sessions", len(opened))
	}
	if _, _, err := p.RedeemOwnerLink(t.Context(), "made up"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a made-up link answers %v", err)
	}
}

func TestAHubHasOneOwner(t *testing.T) {
	disk := newEngine()
	p := openPeers(t, disk)
	if owner, ok := p.Lookup(p.OwnerID()); !ok || owner.Name != "eve" {
		t.Fatalf("a new hub's owner is %+v, %v; want eve", owner, ok)
	}
	ids := make(chan string, 8)
	var wg sync.WaitGroup
	for range cap(ids) {
		token := p.MintOwnerLink(false)
		wg.Go(func() {
			who, _, err := p.RedeemOwnerLink(t.Context(), token)
			if err != nil {
				t.Error(err)
			}
			ids <- who.ID
		})
	}
	wg.Wait()
	close(ids)
	for id := range ids {
		if id != p.OwnerID() {
			t.Errorf("a link made the owner %q beside %q", id, p.OwnerID())
		}
	}
	if after := openPeers(t, disk); after.OwnerID() != p.OwnerID() || len(after.All()) != 1 {
		t.Errorf("after a restart the owner is %q and all are %v, want %q alone", after.OwnerID(), after.All(), p.OwnerID())
	}
}

func TestAnOwnerLinkExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		fresh, late := p.MintOwnerLink(false), p.MintOwnerLink(false)
		time.Sleep(peer.OwnerLinkAge - time.Second)
		if _, _, err := p.RedeemOwnerLink(t.Context(), fresh); err != nil {
			t.Errorf("just before its end: %v", err)
		}
		time.Sleep(time.Second)
		if _, _, err := p.RedeemOwnerLink(t.Context(), late); !fault.Is(err, fault.Forbidden) {
			t.Errorf("after %v: %v, want forbidden", peer.OwnerLinkAge, err)
		}
	})
}

func TestOwnerLinksAreBounded(t *testing.T) {
	p := openPeers(t, newEngine())
	first := p.MintOwnerLink(false)
	second := p.MintOwnerLink(false)
	for range peer.MaxOwnerLinks - 1 {
		p.MintOwnerLink(false)
	}
	if _, _, err := p.RedeemOwnerLink(t.Context(), first); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the oldest of %d links: %v, want forbidden", peer.MaxOwnerLinks+1, err)
	}
	if _, _, err := p.RedeemOwnerLink(t.Context(), second); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestSessionsOfThePastMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openPeers(t, newEngine())
		_, window := redeem(t, p, true)
		_, oldest := redeem(t, p, false)
		time.Sleep(time.Second)
		_, nextWindow := redeem(t, p, true)
		if _, ok := p.BySession(window); ok {
			t.Error("the window of an earlier start still has its session")
		}
		for range peer.MaxSessions - 1 {
			time.Sleep(time.Second)
			redeem(t, p, false)
		}
		if _, ok := p.BySession(oldest); ok {
			t.Errorf("the oldest of %d sessions is still there", peer.MaxSessions+1)
		}
		if _, ok := p.BySession(nextWindow); !ok {
			t.Error("a newer session was ended")
		}
	})
}

func TestWhatTheStoreRefusedDidNotHappen(t *testing.T) {
	for _, table := range []string{"sessions", "peers"} {
		disk := newEngine()
		p := openPeers(t, disk)
		disk.failing(table, true)
		if _, _, err := p.Join(t.Context(), "ada"); !errors.Is(err, errDisk) {
			t.Errorf("joining without %s: %v, want the disk's error", table, err)
		}
		token := p.MintOwnerLink(false)
		if _, _, err := p.RedeemOwnerLink(t.Context(), token); table == "sessions" && !errors.Is(err, errDisk) {
			t.Errorf("redeeming without %s: %v, want the disk's error", table, err)
		}
		disk.failing(table, false)
		for when, p := range map[string]*peer.Peers{"now": p, "after a restart": openPeers(t, disk)} {
			if got := names(p.All()); !slices.Equal(got, []string{"eve"}) {
				t.Errorf("%s %q are there, want the owner alone", when, got)
			}
		}
		if _, _, err := p.RedeemOwnerLink(t.Context(), token); table == "sessions" && err != nil {
			t.Errorf("the link was used up by a failure: %v", err)
		}
	}
}

func TestAnOwnerNameThatIsRefusedBecomesOwner(t *testing.T) {
	p, err := peer.Open(t.Context(), topic.New(nil), peer.Options{OwnerName: "system"})
	if err != nil {
		t.Fatal(err)
	}
	if who, _ := redeem(t, p, false); who.Name != "Owner" {
		t.Errorf("the owner is named %q, want Owner", who.Name)
	}
}

func TestADamagedPeerLeavesTheOthers(t *testing.T) {
	disk := newEngine()
	_, session := join(t, openPeers(t, disk), "ada")
	if err := disk.Table("peers").Put(t.Context(), "bad", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if err := disk.Table("sessions").Put(t.Context(), "bad", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, ok := openPeers(t, disk).BySession(session); !ok {
		t.Error("ada's session went with a damaged row")
	}
}

func TestWaitingForAChangeEndsWithTheContext(t *testing.T) {
	p := openPeers(t, newEngine())
	ctx, cancel := context.WithCancel(t.Context())
	p.Watch(func(peer.Face) { // a change is under way
		cancel()
		if _, _, err := p.Join(ctx, "bob"); !errors.Is(err, context.Canceled) {
			t.Errorf("waiting for a change: %v, want the context's error", err)
		}
	})
	join(t, p, "ada")
}
