package server

import (
	"net/http"
	"time"

	"hearth/backend/peer"
)

// cookieAge is how long a browser keeps its session: as long as browsers keep anything.
const cookieAge = 400 * 24 * time.Hour

// whoAmI is the hub and the caller, who may be nobody, with what the page shows it.
type whoAmI struct {
	Hub  hubFace    `json:"hub"`
	Me   *peer.Peer `json:"me"`
	Sees sees       `json:"sees"`
	Door doorway    `json:"door"`
}

// sees is what the caller may follow.
type sees struct {
	Rooms         bool `json:"rooms"`
	Computer      bool `json:"computer"`
	Notifications bool `json:"notifications"`
}

// justMe is the answer to what changed the caller.
type justMe struct {
	Me peer.Peer `json:"me"`
}

func (s *Server) getMe(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r)
	who := whoAmI{Hub: s.hub, Door: s.doorFor(r), Sees: sees{
		Rooms:         s.peers.May(c.Peer, peer.Follow, "list/rooms"),
		Computer:      s.peers.May(c.Peer, peer.Follow, "monitor/local"),
		Notifications: s.peers.May(c.Peer, peer.Follow, "list/notify"),
	}}
	if c.known() == nil {
		who.Me = &c.Peer
	}
	answer(w, http.StatusOK, who)
	return nil
}

// secureCookie begins the name of the cookie that is given out over TLS. It is another one than over plain http, because
// browsers let no page on http replace a cookie that is Secure: who joined over TLS first could never join again without.
const secureCookie = "__Host-"

func (s *Server) giveCookie(w http.ResponseWriter, r *http.Request, session string) {
	c := http.Cookie{Name: s.cookie, Value: session, Path: "/", MaxAge: int(cookieAge.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode}
	if schemeOf(r) == "https" {
		c.Name, c.Secure = secureCookie+s.cookie, true
	}
	http.SetCookie(w, &c)
}

// sessionsIn returns the secrets of the sessions whose cookies came with r, the one given out over TLS first.
func (s *Server) sessionsIn(r *http.Request) (secrets []string) {
	for _, name := range []string{secureCookie + s.cookie, s.cookie} {
		if c, err := r.Cookie(name); err == nil {
			secrets = append(secrets, c.Value)
		}
	}
	return secrets
}

func (s *Server) patchMe(w http.ResponseWriter, r *http.Request) error {
	c := callerOf(r)
	if err := c.person(); err != nil {
		return err
	}
	name, err := readField(w, r, "name")
	if err != nil {
		return err
	}
	return s.rename(w, r, c, name)
}

func (s *Server) rename(w http.ResponseWriter, r *http.Request, c caller, name string) error {
	name, err := peer.CheckName(name)
	if err != nil {
		return err
	}
	if name != c.Name {
		renamed, err := s.peers.Rename(r.Context(), c.ID, name)
		if err != nil {
			return err
		}
		c.Face = renamed.Face
	}
	answer(w, http.StatusOK, justMe{c.Peer})
	return nil
}

// leaveHub ends the caller's session and all that it has open.
func (s *Server) leaveHub(w http.ResponseWriter, r *http.Request) error {
	for _, secret := range s.sessionsIn(r) {
		if err := s.peers.SignOut(r.Context(), secret); err != nil {
			return err
		}
	}
	http.SetCookie(w, &http.Cookie{Name: s.cookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	if schemeOf(r) == "https" {
		http.SetCookie(w, &http.Cookie{Name: secureCookie + s.cookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	}
	answerNothing(w)
	return nil
}

// becomeOwner redeems an owner link. The page POSTs the token, so that no prefetch of the link uses it up.
func (s *Server) becomeOwner(w http.ResponseWriter, r *http.Request) error {
	token, err := readField(w, r, "token")
	if err != nil {
		return err
	}
	p, session, err := s.peers.RedeemOwnerLink(r.Context(), token)
	if err != nil {
		return err
	}
	s.giveCookie(w, r, session)
	answer(w, http.StatusOK, justMe{p})
	return nil
}
