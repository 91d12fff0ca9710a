package server

import (
	"net/http"
	"strconv"
	"time"
)

// frames is the sink of WebSocket sessions: one text frame per message.
type frames struct{ wire *wire }

func (f frames) frame(buf []byte, m message) []byte { return appendText(buf, m.prefix, m.body) }

func (f frames) write(p []byte, last bool) error { return f.wire.send(p, last) }

// response is where the two HTTP sinks write: in pieces, each with its own deadline, sent at once.
type response struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func newResponse(w http.ResponseWriter, contentType string) response {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold back what is small
	return response{w: w, control: http.NewResponseController(w)}
}

func (r response) write(p []byte, _ bool) error {
	for len(p) > 0 {
		piece := p[:min(len(p), pieceBytes)]
		r.control.SetWriteDeadline(time.Now().Add(StallPatience))
		if _, err := r.w.Write(piece); err != nil {
			return err
		}
		p = p[len(piece):]
	}
	return r.control.Flush()
}

// events is the sink of Server-Sent Events. The id of an event is the position after it.
type events struct {
	response
	ids bool // ntfy's clients expect none
}

func (e events) frame(buf []byte, m message) []byte {
	if e.ids && m.at.Epoch != "" {
		buf = append(append(buf, "id: "...), m.at.Epoch...)
		buf = strconv.AppendUint(append(buf, '/'), m.at.Seq, 10)
		buf = append(buf, '\n')
	}
	if m.event != "" {
		buf = append(append(append(buf, "event: "...), m.event...), '\n')
	}
	buf = append(append(buf, "data: "...), m.prefix...)
	return append(append(buf, m.body...), "\n\n"...)
}

// lines is the sink of newline-delimited JSON.
type lines struct{ response }

func (l lines) frame(buf []byte, m message) []byte {
	buf = append(append(buf, m.prefix...), m.body...)
	return append(buf, '\n')
}
