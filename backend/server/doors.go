package server

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// getSocket is the door of everything the page does. Strangers may open it and say who they are in their first message.
func (s *Server) getSocket(w http.ResponseWriter, r *http.Request) error {
	if err := checkHandshake(r, "new WebSocket(\""+socketAddress(r)+"/ws\", \""+hearthV1+"\")"); err != nil {
		return err
	}
	d := multiplexed("")
	d.people = true
	if !offers(r) {
		if len(tokens(r.Header, "Sec-Websocket-Protocol")) > 0 {
			return fault.New(badHandshake, "this door speaks the subprotocol %s; offer that one", hearthV1)
		}
		d.speaks = ""
	}
	return s.open(w, r, callerOf(r), d)
}

// classic opens a door that shows one topic: its own way, or as envelopes to who offers hearth.v1.
func (s *Server) classic(w http.ResponseWriter, r *http.Request, c caller, t *topic.Topic, d door) error {
	if offers(r) {
		d = multiplexed(t.Name())
	} else {
		d.speaks = offeredBearer(r)
	}
	return s.open(w, r, c, d)
}

// following returns what a door does first: it follows t.
func following(t *topic.Topic, from topic.Start) func(*session) error {
	return func(s *session) error { return s.follow(t.Name(), from, nil) }
}

// howTo says how to connect to the path of r. A token in its query is left out: what a refusal says is remembered.
func howTo(r *http.Request) string {
	target := r.URL.RequestURI()
	if q := r.URL.Query(); q.Has("auth") || q.Has("authorization") {
		target = r.URL.EscapedPath()
	}
	return "websocat '" + socketAddress(r) + target + "'"
}

// getChat is the classic door of a room. It makes no room: the first message does.
func (s *Server) getChat(w http.ResponseWriter, r *http.Request) error {
	if err := checkHandshake(r, howTo(r)+", or POST a text to this address"); err != nil {
		return err
	}
	room := r.PathValue("room")
	if err := chat.CheckRoom(room); err != nil {
		return err
	}
	c, err := named(r)
	if err != nil {
		return err
	}
	t, err := s.topicFor(r.Context(), c, "room/"+room, true)
	if err != nil {
		return err
	}
	return s.classic(w, r, c, t, door{
		view:  sayings(room),
		begin: following(t, topic.Start{}),
		text: func(ctx context.Context, n *session, message []byte) {
			if _, err := s.post(ctx, n.caller, room, chat.Text{Text: trimLine(string(message))}); err != nil {
				n.note(err)
				n.answer(line(errorOf(err)))
			}
		},
	})
}

// named returns the caller of a classic door, by the name in the query if it has none of its own.
func named(r *http.Request) (caller, error) {
	c := callerOf(r)
	name := r.URL.Query().Get("name")
	if name == "" || c.ID != "" || c.how == byScriptToken {
		return c, nil
	}
	name, err := peer.CheckName(name)
	if err != nil {
		return c, err
	}
	c.Face = peer.Caller(name)
	return c, nil
}

// trimLine takes off the line break that line-based clients send along.
func trimLine(text string) string { return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r") }

// postChat posts a text body, whatever its Content-Type: curl -d sends a form's.
func (s *Server) postChat(w http.ResponseWriter, r *http.Request) error {
	c, err := named(r)
	if err != nil {
		return err
	}
	text, err := readText(w, r)
	if err != nil {
		return err
	}
	done, err := s.post(r.Context(), c, r.PathValue("room"), chat.Text{Text: text})
	if err != nil {
		return err
	}
	answer(w, http.StatusCreated, done)
	return nil
}

// getMonitor is the classic door of this computer: a sample now, and then one each interval.
func (s *Server) getMonitor(w http.ResponseWriter, r *http.Request) error {
	if err := checkHandshake(r, howTo(r)); err != nil {
		return err
	}
	interval, err := number(r, "interval", 1, 60, 1)
	if err != nil {
		return err
	}
	t, err := s.topicFor(r.Context(), callerOf(r), "monitor/local", true)
	if err != nil {
		return err
	}
	return s.classic(w, r, callerOf(r), t, door{
		view:  samples(time.Duration(interval) * time.Second),
		begin: following(t, topic.Start{Last: 1}),
	})
}

// getNotifications is the classic door of a notification topic: the text of each.
func (s *Server) getNotifications(w http.ResponseWriter, r *http.Request) error {
	if err := checkHandshake(r, howTo(r)); err != nil {
		return err
	}
	q := r.URL.Query()
	name := q.Get("user_id")
	if name == "" {
		return fault.New(fault.BadRequest, "say whose notifications: ?user_id=NAME, the topic they are published to").In("user_id")
	}
	if err := checkTopicName(name); err != nil {
		return err
	}
	t, err := s.topicFor(r.Context(), callerOf(r), "notify/"+name, true)
	if err != nil {
		return err
	}
	from := topic.Start{}
	if since := q.Get("since"); since != "" {
		if from, err = s.notify.Since(r.Context(), name, since, time.Now()); err != nil {
			return err
		}
	}
	return s.classic(w, r, callerOf(r), t, door{view: texts, begin: following(t, from)})
}

// number returns a whole number of the query within bounds.
func number(r *http.Request, name string, least, most, standard int) (int, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, fault.New(fault.BadRequest, "%s must be a whole number from %d to %d", name, least, most).In(name)
	}
	return n, nil
}
