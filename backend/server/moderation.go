package server

import (
	"net/http"

	"hearth/backend/chat"
	"hearth/backend/peer"
)

// mayModerate returns an error unless c may do one more act of moderation in a room.
func (s *Server) mayModerate(c caller, room string) error {
	if err := chat.CheckRoom(room); err != nil {
		return err
	}
	if err := c.may(peer.Moderate, "room/"+room); err != nil {
		return err
	}
	return s.rates.take(c, "acts of moderation")
}

// patchRoom gives a room another title or other rules, and answers with the room as list/rooms shows it.
func (s *Server) patchRoom(w http.ResponseWriter, r *http.Request) error {
	c, room := callerOf(r), r.PathValue("room")
	if err := s.mayModerate(c, room); err != nil {
		return err
	}
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	changes := chat.Changes{Title: in.maybeText("title"), ReadOnly: in.yesNo("read_only"), Archived: in.yesNo("archived")}
	if in.raw("slow") != nil {
		changes.Slow = new(int(in.bounded("slow", chat.MaxSlow)))
	}
	reason := in.text("reason")
	if err := in.only(); err != nil {
		return err
	}
	changed, err := s.rooms.Change(r.Context(), room, s.faceOf(c), changes, reason)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, changed)
	return nil
}

// clearRoom deletes what was said in a room, for good.
func (s *Server) clearRoom(w http.ResponseWriter, r *http.Request) error {
	c, room := callerOf(r), r.PathValue("room")
	if err := s.mayModerate(c, room); err != nil {
		return err
	}
	reason, err := readReason(w, r)
	if err != nil {
		return err
	}
	cleared, err := s.rooms.Clear(r.Context(), room, s.faceOf(c), reason)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, cleared)
	return nil
}

// deleteRoom deletes a room and what was said in it, for good.
func (s *Server) deleteRoom(w http.ResponseWriter, r *http.Request) error {
	c, room := callerOf(r), r.PathValue("room")
	if err := s.mayModerate(c, room); err != nil {
		return err
	}
	reason, err := readReason(w, r)
	if err != nil {
		return err
	}
	if err := s.rooms.Remove(r.Context(), room, s.faceOf(c), reason); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
