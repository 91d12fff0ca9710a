package backend_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// Nobody has to think of the guests of last week: who stays away for a day is gone, who has a page open is not.
func TestGuestsWhoStayAwayEndByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peers, err := peer.Open(t.Context(), topic.New(topic.NewRing()), peer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ada, left := admit(t, peers, "ada"), admit(t, peers, "bob")
		who, ok := peers.BySession(ada)
		if !ok {
			t.Fatal("need a guest for this test to mean anything")
		}
		here := func() func(string) bool { return func(id string) bool { return id == who.ID } }
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); backend.Expire(ctx, peers, here) }()
		time.Sleep(peer.GuestAge + time.Hour)
		synctest.Wait()
		if _, ok := peers.BySession(left); ok {
			t.Error("who stayed away for a day is still a guest")
		}
		if _, ok := peers.BySession(ada); !ok {
			t.Error("who was here all the time is gone")
		}
		cancel()
		<-done
	})
}

// admit makes a guest and returns its session's secret.
func admit(t *testing.T, peers *peer.Peers, name string) string {
	t.Helper()
	_, session, err := peers.Admit(t.Context(), peer.Ticket{Name: name, PIN: peers.PIN()})
	if err != nil {
		t.Fatal(err)
	}
	return session
}
