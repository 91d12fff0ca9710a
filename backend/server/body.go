package server

import (
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"hearth/backend/fault"
)

// readBody returns the body of a request, at most limit bytes, read within bodyPatience.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	control := http.NewResponseController(w)
	control.SetReadDeadline(time.Now().Add(bodyPatience))
	defer control.SetReadDeadline(time.Time{})
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, fault.New(fault.TooLong, "the body is longer than %d bytes", limit)
	case err != nil:
		return nil, fault.Wrap(err, fault.BadRequest, "the body did not arrive whole")
	}
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
