package server

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// encode returns v as one line of JSON with a newline, without the escapes that only HTML needs.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // v is one of our own types
	}
	return b.Bytes()
}

// answer sends v as the whole answer.
func answer(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(encode(v)) // a client that went away needs no answer
}

// answerNothing answers what is done and has nothing to say.
func answerNothing(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}
