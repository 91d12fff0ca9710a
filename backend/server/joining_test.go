package server_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"hearth/backend/topic"
)

// A reader that joins with replay while others write gets each entry once and in order, whatever the moment.
func TestJoiningWhileOthersWriteMissesNothing(t *testing.T) {
	const entries, writers = 2000, 4
	rounds := 100
	if testing.Short() {
		rounds = 5
	}
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	for round := range rounds {
		top, err := h.notify.Topic(t.Context(), fmt.Sprintf("round-%d", round))
		if err != nil {
			t.Fatal(err)
		}
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for i := range entries / writers {
					d := topic.Draft{Kind: "notification", Data: json.RawMessage(fmt.Sprintf(`{"n":%d,"by":%d}`, i, w))}
					if _, _, err := top.Append(t.Context(), d); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for int(top.Position().Seq) < round*entries/rounds { // join at another moment each round
			if t.Failed() {
				return
			}
			runtime.Gosched()
		}
		c := hello(t, h, "Cookie", cookie)
		c.say(`{"id":1,"op":"follow","topic":"` + top.Name() + `","from":{"epoch":"","seq":0}}`)
		if e := c.envelope(); e.OK == nil {
			t.Fatalf("round %d: follow: %+v", round, e)
		}
		for seq := uint64(1); seq <= entries; seq++ {
			if e := c.envelope(); e.Seq != seq || e.Kind != "notification" {
				t.Fatalf("round %d: got %s %d, want notification %d", round, e.Kind, e.Seq, seq)
			}
		}
		writing.Wait()
		c.conn.Close()
	}
}
