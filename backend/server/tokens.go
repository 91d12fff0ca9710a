package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"hearth/backend/peer"
)

// tokenMade is a new script token, with what the script sends and a command to try it with. Both are told once.
type tokenMade struct {
	Token peer.Token `json:"token"`
	Plain string     `json:"plain"`
	Curl  string     `json:"curl"`
}

func (s *Server) getTokens(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	answer(w, http.StatusOK, struct {
		Tokens []peer.Token `json:"tokens"`
	}{s.peers.Tokens()})
	return nil
}

// maxTokenDays is how far the end of a token may lie ahead.
const maxTokenDays = 3650

func (s *Server) postToken(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	want := peer.Token{Name: in.text("name"), Topics: in.texts("topics"), Can: in.texts("can"),
		Rate: int(in.bounded("rate", peer.MaxTokenRate))}
	if days := in.bounded("days", maxTokenDays); days > 0 {
		want.Expires = time.Now().AddDate(0, 0, int(days))
	}
	if err := in.only(); err != nil {
		return err
	}
	made, plain, err := s.peers.NewToken(r.Context(), want)
	if err != nil {
		return err
	}
	answer(w, http.StatusCreated, tokenMade{made, plain, tryToken(made, plain, s.urlFor(r))})
	return nil
}

func (s *Server) deleteToken(w http.ResponseWriter, r *http.Request) error {
	if err := callerOf(r).owner(); err != nil {
		return err
	}
	if err := s.peers.RevokeToken(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	answerNothing(w)
	return nil
}

// urlFor is where other computers find the hub, or if they cannot, where the caller did.
func (s *Server) urlFor(r *http.Request) string {
	if s.sharing != nil {
		if url := s.sharing.State().URL; url != "" {
			return url
		}
	}
	return address(r)
}

// tryToken returns a command that does something the token is good for.
func tryToken(t peer.Token, plain, url string) string {
	curl := fmt.Sprintf("curl -H 'Authorization: Bearer %s' ", plain)
	name := exampleTopic(t.Topics)
	switch {
	case slices.Contains(t.Can, peer.CanPublish):
		return curl + "-d hello " + url + "/" + name
	case slices.Contains(t.Can, peer.CanSubscribe):
		return curl + url + "/" + name + "/json"
	case slices.Contains(t.Can, peer.CanRooms):
		return curl + "-d hello " + url + "/chat/lobby"
	default:
		return curl + url + "/api/monitor/now"
	}
}

// exampleTopic returns a topic that one of the globs matches.
func exampleTopic(globs []string) string {
	if slices.Contains(globs, "*") {
		return "backups"
	}
	return strings.ReplaceAll(globs[0], "*", "x")
}
