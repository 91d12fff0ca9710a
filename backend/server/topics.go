package server

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"hearth/backend/fault"
	"hearth/backend/topic"
)

// getTopic streams the entries of a topic as envelopes: Server-Sent Events if the client accepts them, else JSON lines.
// The header X-Hearth-Position says after which position the answer begins.
func (s *Server) getTopic(w http.ResponseWriter, r *http.Request) error {
	t, err := s.topicFor(r.Context(), callerOf(r), r.PathValue("topic"), false)
	if err != nil {
		return err
	}
	sse := accepts(r, "text/event-stream")
	q := r.URL.Query()
	follow, err := yes(q.Get("follow"), sse, "follow")
	if err != nil {
		return err
	}
	from, err := s.startFrom(r, t, follow)
	if err != nil {
		return err
	}
	var h *httpStream
	if sse {
		h = newHTTPStream(s, r, envelopes, events{newResponse(w, "text/event-stream; charset=utf-8"), true})
		h.every, h.alive = keepaliveEvery, func() { h.say(appendComment) }
	} else {
		h = newHTTPStream(s, r, envelopes, lines{newResponse(w, "application/x-ndjson; charset=utf-8")})
	}
	if !follow {
		h.until = map[string]uint64{t.Name(): t.Position().Seq}
	}
	return s.serveStream(w, r, h, func() error {
		return h.follow(t.Name(), from, func(p topic.Position) {
			w.Header().Set("X-Hearth-Position", p.Epoch+"/"+strconv.FormatUint(p.Seq, 10))
		})
	})
}

// appendComment appends what readers of Server-Sent Events pass over.
func appendComment(buf []byte) []byte { return append(buf, ": still here\n\n"...) }

// startFrom reads where a stream begins: Last-Event-ID, since and last, in this order. Who gives none of them gets what
// comes, or the newest 50 if nothing can come.
func (s *Server) startFrom(r *http.Request, t *topic.Topic, follow bool) (topic.Start, error) {
	q := r.URL.Query()
	last, err := number(r, "last", 0, maxLast, 0)
	if err != nil {
		return topic.Start{}, err
	}
	since := r.Header.Get("Last-Event-ID")
	if since == "" {
		since = q.Get("since")
	}
	switch {
	case since != "":
		return s.since(r, t, since)
	case last > 0 || follow || q.Has("last"):
		return topic.Start{Last: last}, nil
	default:
		return topic.Start{Last: topic.ResetEntries}, nil
	}
}

func (s *Server) since(r *http.Request, t *topic.Topic, since string) (topic.Start, error) {
	if epoch, seq, ok := strings.Cut(since, "/"); ok && epoch != "" {
		n, err := seqOf(seq, "since")
		return topic.Start{After: &topic.Position{Epoch: epoch, Seq: n}}, err
	}
	switch since {
	case "all":
		return topic.Start{After: &topic.Position{}}, nil
	case "now":
		return topic.Start{}, nil
	}
	if name, ok := strings.CutPrefix(t.Name(), "notify/"); ok {
		return s.notify.Since(r.Context(), name, since, time.Now())
	}
	return topic.Start{}, fault.New(fault.BadRequest, "since must be EPOCH/SEQ as in X-Hearth-Position, all, or now").In("since")
}

// accepts reports whether the client asks for that media type by name.
func accepts(r *http.Request, media string) bool {
	for _, t := range tokens(r.Header, "Accept") {
		if name, _, _ := strings.Cut(t, ";"); strings.EqualFold(strings.TrimSpace(name), media) {
			return true
		}
	}
	return false
}

// yes reads a switch of the query.
func yes(v string, standard bool, name string) (bool, error) {
	switch strings.ToLower(v) {
	case "":
		return standard, nil
	case "1", "true", "yes":
		return true, nil
	case "0", "false", "no":
		return false, nil
	}
	return false, fault.New(fault.BadRequest, "%s must be 1 or 0", name).In(name)
}
