package server

import (
	"context"
	"strings"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/notify"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// topicFor returns the topic of that name for c to read. It opens what is known and makes nothing. A room that nobody has
// written in is not found, unless early: a door of its own may wait for its first message.
func (s *Server) topicFor(ctx context.Context, c caller, name string, early bool) (*topic.Topic, error) {
	if !topic.ValidName(name) {
		return nil, topic.ErrName
	}
	if err := c.may(peer.Follow, name); err != nil {
		return nil, err
	}
	switch kind, of, _ := strings.Cut(name, "/"); kind {
	case "room":
		if err := s.roomExists(of); err != nil && !(early && fault.Is(err, fault.NotFound)) {
			return nil, err
		}
		return s.rooms.Topic(ctx, of)
	case "typing":
		if err := s.roomExists(of); err != nil {
			return nil, err
		}
		return s.presence.TypingTopic(ctx, of)
	case "notify":
		if err := checkTopicName(of); err != nil {
			return nil, err
		}
		return s.notify.Topic(ctx, of)
	case "peer":
		return s.notify.Mentions(ctx, of)
	case "reads":
		return s.presence.ReadsTopic(ctx, of)
	default:
		return s.topics.Lookup(name)
	}
}

// roomExists returns an error unless there is a room with that id.
func (s *Server) roomExists(id string) error {
	if err := chat.CheckRoom(id); err != nil {
		return err
	}
	if _, ok := s.rooms.Get(id); !ok {
		return fault.New(fault.NotFound, "there is no room %q; its first message makes it", id).In("room")
	}
	return nil
}

// checkTopicName returns an error unless a notification topic may have that name.
func checkTopicName(name string) error {
	if reserved[name] {
		return fault.Wrap(ntfyCode(ntfyReserved), fault.BadRequest, "the hub uses the name %q itself; choose another topic", name).In("topic")
	}
	return notify.CheckTopic(name)
}

// start is where a reader begins, as commands and queries say it.
func startOf(from *topic.Position, last uint64) topic.Start {
	if from != nil {
		return topic.Start{After: from}
	}
	return topic.Start{Last: int(min(last, maxLast))}
}

// maxLast bounds what one follow may ask for; who wants more reads on from a position.
const maxLast = 1_000_000
