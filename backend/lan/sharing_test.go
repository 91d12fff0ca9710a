package lan_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/lan"
	"hearth/backend/peer"
	"hearth/backend/topic"
	"hearth/backend/topic/topictest"
)

// world is what a sharing lives in: a made-up computer whose addresses change and which may fall asleep.
type world struct {
	topics  *topic.Topics
	peers   *peer.Peers
	sharing *lan.Sharing

	mu        sync.Mutex
	open      bool          // the port; guarded by mu, as all below
	addresses []lan.Address // of the computer
	causes    []lan.Finding // what a diagnosis finds
	diagnoses int
	held      int // how often the computer is kept awake now
	noPort    error
	noAwake   error
}

func newWorld(t *testing.T, engine topic.Engine, certificate *lan.Certificate) *world {
	t.Helper()
	w := &world{topics: topic.New(engine), addresses: []lan.Address{{Address: "192.168.1.5", Interface: "wlan0", Kind: lan.Local, Best: true}}}
	var err error
	if w.peers, err = peer.Open(t.Context(), w.topics, peer.Options{}); err != nil {
		t.Fatal(err)
	}
	w.sharing, err = lan.Open(t.Context(), w.topics, lan.Options{
		Peers: w.peers, Name: "workshop", Port: 7420, Certificate: certificate,
		Listen: w.listen, Addresses: w.look, Diagnose: w.diagnose, KeepAwake: w.keepAwake,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) listen(_ context.Context, open bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.noPort == nil {
		w.open = open
	}
	return w.noPort
}

func (w *world) look() ([]lan.Address, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.addresses), nil
}

func (w *world) diagnose(context.Context, lan.Situation) []lan.Finding {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.diagnoses++
	return slices.Clone(w.causes)
}

func (w *world) keepAwake(string) (func(), string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.noAwake != nil {
		return nil, "", w.noAwake
	}
	w.held++
	return func() { w.with(func() { w.held-- }) }, "tea", nil
}

// with changes the world.
func (w *world) with(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// run runs the sharing until the test ends, in a bubble: time passes when everybody waits.
func (w *world) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.sharing.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		w.with(func() {
			if w.held != 0 {
				t.Errorf("the computer is kept awake after the hub has ended")
			}
		})
	})
}

func (w *world) turn(t *testing.T, on bool) {
	t.Helper()
	if err := w.sharing.Turn(t.Context(), on); err != nil {
		t.Fatal(err)
	}
}

// join tries to come in by the link that the panel shows.
func (w *world) join(t *testing.T, link string) error {
	t.Helper()
	_, secret, ok := strings.Cut(link, "#j=")
	if !ok || secret == "" {
		t.Fatalf("got link %q without a secret", link)
	}
	_, _, err := w.peers.Admit(t.Context(), peer.Ticket{Name: "ada", Secret: secret, From: phone})
	return err
}

func (w *world) wantRevoked(t *testing.T, when, link string) {
	t.Helper()
	if err := w.join(t, link); !fault.Is(err, peer.InviteRevoked) {
		t.Errorf("%s: got %v for the old link, want it revoked", when, err)
	}
}

var phone = netip.MustParseAddr("192.168.1.20")

// bubble runs a story in fake time.
func bubble(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, topic.NewRing(), nil)
		w.run(t)
		story(t, w)
	})
}

func TestSharingOpensThePortAndShowsALinkThatLetsIn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		off := w.sharing.State()
		if off.On || off.URL != "" || off.Link != "" || off.PIN != "" || off.Lamp.State != lan.LampOff || off.Since != "" {
			t.Errorf("before it is shared: %+v", off)
		}
		w.turn(t, true)
		w.turn(t, true) // once more changes nothing
		on := w.sharing.State()
		if !w.open || !on.On || on.Name != "workshop" || on.URL != "http://192.168.1.5:7420" || on.TLS || on.Since == "" {
			t.Errorf("shared: %+v", on)
		}
		if on.Addresses[0].URL != on.URL || len(on.PIN) != peer.PINDigits || on.PINMode != peer.PINAuto || on.Lamp.State != lan.LampWaiting {
			t.Errorf("shared: %+v", on)
		}
		if err := w.join(t, on.Link); err != nil {
			t.Errorf("by the link: %v", err)
		}
		w.turn(t, false)
		off = w.sharing.State()
		if w.open || off.On || off.Link != "" || off.PIN != "" || len(off.Addresses) != 0 || off.Lamp.State != lan.LampOff {
			t.Errorf("after it was shared: %+v", off)
		}
		w.wantRevoked(t, "after it was shared", on.Link)
	})
}

func TestAPortThatCannotBeOpenedLeavesTheHubUnshared(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.noPort = errors.New("taken")
		if err := w.sharing.Turn(t.Context(), true); !errors.Is(err, w.noPort) {
			t.Errorf("got %v", err)
		}
		if w.sharing.State().On {
			t.Error("the hub says that it is shared")
		}
	})
}

// full is an engine whose disk has no room.
type full struct {
	*topic.Ring
	now bool // set before the call that is to fail
}

func (f *full) Table(name string) topic.Table { return fullTable{f.Ring.Table(name), f} }

type fullTable struct {
	topic.Table
	disk *full
}

func (t fullTable) Put(ctx context.Context, key string, value []byte) error {
	if t.disk.now {
		return fault.New(fault.StorageFull, "the disk is full")
	}
	return t.Table.Put(ctx, key, value)
}

// Without a link in the store nobody could end it later, so none is shown, and the port is closed again.
func TestAHubThatCannotKeepItsLinkIsNotShared(t *testing.T) {
	disk := &full{Ring: topic.NewRing()}
	w := newWorld(t, disk, nil)
	disk.now = true
	if err := w.sharing.Turn(t.Context(), true); !fault.Is(err, fault.StorageFull) {
		t.Errorf("got %v, want the store's error", err)
	}
	if w.open || w.sharing.State().On {
		t.Errorf("the port is open: %v; %+v", w.open, w.sharing.State())
	}
	disk.now = false
	w.turn(t, true)
	link := w.sharing.State().Link
	disk.now = true
	if err := w.sharing.Renew(t.Context()); !fault.Is(err, fault.StorageFull) {
		t.Errorf("got %v, want the store's error", err)
	}
	if got := w.sharing.State().Link; got != link {
		t.Error("another link is shown than the one that is kept")
	}
}

func TestTheLampShowsWhoCame(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.sharing.Visited(phone)
		w.sharing.Joined(phone, "ada")
		if got := w.sharing.State().Lamp; got.State != lan.LampOff {
			t.Errorf("while it is not shared: %+v", got)
		}
		w.turn(t, true)
		w.sharing.Visited(netip.MustParseAddr("127.0.0.1"))
		w.sharing.Visited(netip.MustParseAddr("192.168.1.5")) // the owner has tried the link
		w.sharing.Joined(netip.MustParseAddr("::1"), "bob")
		w.sharing.Joined(netip.MustParseAddr("192.168.1.5"), "bob")
		if got := w.sharing.State().Lamp; got.State != lan.LampWaiting {
			t.Errorf("after somebody on this computer: %+v", got)
		}
		time.Sleep(time.Second)
		at := time.Now().UTC().Format(topic.WireTime)
		w.sharing.Visited(phone)
		if got, want := w.sharing.State().Lamp, (lan.Lamp{State: lan.LampSeen, Address: "192.168.1.20", Time: at}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		w.sharing.Joined(phone, "ada")
		w.sharing.Visited(netip.MustParseAddr("192.168.1.21"))
		if got, want := w.sharing.State().Lamp, (lan.Lamp{State: lan.LampJoined, Address: "192.168.1.20", Name: "ada", Time: at}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestCausesAreShownOnceNobodyCameForAMinute(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.causes = []lan.Finding{{Code: "firewall_ufw", Level: lan.LevelWarn}, {Code: "container", Level: lan.LevelOK}}
		w.turn(t, true)
		time.Sleep(lan.CausesAfter - time.Second)
		synctest.Wait()
		if got := w.sharing.State().Causes; len(got) != 0 {
			t.Errorf("within the minute: %+v", got)
		}
		time.Sleep(lan.AddressPoll)
		synctest.Wait()
		if got := w.sharing.State().Causes; len(got) != 1 || got[0].Code != "firewall_ufw" {
			t.Errorf("after the minute: %+v, want the one that keeps people out", got)
		}
		w.with(func() { w.causes = nil }) // somebody ran the command
		time.Sleep(lan.CausesAfter + lan.AddressPoll)
		synctest.Wait()
		if got := w.sharing.State().Causes; len(got) != 0 {
			t.Errorf("after the firewall was opened: %+v", got)
		}
		w.with(func() { w.causes = []lan.Finding{{Code: "client_isolation", Level: lan.LevelNote}} })
		time.Sleep(lan.CausesAfter + lan.AddressPoll)
		synctest.Wait()
		if got := w.sharing.State().Causes; len(got) != 1 {
			t.Fatalf("got %+v, want a cause for this test to mean anything", got)
		}
		w.sharing.Visited(phone)
		if got := w.sharing.State().Causes; len(got) != 0 {
			t.Errorf("after somebody came: %+v", got)
		}
		looked := w.diagnoses
		time.Sleep(time.Hour)
		synctest.Wait()
		if w.diagnoses != looked {
			t.Errorf("causes were looked for %d times after somebody came", w.diagnoses-looked)
		}
	})
}

func TestTheLinkFollowsTheComputersAddress(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.turn(t, true)
		_, secret, _ := strings.Cut(w.sharing.State().Link, "#j=")
		w.with(func() { w.addresses = []lan.Address{{Address: "10.0.0.7", Best: true}, {Address: "fd00::5"}} })
		time.Sleep(lan.AddressPoll)
		synctest.Wait()
		got := w.sharing.State()
		if got.Link != "http://10.0.0.7:7420/#j="+secret || got.Addresses[1].URL != "http://[fd00::5]:7420" {
			t.Errorf("in another network: %+v", got)
		}
		w.with(func() { w.addresses = nil })
		time.Sleep(lan.AddressPoll)
		synctest.Wait()
		if got := w.sharing.State(); got.URL != "" || got.Link != "" || w.sharing.Link("abc") != "" {
			t.Errorf("without a network: %+v", got)
		}
	})
}

func TestTheComputerIsKeptAwakeWhileSomebodyIsConnected(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		check := func(when string, want bool) {
			t.Helper()
			synctest.Wait()
			got := w.sharing.State().Awake
			if (w.held == 1) != want || got.Held != want || (got.How == "tea") != want {
				t.Errorf("%s: held %d times, %+v", when, w.held, got)
			}
		}
		w.sharing.Connected(2)
		check("not shared", false)
		w.turn(t, true)
		check("shared", true)
		w.sharing.Connected(1)
		check("one left", true)
		if err := w.sharing.SetAwake(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		check("not wanted", false)
		if err := w.sharing.SetAwake(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		check("wanted again", true)
		w.sharing.Connected(0)
		check("all left", false)
		raw := errors.New("dbus: no such file")
		for _, c := range []struct {
			err  error
			want string
		}{{fault.Wrap(raw, fault.Unavailable, "there is no service for it"), "there is no service for it"}, {raw, "this system could not be kept awake; the hub's log says more"}} {
			w.with(func() { w.noAwake = c.err })
			w.sharing.Connected(1)
			check("not possible", false)
			if got := w.sharing.State().Awake; got.Why != c.want {
				t.Errorf("got %+v, want %q: the system's words are for the log", got, c.want)
			}
			w.sharing.Connected(0)
			synctest.Wait()
		}
	})
}

func TestTheChoiceAboutSleepOutlivesTheProcess(t *testing.T) {
	disk := topic.NewRing()
	w := newWorld(t, disk, nil)
	if !w.sharing.State().Awake.Wanted {
		t.Error("staying awake is not what a new hub does")
	}
	if err := w.sharing.SetAwake(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if newWorld(t, disk, nil).sharing.State().Awake.Wanted {
		t.Error("the choice is forgotten")
	}
}

// The owner's panel is live: whatever changes it, share/hub shows the newest state, and the store never sees it.
func TestTheTopicShowsTheNewestStateAndNothingIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := topic.NewRing()
		w := newWorld(t, disk, nil)
		w.run(t)
		synctest.Wait() // the state before anything happened
		r := topictest.NewReader(t, w.topics)
		if _, err := r.Follow("share/hub", topic.Start{Last: 1}); err != nil {
			t.Fatal(err)
		}
		shown := func() (s lan.State) {
			t.Helper()
			synctest.Wait()
			entries := r.Next(t).Entries
			if err := json.Unmarshal(entries[len(entries)-1].Data, &s); err != nil || entries[0].Kind != lan.KindShare {
				t.Fatalf("got %s, %v", entries[0].Data, err)
			}
			return s
		}
		if shown().On {
			t.Error("shared before it is")
		}
		for _, c := range []struct {
			what string
			do   func() error
		}{
			{"sharing", func() error { return w.sharing.Turn(t.Context(), true) }},
			{"a visitor", func() error { w.sharing.Visited(phone); return nil }},
			{"a guest", func() error { w.sharing.Joined(phone, "ada"); return nil }},
			{"New QR", func() error { return w.sharing.Renew(t.Context()) }},
			{"another PIN", func() error { return w.peers.SetPIN("246810") }},
			{"a knock", func() error { _, err := w.peers.Knock("bob", phone); return err }},
			{"the lock", func() error { return w.peers.SetLocked(t.Context(), true) }},
			{"the switches", func() error { return w.peers.SetShares(t.Context(), peer.Shares{Computer: true}) }},
			{"sleep", func() error { return w.sharing.SetAwake(t.Context(), false) }},
			{"the end", func() error { return w.sharing.Turn(t.Context(), false) }},
		} {
			if err := c.do(); err != nil {
				t.Fatal(err)
			}
			got, want := fmt.Sprintf("%+v", shown()), fmt.Sprintf("%+v", w.sharing.State())
			if got != want {
				t.Errorf("%s:\nshown %s\n  now %s", c.what, got, want)
			}
		}
		if names, err := disk.Names(t.Context(), "share"); err != nil || len(names) != 0 {
			t.Errorf("the durable engine keeps %q, %v", names, err)
		}
	})
}

func TestWithACertificateTheLinkIsOneThatItCovers(t *testing.T) {
	for _, c := range []struct {
		names  []string
		url    string
		secure bool
	}{
		{[]string{"hub.example.org"}, "https://hub.example.org:7420", true},
		{[]string{"192.168.1.5"}, "https://192.168.1.5:7420", true},
		{[]string{"*.example.org"}, "http://192.168.1.5:7420", false},
	} {
		w := newWorld(t, topic.NewRing(), loadCertificate(t, writeCertificate(t, t.TempDir(), c.names...)))
		w.turn(t, true)
		if got := w.sharing.State(); got.URL != c.url || got.TLS != c.secure {
			t.Errorf("%q: got %s, TLS %v", c.names, got.URL, got.TLS)
		}
	}
}
