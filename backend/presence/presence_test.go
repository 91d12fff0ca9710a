package presence_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/peer"
	"hearth/backend/presence"
	"hearth/backend/topic"
)

// hub is what presence needs around it.
type hub struct {
	t        testing.TB
	topics   *topic.Topics
	peers    *peer.Peers
	presence *presence.Presence
}

func openHub(t testing.TB) *hub { return reopen(t, topic.NewRing()) }

// reopen starts a hub on what an earlier one kept in disk.
func reopen(t testing.TB, disk topic.Engine) *hub {
	t.Helper()
	h := &hub{t: t, topics: topic.New(disk)}
	var err error
	if h.peers, err = peer.Open(t.Context(), h.topics, peer.Options{OwnerName: "mallory"}); err != nil {
		t.Fatal(err)
	}
	if h.presence, err = presence.Open(t.Context(), h.topics, presence.Options{Peers: h.peers}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.presence.Close)
	return h
}

func (h *hub) join(name string) (peer.Face, string) {
	h.t.Helper()
	p, session, err := h.peers.Join(h.t.Context(), name)
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Face, session
}

// people returns "name state" of everybody but the owner, as People says it, and checks that presence/hub says the same.
func (h *hub) people() string {
	h.t.Helper()
	var all []string
	shown := h.shown()
	for _, who := range h.presence.People() {
		if who.Peer.ID != h.peers.OwnerID() {
			all = append(all, fmt.Sprint(who.Peer.Name, " ", who.State))
		}
		if shown[who.Peer.ID] != who {
			h.t.Errorf("presence/hub shows %+v, People says %+v", shown[who.Peer.ID], who)
		}
	}
	return strings.Join(all, ", ")
}

func (h *hub) shown() map[string]presence.Person {
	h.t.Helper()
	shown := make(map[string]presence.Person)
	for _, e := range entries(h.t, h.topics, "presence/hub") {
		var who presence.Person
		if err := json.Unmarshal(e.Data, &who); err != nil {
			h.t.Fatal(err)
		}
		shown[e.Key] = who
	}
	return shown
}

func entries(t testing.TB, topics *topic.Topics, name string) []topic.Entry {
	t.Helper()
	tp, err := topics.Lookup(name)
	if err != nil {
		t.Fatalf("topic %s: %v", name, err)
	}
	es, err := tp.Before(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return es
}

func newest(t testing.TB, topics *topic.Topics, name string) topic.Entry {
	t.Helper()
	es := entries(t, topics, name)
	if len(es) == 0 {
		t.Fatalf("nothing in %s", name)
	}
	return es[len(es)-1]
}

func (h *hub) want(when, people string) {
	h.t.Helper()
	if got := h.people(); got != people {
		h.t.Errorf("%s: %s; want %s", when, got, people)
	}
}

func wantGolden(t testing.TB, shape string, data []byte, same ...string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "server", "testdata", "wire", shape+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal(raw, &envelope); err != nil {
		t.Fatalf("golden file %s: %v", shape, err)
	}
	if got, want := strings.NewReplacer(same...).Replace(string(data)), string(envelope.Data); got != want {
		t.Errorf("%s is\n%s, want\n%s", shape, got, want)
	}
}

func TestWhoLeavesIsAwayAndThenOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		ada, _ := h.join("ada")
		h.want("after joining", "ada offline")
		leave := h.presence.Enter(ada)
		h.want("with a session", "ada online")
		leave()
		h.want("when it left", "ada away")
		time.Sleep(presence.Grace - time.Second)
		h.want("59 s later", "ada away")
		time.Sleep(time.Second)
		synctest.Wait()
		h.want("60 s later", "ada offline")
	})
}

// An open page learns at once whom it need not show any more, as one that is loaded then.
func TestWhoCannotComeBackIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		owner := peer.Peer{Face: peer.Face{ID: h.peers.OwnerID()}, Role: peer.Owner}
		ada, session := h.join("ada")
		bob, _ := h.join("bob")
		eve, _ := h.join("eve")
		gone := func(when string, who peer.Face) {
			t.Helper()
			if got := h.shown()[who.ID].State; got != presence.Gone {
				t.Errorf("%s: presence/hub shows %s as %q", when, who.Name, got)
			}
		}
		leave := h.presence.Enter(ada)
		if err := h.peers.SignOut(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		h.want("signed out, while something is open", "ada online, bob offline, eve offline")
		leave()
		h.want("when that has ended", "bob offline, eve offline")
		gone("signed out", ada)

		h.presence.Enter(bob)()
		if _, err := h.peers.Remove(t.Context(), bob.ID, owner, peer.Removal{Ban: true}); err != nil {
			t.Fatal(err)
		}
		h.want("banned while away", "eve offline")
		gone("banned", bob)
		time.Sleep(time.Hour)
		gone("an hour later", bob)
		if err := h.peers.Unban(t.Context(), bob.ID, owner); err != nil {
			t.Fatal(err)
		}
		h.want("let in again", "bob offline, eve offline")
		defer h.presence.Enter(bob)()
		h.want("back", "bob online, eve offline")

		if _, err := h.peers.Remove(t.Context(), eve.ID, owner, peer.Removal{}); err != nil {
			t.Fatal(err)
		}
		h.want("removed while offline", "bob online")
		gone("removed", eve)
	})
}

func TestAReloadIsNeverShownAsOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		ada, _ := h.join("ada")
		sub := h.topics.Subscribe(func() {})
		defer sub.Close()
		if _, err := sub.Follow("presence/hub", topic.Start{}); err != nil {
			t.Fatal(err)
		}
		var states []presence.State
		take := func() {
			synctest.Wait()
			for b, ok := sub.Take(); ok; b, ok = sub.Take() {
				for _, e := range b.Entries {
					var who presence.Person
					if err := json.Unmarshal(e.Data, &who); err != nil {
						t.Fatal(err)
					}
					states = append(states, who.State)
				}
			}
		}
		for range 3 {
			leave := h.presence.Enter(ada)
			take()
			leave()
			take()
			time.Sleep(presence.Grace - time.Millisecond)
			take()
		}
		defer h.presence.Enter(ada)()
		take()
		time.Sleep(time.Hour)
		take()
		want := []presence.State{"online", "away", "online", "away", "online", "away", "online"}
		if !slices.Equal(states, want) {
			t.Errorf("a follower saw %v, want %v", states, want)
		}
	})
}

func TestManySessionsOfOnePeerCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		ada, _ := h.join("ada")
		first, second := h.presence.Enter(ada), h.presence.Enter(ada)
		before := len(entries(t, h.topics, "presence/hub"))
		first()
		first() // twice is once
		time.Sleep(2 * presence.Grace)
		h.want("with one session left", "ada online")
		if after := len(entries(t, h.topics, "presence/hub")); before != 2 || after != 2 { // with the owner
			t.Errorf("presence/hub shows %d and then %d entries of two peers", before, after)
		}
		second()
		h.want("with none left", "ada away")
	})
}

func TestAnotherNameIsShownAtOnce(t *testing.T) {
	h := openHub(t)
	ada, _ := h.join("ada")
	defer h.presence.Enter(ada)()
	if _, err := h.peers.Rename(t.Context(), ada.ID, "Ada L."); err != nil {
		t.Fatal(err)
	}
	h.want("after a new name", "Ada L. online")
	defer h.presence.Enter(ada)() // by a session that still has the old face
	h.want("after another session", "Ada L. online")
}

func TestAfterARestartEverybodyIsOffline(t *testing.T) {
	disk := topic.NewRing()
	before := reopen(t, disk)
	bob, _ := before.join("bob")
	defer before.presence.Enter(bob)()
	before.join("Ada")
	_, carols := before.join("carol")
	if err := before.peers.SignOut(t.Context(), carols); err != nil {
		t.Fatal(err)
	}
	reopen(t, disk).want("after a restart", "Ada offline, bob offline") // carol cannot come back
}

func TestScriptsAreNotPeople(t *testing.T) {
	h := openHub(t)
	defer h.presence.Enter(peer.Caller("build bot"))()
	if err := h.presence.Typing(t.Context(), "lobby", peer.Caller("build bot")); err != nil {
		t.Fatal(err)
	}
	h.want("with a script", "")
}

func TestCloseEndsTheGraces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		ada, _ := h.join("ada")
		bob, _ := h.join("bob")
		h.presence.Enter(ada)()
		leave := h.presence.Enter(bob)
		h.presence.Close()
		before := newest(t, h.topics, "presence/hub")
		leave()
		h.presence.Enter(ada)()
		time.Sleep(2 * presence.Grace)
		synctest.Wait()
		if after := newest(t, h.topics, "presence/hub"); after.Seq != before.Seq {
			t.Errorf("after Close this was shown: %s", after.Frame)
		}
		h.presence.Close() // twice is harmless
	})
}

func TestManyComeAndGoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		ada, _ := h.join("ada")
		bob, _ := h.join("bob")
		defer h.presence.Enter(bob)()
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 20 {
					leave := h.presence.Enter(ada)
					time.Sleep(presence.Grace) // graces end while others come
					leave()
				}
			})
		}
		wg.Wait()
		time.Sleep(presence.Grace)
		synctest.Wait()
		h.want("in the end", "ada offline, bob online")
	})
}

func TestTypingIsShownPerRoomAndPeer(t *testing.T) {
	h := openHub(t)
	ada := peer.Face{ID: "k3v9q2mx7rbt", Name: "ada", Tag: "K3QX", Hue: 176}
	bob, _ := h.join("bob")
	for range 3 {
		if err := h.presence.Typing(t.Context(), "lobby", ada); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.presence.Typing(t.Context(), "builds", bob); err != nil {
		t.Fatal(err)
	}
	got := entries(t, h.topics, "typing/lobby")
	if len(got) != 1 || got[0].Key != ada.ID || got[0].Kind != presence.KindTyping {
		t.Fatalf("typing/lobby shows %+v, want ada once", got)
	}
	wantGolden(t, "typing", got[0].Data)
	if err := h.presence.Typing(t.Context(), "../lobby", ada); err == nil {
		t.Error("typing in a room with an impossible name is fine")
	}
}

func TestPresenceIsAsInTheGoldenFile(t *testing.T) {
	h := openHub(t)
	ada := peer.Face{ID: "k3v9q2mx7rbt", Name: "ada", Tag: "K3QX", Hue: 176}
	defer h.presence.Enter(ada)()
	e := newest(t, h.topics, "presence/hub")
	wantGolden(t, "presence", e.Data, h.shown()[ada.ID].Since, "2026-11-22T08:00:00.000Z")
	if since, err := time.Parse(topic.WireTime, h.shown()[ada.ID].Since); err != nil || time.Since(since) > time.Minute {
		t.Errorf("since is %v, %v; want now", since, err)
	}
}
