package server

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"hearth/backend/fault"
	"hearth/backend/notify"
	"hearth/backend/topic"
)

// ntfyView shows notifications as ntfy's clients know them.
var ntfyView = view{entry: func(e *topic.Entry) (string, []byte) {
	n, err := notify.Decode(*e)
	if err != nil {
		return "", nil // a damaged entry is no reason to end the stream
	}
	return "", line(toNtfy(n))
}}

// ntfyEvent returns one of the events that are no notifications: open and keepalive.
func ntfyEvent(event, topics string) message {
	return message{event: event, body: line(ntfyMessage{ID: rand.Text()[:12], Time: time.Now().Unix(), Event: event, Topic: topics})}
}

// wanted is what a subscriber asked for.
type wanted struct {
	names  string // as in the path: a,b
	topics []*topic.Topic
	from   []topic.Start
	poll   bool
}

// subscription reads what a subscriber asks for, and checks that it may.
func (s *Server) subscription(r *http.Request) (wanted, error) {
	in := wanted{names: r.PathValue("topics")}
	in.poll = truth(parameter(r, "x-poll", "poll", "po"))
	since := parameter(r, "x-since", "since", "si")
	if since == "" && in.poll {
		since = "all"
	}
	list := strings.Split(in.names, ",")
	if len(list) > s.limits.TopicsPerSession {
		return in, fault.New(fault.BadRequest, "a subscription has at most %d topics", s.limits.TopicsPerSession).In("topic")
	}
	for _, name := range list {
		if err := pathTopic(name); err != nil {
			return in, err
		}
		if err := checkTopicName(name); err != nil {
			return in, subscribing(err)
		}
		t, err := s.topicFor(r.Context(), callerOf(r), "notify/"+name, true)
		if err != nil {
			return in, err
		}
		from := topic.Start{}
		if since != "" {
			if from, err = s.notify.Since(r.Context(), name, since, time.Now()); err != nil {
				return in, err
			}
		}
		in.topics, in.from = append(in.topics, t), append(in.from, from)
	}
	return in, nil
}

// subscribing gives the name of a topic the one number that it has on subscribing, reserved or not.
func subscribing(err error) error {
	return ntfyFault(fault.BadRequest, ntfyTopic, "%s", toFault(err).Message)
}

func truth(v string) bool {
	switch strings.ToLower(v) {
	case "1", "yes", "true":
		return true
	}
	return false
}

// follow lets a stream follow all that was asked for, each topic in its own order.
func (in wanted) follow(s *stream) error {
	for i, t := range in.topics {
		if err := s.follow(t.Name(), in.from[i], nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) ntfyLines(w http.ResponseWriter, r *http.Request) error {
	return s.ntfyStream(w, r, func() sink {
		return lines{newResponse(w, "application/x-ndjson; charset=utf-8")}
	})
}

func (s *Server) ntfyEvents(w http.ResponseWriter, r *http.Request) error {
	return s.ntfyStream(w, r, func() sink {
		return events{newResponse(w, "text/event-stream; charset=utf-8"), false}
	})
}

func (s *Server) ntfyStream(w http.ResponseWriter, r *http.Request, to func() sink) error {
	if r.Method == http.MethodHead {
		return fault.New(fault.NotFound, "there is nothing at %s for HEAD", loggable(r.URL.Path))
	}
	in, err := s.subscription(r)
	if err != nil {
		return err
	}
	h := newHTTPStream(s, r, ntfyView, to())
	h.every, h.alive = keepaliveEvery, func() { h.tell(ntfyEvent("keepalive", in.names)) }
	if in.poll {
		h.until = make(map[string]uint64)
		for _, t := range in.topics {
			h.until[t.Name()] = t.Position().Seq
		}
	} else {
		h.tell(ntfyEvent("open", in.names))
	}
	return s.serveStream(w, r, h, func() error { return in.follow(&h.stream) })
}

// ntfySocket is the WebSocket door of notification topics. What comes in is passed over; our pings keep it alive.
func (s *Server) ntfySocket(w http.ResponseWriter, r *http.Request) error {
	if err := checkHandshake(r, howTo(r)); err != nil {
		return err
	}
	in, err := s.subscription(r)
	if err != nil {
		return err
	}
	return s.open(w, r, callerOf(r), door{view: ntfyView, begin: func(n *session) error {
		n.answer(ntfyEvent("open", in.names).body)
		return in.follow(&n.stream)
	}})
}
