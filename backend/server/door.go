package server

import (
	"net/http"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

// doorState is whether nobody new comes in.
type doorState struct {
	Locked bool `json:"locked"`
}

func (s *Server) getDoor(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).may(peer.Moderate, "people/hub"); err != nil {
		return err
	}
	answer(w, http.StatusOK, doorState{s.peers.Locked()})
	return nil
}

// patchDoor locks the door, so that nobody new comes in, or unlocks it. Who moderates may: a gathering that is disturbed
// cannot wait for the owner.
func (s *Server) patchDoor(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r)
	if err := s.mayModeratePeople(c); err != nil {
		return err
	}
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	locked, reason := in.yesNo("locked"), in.text("reason")
	if err := in.only(); err != nil {
		return err
	}
	if locked == nil {
		return fault.New(fault.BadRequest, `say whether the door is to be locked: {"locked":true}, or false`).In("locked")
	}
	if reason, err = peer.CheckReason(reason); err != nil {
		return err
	}
	if *locked != s.peers.Locked() {
		if err := s.peers.SetLocked(r.Context(), *locked); err != nil {
			return err
		}
		act := map[bool]string{true: "door_locked", false: "door_unlocked"}[*locked]
		if err := s.peers.Record(r.Context(), peer.Act{Act: act, By: s.faceOf(c), Reason: reason}); err != nil {
			return err
		}
	}
	answer(w, http.StatusOK, doorState{*locked})
	return nil
}
