package server

import (
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"hearth/backend/fault"
)

// boundBody gives the body of a request bodyPatience from now on, whoever reads it: what no endpoint reads net/http does, before
// the answer goes out, and it would wait for ever.
func boundBody(w http.ResponseWriter, r *http.Request) {
	if r.Body != http.NoBody {
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyPatience))
	}
}

// readBody returns the body of a request, at most limit bytes. Once it has arrived, the connection has time again.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, fault.New(fault.TooLong, "the body is longer than %d bytes", limit)
	case err != nil:
		return nil, fault.Wrap(err, fault.BadRequest, "the body did not arrive whole within 10 s")
	}
	http.NewResponseController(w).SetReadDeadline(time.Time{})
	return data, nil
}

// readObject returns the JSON object in the body of a request. Its Content-Type is not asked for.
func readObject(w http.ResponseWriter, r *http.Request) (*object, error) {
	data, err := readBody(w, r, maxBodyBytes)
	if err != nil {
		return nil, err
	}
	return parseObject(data)
}

// readReason returns the reason in the JSON body of a request; who gives none may leave the body out.
func readReason(w http.ResponseWriter, r *http.Request) (string, error) {
	data, err := readBody(w, r, maxBodyBytes)
	if err != nil || len(data) == 0 {
		return "", err
	}
	in, err := parseObject(data)
	if err != nil {
		return "", err
	}
	reason := in.text("reason")
	return reason, in.only()
}

// readField returns the one text that a JSON body is read for; "" if it is absent.
func readField(w http.ResponseWriter, r *http.Request, name string) (string, error) {
	in, err := readObject(w, r)
	if err != nil {
		return "", err
	}
	text := in.text(name)
	return text, in.err
}

// readText returns the body of a request as text, without a line break at its end.
func readText(w http.ResponseWriter, r *http.Request) (string, error) {
	data, err := readBody(w, r, maxBodyBytes)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(data) {
		return "", fault.New(fault.BadRequest, "the text is not valid UTF-8").In("text")
	}
	return trimLine(string(data)), nil
}
