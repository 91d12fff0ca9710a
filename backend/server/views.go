package server

import (
	"bytes"
	"encoding/json"
	"time"

	"hearth/backend/topic"
)

// envelopes shows entries as they are: hearth.v1, and JSON over HTTP.
var envelopes = view{
	entry: func(e *topic.Entry) (string, []byte) { return "", e.Frame },
	tells: true,
}

func gapFrame(b topic.Batch) []byte {
	return line(struct {
		Topic  string `json:"topic"`
		Kind   string `json:"kind"`
		Missed uint64 `json:"missed"`
	}{b.Topic, "gap", b.Missed})
}

func resetFrame(b topic.Batch) []byte {
	return line(struct {
		Topic    string         `json:"topic"`
		Kind     string         `json:"kind"`
		Position topic.Position `json:"position"`
	}{b.Topic, "reset", b.Position})
}

// line is encode without the newline.
func line(v any) []byte { return bytes.TrimSuffix(encode(v), []byte("\n")) }

// textOf returns the text in the data of a message or a notification. Every reader of a classic door needs it for every
// entry, so it is cut out of the JSON where it stands: after ,"text":" and up to the next quote. Inside a JSON string
// that sequence cannot occur, for its quotes would be escaped; text with escapes of its own is decoded.
func textOf(data []byte) []byte {
	const mark = `,"text":"`
	at := bytes.Index(data, []byte(mark))
	if at >= 0 {
		text := data[at+len(mark):]
		if end := bytes.IndexByte(text, '"'); end >= 0 && bytes.IndexByte(text[:end], '\\') < 0 {
			return text[:end:end]
		}
	}
	var in struct{ Text string }
	if json.Unmarshal(data, &in) != nil || in.Text == "" {
		return nil // a deleted message has none
	}
	return []byte(in.Text)
}

// sayings shows a room as the classic door does: the messages, as they were first written or as they are now.
func sayings(room string) view {
	prefix := "Room " + room + ": "
	return view{entry: func(e *topic.Entry) (string, []byte) {
		if e.Kind != "message" {
			return "", nil
		}
		return prefix, textOf(e.Data)
	}}
}

// texts shows the text of notifications.
var texts = view{entry: func(e *topic.Entry) (string, []byte) { return "", textOf(e.Data) }}

// samples shows the samples of this computer, at most one each interval.
func samples(interval time.Duration) view {
	if interval <= samplePeriod {
		return view{entry: func(e *topic.Entry) (string, []byte) { return "", e.Data }}
	}
	var next time.Time // owned by the drain, like shown
	var shown uint64
	return view{entry: func(e *topic.Entry) (string, []byte) {
		if e.Time.Before(next) && e.Seq != shown { // an entry that did not fit into a write is asked for again
			return "", nil
		}
		next, shown = e.Time.Add(interval-samplePeriod/2), e.Seq // samples come a little early or late
		return "", e.Data
	}}
}

// samplePeriod is how often this computer is measured.
const samplePeriod = time.Second
