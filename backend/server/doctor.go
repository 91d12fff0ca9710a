package server

import (
	"net/http"
	"time"
)

// checkup is what a running hub can say about itself when somebody cannot reach it.
type checkup struct {
	Version  string    `json:"version"`
	URL      string    `json:"url"`
	Data     string    `json:"data"`
	Started  time.Time `json:"started"`
	Refusals []Refusal `json:"refusals"` // the newest first
}

func (s *Server) getDoctor(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).ownerOrLocal(); err != nil {
		return err
	}
	answer(w, http.StatusOK, checkup{
		Version: s.hub.Version, URL: address(r), Data: s.data,
		Started: s.started.UTC().Truncate(time.Second), Refusals: s.refusals.list(),
	})
	return nil
}
