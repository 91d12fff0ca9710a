package server

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

// Settings is what the owner has chosen.
type Settings struct {
	// Close is what closing the desktop window does: "hide" (the default) or "quit".
	Close string `json:"close"`
	// LocalScripts is what programs on the hub's own computer need: "allow" (the default), nothing, or "token", a token like
	// everybody else.
	LocalScripts string `json:"local_scripts"`
}

// settings keeps the owner's choices in memory and in a table.
type settings struct {
	table  topic.Table
	chosen map[string]*atomic.Pointer[string] // by the names of choices; the map is set once
}

const (
	closeKey = "close"
	localKey = "local_scripts"
)

// choices lists what each setting may be, the default first.
var choices = map[string][]string{
	closeKey: {"hide", "quit"},
	localKey: {"allow", "token"},
}

func openSettings(ctx context.Context, topics *topic.Topics) (*settings, error) {
	s := &settings{table: topics.Table("settings"), chosen: make(map[string]*atomic.Pointer[string])}
	for name, values := range choices {
		stored, err := s.table.Get(ctx, name)
		if err != nil {
			return nil, err
		}
		choice := string(stored)
		if !slices.Contains(values, choice) {
			choice = values[0]
		}
		s.chosen[name] = new(atomic.Pointer[string])
		s.chosen[name].Store(&choice)
	}
	return s, nil
}

func (s *settings) get(name string) string { return *s.chosen[name].Load() }

// wantTokens reports whether programs on the hub's own computer need a token, too.
func (s *settings) wantTokens() bool { return s.get(localKey) == "token" }

func checkChoice(name, choice string) error {
	if choice == "" || slices.Contains(choices[name], choice) {
		return nil
	}
	return fault.New(fault.BadRequest, "%s must be %s", name, strings.Join(choices[name], " or ")).In(name)
}

// set stores a choice that was checked; "" leaves it as it is.
func (s *settings) set(ctx context.Context, name, choice string) error {
	if choice == "" || choice == s.get(name) {
		return nil
	}
	if err := s.table.Put(ctx, name, []byte(choice)); err != nil {
		return err
	}
	s.chosen[name].Store(&choice)
	return nil
}

// Settings returns what the owner has chosen, from memory.
func (s *Server) Settings() Settings {
	return Settings{Close: s.settings.get(closeKey), LocalScripts: s.settings.get(localKey)}
}

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
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	wanted := map[string]string{closeKey: in.text(closeKey), localKey: in.text(localKey)}
	if err := in.only(); err != nil {
		return err
	}
	for name, choice := range wanted {
		if err := checkChoice(name, choice); err != nil {
			return err
		}
	}
	for name, choice := range wanted {
		if err := s.settings.set(r.Context(), name, choice); err != nil {
			return err
		}
	}
	if s.settings.wantTokens() {
		s.endCallersBy(byBirth)
	}
	answer(w, http.StatusOK, s.Settings())
	return nil
}
