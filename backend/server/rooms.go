package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// written is the answer to what appended an entry.
type written struct {
	Topic string `json:"topic"`
	Seq   uint64 `json:"seq"`
	Dup   bool   `json:"dup"`
}

// faceOf returns how c is shown now: peers may have been renamed since their session began.
func (s *Server) faceOf(c caller) peer.Face {
	if face, ok := s.peers.Lookup(c.ID); ok {
		return face
	}
	return c.Face
}

// post writes a message of c, through whatever door it came.
func (s *Server) post(ctx context.Context, c caller, room string, text chat.Text) (written, error) {
	if err := s.mayWrite(c, room); err != nil {
		return written{}, err
	}
	e, dup, err := s.rooms.Post(ctx, room, s.faceOf(c), text)
	if err != nil {
		return written{}, err
	}
	return written{"room/" + room, e.Seq, dup}, nil
}

// mayWrite returns an error unless c may write one more message into a room.
func (s *Server) mayWrite(c caller, room string) error {
	if err := chat.CheckRoom(room); err != nil {
		return err
	}
	if err := c.may(peer.Post, "room/"+room); err != nil {
		return err
	}
	return s.rates.take(c, "messages")
}

// roomForMe is a room with what c has not read of it.
type roomForMe struct {
	chat.Room
	Unread   int    `json:"unread"`
	Mentions int    `json:"mentions"`
	Read     uint64 `json:"read"`
}

func (s *Server) getRooms(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r)
	if err := c.may(peer.Follow, "list/rooms"); err != nil {
		return err
	}
	list := []roomForMe{}
	for _, room := range s.rooms.List(r.Context()) {
		mine := roomForMe{Room: room}
		if c.ID != "" {
			var err error
			if mine.Unread, mine.Mentions, mine.Read, err = s.rooms.Unread(r.Context(), c.ID, room.ID); err != nil {
				return err
			}
		}
		list = append(list, mine)
	}
	answer(w, http.StatusOK, struct {
		Rooms []roomForMe `json:"rooms"`
	}{list})
	return nil
}

func (s *Server) postRoom(w http.ResponseWriter, r *http.Request) error {
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	id, title := in.text("room"), in.text("title")
	if err := in.only(); err != nil {
		return err
	}
	c := callerOf(r)
	if err := s.mayWrite(c, id); err != nil {
		return err
	}
	room, err := s.rooms.Create(r.Context(), id, title, s.faceOf(c))
	if err != nil {
		return err
	}
	answer(w, http.StatusCreated, room)
	return nil
}

func (s *Server) getMessages(w http.ResponseWriter, r *http.Request) error {
	room := r.PathValue("room")
	if _, err := s.topicFor(r.Context(), callerOf(r), "room/"+room, false); err != nil {
		return err
	}
	limit, err := number(r, "limit", 1, maxPageLimit, 50)
	if err != nil {
		return err
	}
	before, err := seqOf(r.URL.Query().Get("before"), "before")
	if err != nil {
		return err
	}
	page, err := s.rooms.Page(r.Context(), room, before, limit)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, struct {
		Messages []json.RawMessage `json:"messages"`
		Position topic.Position    `json:"position"`
		More     bool              `json:"more"`
	}{frameList(page.Messages), page.Position, page.More})
	return nil
}

func frameList(entries []topic.Entry) []json.RawMessage {
	list := make([]json.RawMessage, len(entries))
	for i, e := range entries {
		list[i] = e.Frame
	}
	return list
}

func (s *Server) postMessage(w http.ResponseWriter, r *http.Request) error {
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	text := chat.Text{Text: in.text("text"), ClientID: in.text("client_id")}
	if in.err != nil {
		return in.err
	}
	done, err := s.post(r.Context(), callerOf(r), r.PathValue("room"), text)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if done.Dup {
		status = http.StatusOK
	}
	answer(w, status, done)
	return nil
}

// changed is the answer to an edit or a deletion.
type changed struct {
	Topic string `json:"topic"`
	Seq   uint64 `json:"seq"`
}

func (s *Server) patchMessage(w http.ResponseWriter, r *http.Request) error {
	text, err := readField(w, r, "text")
	if err != nil {
		return err
	}
	return s.change(w, r, func(ctx context.Context, room string, seq uint64, by peer.Peer) (topic.Entry, error) {
		return s.rooms.Edit(ctx, room, seq, by, text)
	})
}

func (s *Server) deleteMessage(w http.ResponseWriter, r *http.Request) error {
	reason, err := readReason(w, r)
	if err != nil {
		return err
	}
	return s.change(w, r, func(ctx context.Context, room string, seq uint64, by peer.Peer) (topic.Entry, error) {
		return s.rooms.Delete(ctx, room, seq, by, reason)
	})
}

func (s *Server) change(w http.ResponseWriter, r *http.Request,
	do func(ctx context.Context, room string, seq uint64, by peer.Peer) (topic.Entry, error),
) error {
	c, room := callerOf(r), r.PathValue("room")
	seq, err := seqOf(r.PathValue("seq"), "seq")
	if err != nil {
		return err
	}
	if err := s.mayWrite(c, room); err != nil {
		return err
	}
	if err := s.roomExists(room); err != nil {
		return err
	}
	by := c.Peer
	by.Face = s.faceOf(c)
	e, err := do(r.Context(), room, seq, by)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, changed{"room/" + room, e.Seq})
	return nil
}

// seqOf returns the seq that a path or a query names; "" is 0.
func seqOf(text, field string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	seq, err := strconv.ParseUint(text, 10, 64)
	if err != nil || seq > topic.MaxSeq {
		return 0, fault.New(fault.BadRequest, "%s must be a whole number from 0 to 2^53 - 1", field).In(field)
	}
	return seq, nil
}
