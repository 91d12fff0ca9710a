package server

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"hearth/backend/fault"
)

// knock asks the owner to let the caller in. The answer holds what to wait with.
func (s *Server) knock(w http.ResponseWriter, r *http.Request) error {
	name, err := readField(w, r, "name")
	if err != nil {
		return err
	}
	if err := s.mayCome(r); err != nil {
		return err
	}
	secret, err := s.peers.Knock(name, addressOf(r))
	if err != nil {
		return err
	}
	answer(w, http.StatusAccepted, map[string]string{"knock": secret})
	return nil
}

// awaitKnock answers when the owner did, or after knockPatience that there is no answer yet.
func (s *Server) awaitKnock(w http.ResponseWriter, r *http.Request) error {
	secret, err := readField(w, r, "knock")
	if err != nil {
		return err
	}
	if err := s.mayCome(r); err != nil {
		return err
	}
	leave, err := s.crowd.enter(callerOf(r))
	if err != nil {
		return err
	}
	defer leave()
	ctx, done := s.untilClose(r.Context())
	defer done()
	p, session, err := s.peers.Await(ctx, secret)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		answer(w, http.StatusOK, map[string]string{"state": "waiting"})
		return nil
	case err != nil:
		return err
	}
	s.welcome(w, r, p, session)
	return nil
}

// mayCome refuses at the door who is in already, and who was banned.
func (s *Server) mayCome(r *http.Request) error {
	if callerOf(r).how == byCookie {
		return fault.New(fault.Conflict, "you are in already; open the hub's page")
	}
	return s.refuseBanned(r)
}

// untilClose bounds a wait: by knockPatience, and by the end of the server, which would else have to wait for it.
func (s *Server) untilClose(ctx context.Context) (bounded context.Context, done func()) {
	bounded, cancel := context.WithTimeout(ctx, knockPatience)
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-s.live.stop:
			cancel()
		case <-bounded.Done():
		}
	})
	return bounded, func() { cancel(); watching.Wait() }
}

// answerKnock lets in who knocked, or does not.
func (s *Server) answerKnock(w http.ResponseWriter, r *http.Request) error {
	sharing, err := s.shareable(r)
	if err != nil {
		return err
	}
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	letIn := in.yesNo("in")
	if err := in.only(); err != nil {
		return err
	}
	if letIn == nil {
		return fault.New(fault.BadRequest, "say whether to let them in: {\"in\":true}, or false").In("in")
	}
	if err := s.peers.AnswerKnock(r.Context(), r.PathValue("id"), *letIn); err != nil {
		return err
	}
	answer(w, http.StatusOK, sharing.State())
	return nil
}
