package server

import (
	"context"
	"net/http"
	"sync/atomic"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

// Settings is what the owner has chosen.
type Settings struct {
	// Close is what closing the desktop window does: "hide" (the default) or "quit".
	Close string `json:"close"`
}

// settings keeps the owner's choice in memory and in a table.
type settings struct {
	table topic.Table
	close atomic.Pointer[string]
}

const closeKey = "close"

var closeChoices = map[string]bool{"hide": true, "quit": true}

func openSettings(ctx context.Context, topics *topic.Topics) (*settings, error) {
	s := &settings{table: topics.Table("settings")}
	stored, err := s.table.Get(ctx, closeKey)
	if err != nil {
		return nil, err
	}
	choice := string(stored)
	if !closeChoices[choice] {
		choice = "hide"
	}
	s.close.Store(&choice)
	return s, nil
}

// Settings returns what the owner has chosen, from memory.
func (s *Server) Settings() Settings { return Settings{Close: *s.settings.close.Load()} }

func (s *Server) getSettings(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	answer(w, http.StatusOK, s.Settings())
	return nil
}

func (s *Server) patchSettings(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	choice, err := readField(w, r, closeKey)
	switch {
	case err != nil:
		return err
	case choice == "":
	case !closeChoices[choice]:
		return fault.New(fault.BadRequest, "close must be hide or quit").In(closeKey)
	default:
		if err := s.settings.table.Put(r.Context(), closeKey, []byte(choice)); err != nil {
			return err
		}
		s.settings.close.Store(&choice)
	}
	answer(w, http.StatusOK, s.Settings())
	return nil
}
