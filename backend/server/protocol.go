package server

import (
	"context"
	"encoding/json"
	"time"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// multiplexed is the door that speaks hearth.v1: commands in, envelopes out. With only, no other topic may be named.
func multiplexed(only string) door {
	return door{view: envelopes, speaks: hearthV1, text: func(ctx context.Context, s *session, message []byte) {
		s.command(ctx, message, only)
	}}
}

// command is one operation of hearth.v1.
type command struct {
	*object
	id   json.RawMessage // number chosen by the client
	only string          // the topic that this door is limited to; "" = all
}

// ops are the operations of hearth.v1. Each answers once, with ok, or returns the error to answer with.
var ops = map[string]func(s *session, ctx context.Context, c command) error{
	"follow": (*session).opFollow, // topic, from or last
	"leave":  (*session).opLeave,  // topic
	"post":   (*session).opPost,   // room, text, client_id
	"typing": (*session).opTyping, // room
	"read":   (*session).opRead,   // topic, seq
	"ping":   (*session).opPing,
	"hello":  (*session).opHello, // token
}

// command reads one message of a client and carries it out.
func (s *session) command(ctx context.Context, message []byte, only string) {
	in, err := parseObject(message)
	if err != nil {
		s.refuse(nil, err)
		return
	}
	c := command{object: in, id: in.raw("id"), only: only}
	if len(c.id) == 0 || c.id[0] != '-' && (c.id[0] < '0' || c.id[0] > '9') {
		s.refuse(nil, fault.New(fault.BadRequest, "a command needs an id, a number of your choice that its answer repeats").In("id"))
		return
	}
	if err := s.carryOut(ctx, c); err != nil {
		s.refuse(c.id, err)
	}
}

func (s *session) carryOut(ctx context.Context, c command) error {
	name := c.text("op")
	if c.err != nil {
		return c.err
	}
	if s.stranger() && name != "hello" {
		s.turnOut(closing{closeUnknownPeer, "say hello with a token first, or join in a browser", fault.Unauthenticated,
			"let the program send its script token with the handshake or as its first message"})
		return nil
	}
	op, known := ops[name]
	if !known {
		return fault.New(fault.UnknownOp, "there is no op %q; there are follow, leave, post, typing, read, ping and hello", loggable(name)).In("op")
	}
	return op(s, ctx, c)
}

// ok answers a command.
func (s *session) ok(c command, result any) {
	s.answer(okFrame(c, result))
}

func okFrame(c command, result any) []byte {
	return line(struct {
		ID json.RawMessage `json:"id"`
		OK any             `json:"ok"`
	}{c.id, result})
}

// refuse answers a command with an error. id is nil when the message had none that could be read.
func (s *session) refuse(id json.RawMessage, err error) {
	f := toFault(err)
	if f.Code == fault.Internal {
		s.server.log.Error("command failed", "peer", s.caller.ID, "err", err)
	}
	if id == nil {
		id = json.RawMessage("null")
	}
	s.note(f)
	s.answer(line(struct {
		ID    json.RawMessage `json:"id"`
		Error wireError       `json:"error"`
	}{id, toWire(f)}))
}

type nothing struct{}

func (s *session) opPing(_ context.Context, c command) error {
	s.ok(c, nothing{})
	return nil
}

// opHello tells who a stranger is. A session that is known already stays who it is.
func (s *session) opHello(_ context.Context, c command) error {
	token := c.text("token")
	if c.err != nil {
		return c.err
	}
	if s.stranger() {
		known, err := s.server.byToken(token, s.caller.from)
		if err != nil {
			s.turnOut(closing{closeUnknownPeer, "this token is not valid", fault.Unauthenticated,
				"make another with `hearth token create`; the admin token changes with each start of the hub"})
			return nil
		}
		if err := s.become(known); err != nil {
			return err
		}
	}
	s.ok(c, struct {
		Me peer.Peer `json:"me"`
	}{s.caller.Peer})
	return nil
}

// become gives a stranger's session an identity, and another place in the crowd.
func (s *session) become(known caller) error {
	vacate, err := s.server.crowd.enter(known)
	if err != nil {
		return err
	}
	s.vacate()
	s.vacate, s.caller = vacate, known
	s.server.live.pass(s, holderOf(known))
	s.wire.readBy(time.Time{})
	s.expire(known)
	if code, reason := s.server.recheck(known); code != 0 {
		s.goodbye(code, reason)
	}
	return nil
}

// within returns an error if this door is limited to another topic.
func (c command) within(topicName string) error {
	if c.only == "" || c.only == topicName {
		return nil
	}
	return fault.New(fault.Forbidden, "this connection is for %s alone; use /ws for all topics", c.only).In("topic")
}

func (s *session) opFollow(ctx context.Context, c command) error {
	name, from, last := c.text("topic"), c.position("from"), c.whole("last")
	if c.err != nil {
		return c.err
	}
	if err := c.within(name); err != nil {
		return err
	}
	t, err := s.server.topicFor(ctx, s.caller, name, c.only == name)
	if err != nil {
		return err
	}
	if s.sub.Len() >= s.server.limits.TopicsPerSession && !s.sub.Follows(name) {
		return fault.New(fault.BadRequest, "a session follows at most %d topics; leave one first", s.server.limits.TopicsPerSession).In("topic")
	}
	return s.follow(name, startOf(from, last), func(p topic.Position) {
		s.ok(c, struct {
			Position topic.Position `json:"position"`
			First    uint64         `json:"first"`
		}{p, t.First()})
	})
}

func (s *session) opLeave(_ context.Context, c command) error {
	name := c.text("topic")
	if c.err != nil {
		return c.err
	}
	if !s.sub.Follows(name) {
		return fault.New(fault.NotFound, "this session does not follow %q", loggable(name)).In("topic")
	}
	s.leave(name, func() { s.ok(c, nothing{}) })
	return nil
}

func (s *session) opPost(ctx context.Context, c command) error {
	room, text, id := c.text("room"), c.text("text"), c.text("client_id")
	if c.err != nil {
		return c.err
	}
	if err := c.within("room/" + room); err != nil {
		return err
	}
	done, err := s.server.post(ctx, s.caller, room, chat.Text{Text: text, ClientID: id})
	if err != nil {
		return err
	}
	s.ok(c, done)
	return nil
}

func (s *session) opTyping(ctx context.Context, c command) error {
	room := c.text("room")
	if c.err != nil {
		return c.err
	}
	if err := c.within("room/" + room); err != nil {
		return err
	}
	if err := s.caller.may(peer.Post, "typing/"+room); err != nil {
		return err
	}
	if err := s.server.roomExists(room); err != nil {
		return err
	}
	if err := s.server.rooms.MayWrite(room, s.caller.Peer); err != nil {
		return err
	}
	if err := s.server.rates.take(s.caller, "signs of typing"); err != nil {
		return err
	}
	if err := s.server.presence.Typing(ctx, room, s.server.faceOf(s.caller)); err != nil {
		return err
	}
	s.ok(c, nothing{})
	return nil
}

func (s *session) opRead(ctx context.Context, c command) error {
	name, seq := c.text("topic"), c.whole("seq")
	if c.err != nil {
		return c.err
	}
	if err := c.within(name); err != nil {
		return err
	}
	if err := s.caller.person(); err != nil {
		return err
	}
	if _, err := s.server.topicFor(ctx, s.caller, name, false); err != nil {
		return err
	}
	if err := s.server.presence.Mark(ctx, s.caller.ID, name, seq); err != nil {
		return err
	}
	s.ok(c, nothing{})
	return nil
}
