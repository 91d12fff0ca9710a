package server

import (
	"context"
	"net/http"
)

// getEcho is the door to try a client against: it answers each message with what it understood.
func (s *Server) getEcho(w http.ResponseWriter, r *http.Request) error {
	if err := checkHandshake(r, howTo(r)); err != nil {
		return err
	}
	if err := callerOf(r).known(); err != nil {
		return err
	}
	return s.open(w, r, callerOf(r), door{speaks: offeredBearer(r), text: func(_ context.Context, n *session, message []byte) {
		n.answer(line(echo(message)))
	}})
}

// echoed is the answer to a valid message.
type echoed struct {
	Status string `json:"status"`
	Data   struct {
		Content string `json:"content"`
		Type    string `json:"type"`
	} `json:"data"`
}

// invalid is the answer to any other, in the shape that users of FastAPI know.
type invalid struct {
	Status string    `json:"status"`
	Errors []trouble `json:"errors"`
}

type trouble struct {
	Loc  []string `json:"loc"`
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
}

func echo(message []byte) any {
	in, err := parseObject(message)
	if err != nil {
		return invalid{"error", []trouble{{[]string{}, toFault(err).Message, "json_invalid"}}}
	}
	var errs []trouble
	content, missing := stringIn(in, "content", &errs)
	if missing {
		errs = append(errs, trouble{[]string{"content"}, "field required", "missing"})
	}
	kind, missing := stringIn(in, "type", &errs)
	if missing {
		kind = "text"
	}
	if errs != nil {
		return invalid{"error", errs}
	}
	e := echoed{Status: "received"}
	e.Data.Content, e.Data.Type = content, kind
	return e
}

// stringIn returns a string of the object, and adds to errs if it is anything else.
func stringIn(in *object, name string, errs *[]trouble) (text string, missing bool) {
	raw := in.raw(name)
	if raw == nil {
		return "", true
	}
	if raw[0] != '"' {
		*errs = append(*errs, trouble{[]string{name}, "string required", "string_type"})
		return "", false
	}
	return in.text(name), false
}
