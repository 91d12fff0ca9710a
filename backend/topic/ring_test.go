package topic_test

import (
	"testing"

	"hearth/backend/topic"
	"hearth/backend/topic/topictest"
)

func TestRingConforms(t *testing.T) {
	topictest.Run(t, func(testing.TB) topic.Engine { return topic.NewRing() })
}
