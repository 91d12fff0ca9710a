package topic_test

import (
	"fmt"
	"sync"
	"testing"

	"hearth/backend/topic"
)

// Looking for a topic that is being opened finds it or does not; it must not get in the way.
func TestLookingForATopicDoesNotKeepItFromOpening(t *testing.T) {
	topics := topic.New(nil)
	for i := range 2000 {
		name := fmt.Sprint("room/", i)
		var both sync.WaitGroup
		both.Go(func() { topics.Lookup(name) })
		if _, err := topics.Open(t.Context(), name, topic.Retention{}); err != nil {
			t.Errorf("open %s: %v", name, err)
		}
		both.Wait()
	}
}
