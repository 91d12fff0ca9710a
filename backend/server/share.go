package server

import (
	"context"
	"net/http"

	"hearth/backend/fault"
	"hearth/backend/lan"
	"hearth/backend/peer"
)

// shareable returns how the hub is shared to the owner alone, or the error for everybody else.
func (s *Server) shareable(r *http.Request) (*lan.Sharing, error) {
	if err := callerOf(r).owner(); err != nil {
		return nil, err
	}
	if s.sharing == nil {
		return nil, fault.New(fault.Conflict, "this hub cannot be shared")
	}
	return s.sharing, nil
}

func (s *Server) getShare(w http.ResponseWriter, r *http.Request) error {
	sharing, err := s.shareable(r)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, sharing.State())
	return nil
}

// patchShare changes what the body names, and nothing if a part of it cannot be read.
func (s *Server) patchShare(w http.ResponseWriter, r *http.Request) error {
	sharing, err := s.shareable(r)
	if err != nil {
		return err
	}
	in, err := readObject(w, r)
	if err != nil {
		return err
	}
	if in.raw("locked") != nil {
		return fault.New(fault.BadRequest, `the door has a request of its own: PATCH /api/door {"locked":true}; nothing was changed`).In("locked")
	}
	change := shareChange{on: in.yesNo("on"), awake: in.yesNo("awake"), pin: in.text("pin"),
		shares: in.shares("shares", s.peers.Shares())}
	if err := in.only(); err != nil {
		return err
	}
	if err := s.changeShare(r.Context(), sharing, change, s.faceOf(callerOf(r))); err != nil {
		return err
	}
	answer(w, http.StatusOK, sharing.State())
	return nil
}

// shareChange is what of sharing is to be changed; nil and "" stay as they are.
type shareChange struct {
	on, awake *bool
	pin       string
	shares    *peer.Shares
}

// changeShare tightens and loosens the door before it opens it.
func (s *Server) changeShare(ctx context.Context, sharing *lan.Sharing, c shareChange, by peer.Face) error {
	if c.pin != "" {
		if err := s.peers.SetPIN(c.pin); err != nil {
			return err
		}
		if s.peers.PINMode() != peer.PINNone {
			s.endCallersBy(byOpenDoor)
		}
	}
	if c.shares != nil && *c.shares != s.peers.Shares() {
		if err := s.peers.SetShares(ctx, *c.shares); err != nil {
			return err
		}
		if err := s.peers.Record(ctx, peer.Act{Act: "shares_changed", By: by}); err != nil {
			return err
		}
	}
	if c.awake != nil {
		if err := sharing.SetAwake(ctx, *c.awake); err != nil {
			return err
		}
	}
	if c.on != nil {
		return sharing.Turn(ctx, *c.on)
	}
	return nil
}

// shares returns the switches with those changed that the field names, or nil if it is not there.
func (o *object) shares(name string, now peer.Shares) *peer.Shares {
	v := o.raw(name)
	if v == nil {
		return nil
	}
	in, err := parseObject(v)
	if err != nil {
		o.wrong(name, `an object like {"rooms":true}`)
		return nil
	}
	for field, to := range map[string]*bool{"rooms": &now.Rooms, "computer": &now.Computer, "notifications": &now.Notifications} {
		if wanted := in.yesNo(field); wanted != nil {
			*to = *wanted
		}
	}
	if in.err != nil {
		o.wrong(name, `an object like {"rooms":true}`)
	} else if err := in.only(); err != nil && o.err == nil {
		o.err = err
	}
	return &now
}

// renewShare makes another link and another PIN.
func (s *Server) renewShare(w http.ResponseWriter, r *http.Request) error {
	sharing, err := s.shareable(r)
	if err != nil {
		return err
	}
	if err := sharing.Renew(r.Context()); err != nil {
		return err
	}
	answer(w, http.StatusOK, sharing.State())
	return nil
}
