package server

import (
	"net/http"
	"time"

	"hearth/backend/lan"
)

// checkup is what a running hub can say about itself when somebody cannot reach it.
type checkup struct {
	Version string    `json:"version"`
	URL     string    `json:"url"`
	Data    string    `json:"data"`
	Started time.Time `json:"started"`
	Shared  bool      `json:"shared"`

	Findings []lan.Finding `json:"findings"` // what keeps other devices out, the likeliest first, and what was ruled out; null = not looked for
	Refusals []Refusal     `json:"refusals"` // the newest first
}

// getDoctor may take some seconds: it asks the system and runs its tools.
func (s *Server) getDoctor(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).ownerOrLocal(); err != nil {
		return err
	}
	found := checkup{
		Version: s.hub.Version, URL: address(r), Data: s.data,
		Started: s.started.UTC().Truncate(time.Second), Refusals: s.refusals.list(),
	}
	if s.sharing != nil {
		found.Shared, found.Findings = s.sharing.State().On, s.sharing.Diagnose(r.Context())
	}
	answer(w, http.StatusOK, found)
	return nil
}
