package server

import (
	"errors"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"hearth/backend/fault"
	"hearth/backend/notify"
	"hearth/backend/peer"
)

const (
	ntfyTextBytes = 4096 // a body of so many bytes would be an attachment, and there are none
	ntfyBodyBytes = 8192 // of a notification published as JSON
)

// ntfyMessage is a notification as ntfy's clients know it.
type ntfyMessage struct {
	ID       string   `json:"id"`
	Time     int64    `json:"time"` // Unix seconds
	Event    string   `json:"event"`
	Topic    string   `json:"topic"`
	Message  string   `json:"message,omitempty"`
	Title    string   `json:"title,omitempty"`
	Priority int      `json:"priority,omitempty"`
	Tags     []string `json:"tags,omitempty"`
}

const defaultPriority = 3

func toNtfy(n notify.Notification) ntfyMessage {
	m := ntfyMessage{ID: n.ID, Time: n.Time.Unix(), Event: "message", Topic: n.Topic, Message: n.Text, Title: n.Title,
		Priority: n.Priority, Tags: n.Tags}
	if m.Priority == defaultPriority {
		m.Priority = 0 // as if nobody had asked for it
	}
	return m
}

// publish answers a notification from a text body and headers or query.
func (s *Server) publish(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("topic")
	if err := pathTopic(name); err != nil {
		return err
	}
	if err := s.mayPublish(callerOf(r), name); err != nil {
		return err
	}
	d, err := draftOf(r)
	if err != nil {
		return err
	}
	body, err := readBody(w, r, ntfyTextBytes-1)
	switch {
	case fault.Is(err, fault.TooLong):
		return ntfyFault(fault.TooLong, ntfyNoFiles, "the text is longer than %d bytes, and this hub takes no attachments", ntfyTextBytes-1)
	case err != nil:
		return err
	case !utf8.Valid(body):
		return ntfyFault(fault.BadRequest, ntfyNotUTF8, "the text is not valid UTF-8, and this hub takes no attachments")
	}
	if text := strings.TrimSpace(string(body)); text != "" {
		d.Text = text
	}
	return s.publishDraft(w, r, name, d)
}

// pathTopic returns an error if a path does not name a topic: to ntfy's clients it is then no route at all.
func pathTopic(name string) error {
	if err := notify.CheckTopic(name); err != nil {
		return fault.Wrap(err, fault.NotFound, "%s", toFault(err).Message)
	}
	return nil
}

// publishJSON answers a notification from a JSON body. What it does not set counts from the headers.
func (s *Server) publishJSON(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r, ntfyBodyBytes-1)
	if err != nil {
		return ntfyShaped{err}
	}
	name, d, err := draftFromJSON(r, body)
	if err != nil {
		return ntfyShaped{err}
	}
	if err := s.mayPublish(callerOf(r), name); err != nil {
		return ntfyShaped{err}
	}
	if err := s.publishDraft(w, r, name, d); err != nil {
		return ntfyShaped{err}
	}
	return nil
}

// ntfyShaped is an error that is answered in ntfy's shape on a path of our own.
type ntfyShaped struct{ error }

func (e ntfyShaped) Unwrap() error { return e.error }

func (s *Server) mayPublish(c caller, name string) error {
	if err := checkTopicName(name); err != nil {
		return err
	}
	if err := c.may(peer.Publish, "notify/"+name); err != nil {
		return err
	}
	return s.rates.take(c, notifications)
}

func (s *Server) publishDraft(w http.ResponseWriter, r *http.Request, name string, d notify.Draft) error {
	if d.Text == "" {
		d.Text = "triggered"
	}
	n, err := s.notify.Publish(r.Context(), name, d)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, toNtfy(n))
	return nil
}

// draftOf reads what headers and query say about a notification.
func draftOf(r *http.Request) (notify.Draft, error) {
	priority, err := priorityOf(parameter(r, "x-priority", "priority", "prio", "p"))
	if err != nil {
		return notify.Draft{}, err
	}
	return notify.Draft{
		Text:     strings.ReplaceAll(parameter(r, "x-message", "message", "m"), `\n`, "\n"),
		Title:    parameter(r, "x-title", "title", "t"),
		Priority: priority,
		Tags:     tagsOf(parameter(r, "x-tags", "tags", "tag", "ta")),
	}, nil
}

func draftFromJSON(r *http.Request, body []byte) (name string, d notify.Draft, err error) {
	in, err := parseObject(body)
	if err != nil {
		return "", d, err
	}
	if d, err = draftOf(r); err != nil {
		return "", d, err
	}
	name = in.text("topic")
	set := func(field *string, value string) {
		if value != "" {
			*field = value
		}
	}
	set(&d.Text, in.text("message"))
	set(&d.Title, in.text("title"))
	if tags := in.texts("tags"); tags != nil {
		d.Tags = tagsOf(strings.Join(tags, ","))
	}
	if p := in.whole("priority"); in.err == nil && p != 0 {
		if d.Priority, err = priorityOf(strconv.FormatUint(p, 10)); err != nil {
			return "", d, err
		}
	}
	return name, d, in.err
}

// urgency is the header value by which a proxy says how urgent the request itself is (RFC 9218).
var urgency = regexp.MustCompile(`^u=[0-7](, ?i)?$`)

// parameter returns the first value that is not empty: of the headers by these names, then of the query. In the query names
// are lower case only.
func parameter(r *http.Request, names ...string) string {
	for _, name := range names {
		v := strings.TrimSpace(decodeHeader(r.Header.Get(name)))
		if v != "" && !(name == "priority" && urgency.MatchString(v)) {
			return v
		}
	}
	q := r.URL.Query()
	for _, name := range names {
		if v := strings.TrimSpace(q.Get(name)); v != "" {
			return v
		}
	}
	return ""
}

// decodeHeader decodes RFC 2047 words; other text stays, with what is no UTF-8 replaced.
func decodeHeader(v string) string {
	if decoded, err := new(mime.WordDecoder).DecodeHeader(v); err == nil {
		v = decoded
	}
	return strings.ToValidUTF8(v, "\uFFFD")
}

var priorities = map[string]int{
	"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "min": 1, "low": 2, "default": 3, "high": 4, "max": 5, "urgent": 5,
}

func priorityOf(v string) (int, error) {
	if v == "" {
		return 0, nil
	}
	if p, ok := priorities[strings.ToLower(v)]; ok {
		return p, nil
	}
	return 0, fault.New(fault.BadRequest, "priority must be 1 to 5, or min, low, default, high, max").In("priority")
}

func tagsOf(v string) []string {
	var tags []string
	for tag := range strings.SplitSeq(v, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// asNtfy reports whether err is to be answered in ntfy's shape.
func asNtfy(err error) bool {
	var shaped ntfyShaped
	return errors.As(err, &shaped)
}

func (s *Server) getNtfyHealth(w http.ResponseWriter, _ *http.Request) error {
	answer(w, http.StatusOK, map[string]bool{"healthy": true})
	return nil
}
