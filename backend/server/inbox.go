package server

import (
	"context"
	"net/http"

	"hearth/backend/notify"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// inboxTopic is a notification topic with what the caller has not read of it.
type inboxTopic struct {
	Topic    string         `json:"topic"`
	Name     string         `json:"name"`
	Position topic.Position `json:"position"`
	Read     uint64         `json:"read"`
	Unread   int            `json:"unread"`
	Last     *notify.Last   `json:"last"`
}

// inboxMentions is the caller's own topic.
type inboxMentions struct {
	Topic    string         `json:"topic"`
	Position topic.Position `json:"position"`
	Read     uint64         `json:"read"`
	Unread   int            `json:"unread"`
}

func (s *Server) getInbox(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r)
	denied := c.may(peer.Follow, "list/notify")
	if denied != nil && c.person() != nil {
		return denied
	}
	list := []inboxTopic{}
	for _, info := range s.notify.List(r.Context()) {
		if denied != nil {
			break // whom the owner shows no notifications is mentioned all the same
		}
		t := inboxTopic{Topic: "notify/" + info.Topic, Name: info.Topic, Position: info.Position, Last: info.Last}
		t.Read, t.Unread = s.readOf(r.Context(), c, t.Topic, t.Position)
		list = append(list, t)
	}
	mentions, err := s.mentionsOf(r.Context(), c)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, struct {
		Topics   []inboxTopic   `json:"topics"`
		Mentions *inboxMentions `json:"mentions"`
	}{list, mentions})
	return nil
}

// readOf returns up to where c has read a topic, and how much lies after it, at most maxUnread.
func (s *Server) readOf(ctx context.Context, c caller, name string, at topic.Position) (read uint64, unread int) {
	if c.ID == "" {
		return 0, 0
	}
	read = min(s.presence.Seq(ctx, c.ID, name), at.Seq)
	return read, int(min(at.Seq-read, maxUnread))
}

// mentionsOf returns nil for who has no topic of its own.
func (s *Server) mentionsOf(ctx context.Context, c caller) (*inboxMentions, error) {
	if c.ID == "" {
		return nil, nil
	}
	t, err := s.notify.Mentions(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	m := &inboxMentions{Topic: t.Name(), Position: t.Position()}
	m.Read, m.Unread = s.readOf(ctx, c, m.Topic, m.Position)
	return m, nil
}
