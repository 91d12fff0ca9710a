package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"hearth/backend"
)

// Bounds of what is read into memory: of standard input (the hub refuses less), and of an answer that is not a stream.
const (
	maxInputBytes  = 1 << 20
	maxAnswerBytes = 8 << 20
)

// answerWait is how long a hub may take to begin an answer.
const answerWait = 15 * time.Second

// remote says which hub a command talks to. Without flags it is the one that runs on this computer.
type remote struct {
	URL   string `help:"Address of the hub; the one on this computer is found by itself." placeholder:"URL"`
	Token string `help:"Token that the hub asks for; on this computer it is found by itself." placeholder:"TOKEN"`
}

// hub is a hub as a client sees it.
type hub struct {
	url   string // http://127.0.0.1:7420, without a slash at the end
	token string // may be empty
}

// find returns the hub to talk to. The address and the token of a hub on this computer come from its data folder; that token
// goes to no other address.
func (r remote) find(g *globals) (hub, error) {
	if r.URL != "" {
		return r.named(g)
	}
	data, err := backend.DataFolder(g.Data)
	if err != nil {
		return hub{}, err
	}
	info, ok := backend.Running(data)
	if !ok {
		return hub{}, unreachable(nil, "no hub runs with the data folder %s; start one with `hearth serve`, or name another with --url", data)
	}
	return hub{url: info.URL, token: r.tokenFrom(data)}, nil
}

func (r remote) named(g *globals) (hub, error) {
	address := r.URL
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return hub{}, usageError("--url %s is not the address of a hub; an example: --url http://127.0.0.1:7420", r.URL)
	}
	h := hub{url: u.Scheme + "://" + u.Host, token: r.Token}
	if data, err := backend.DataFolder(g.Data); err == nil {
		if info, ok := backend.Running(data); ok && info.URL == h.url {
			h.token = r.tokenFrom(data)
		}
	}
	return h, nil
}

// tokenFrom prefers the token that was given. A missing file is no error: the hub says whether it wants a token.
func (r remote) tokenFrom(data string) string {
	if r.Token != "" {
		return r.Token
	}
	token, err := backend.AdminToken(data)
	if err != nil {
		return ""
	}
	return token
}

// client bounds the wait for an answer to begin, not the stream that may follow.
var client = &http.Client{Transport: &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	DialContext:           (&net.Dialer{Timeout: answerWait}).DialContext,
	ResponseHeaderTimeout: answerWait,
}}

// request makes a request for a path of the hub.
func (h hub) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, h.url+path, body)
	if err != nil {
		return nil, fmt.Errorf("ask the hub: %w", err)
	}
	if h.token != "" {
		req.Header.Set("Authorization", "Bearer "+h.token)
	}
	return req, nil
}

// do sends req and returns the answer if it is a good one; the caller closes its body. An answer that is not becomes an error
// with the hub's own sentence.
func (h hub) do(req *http.Request) (*http.Response, error) { return h.doWith(client, req) }

func (h hub) doWith(client *http.Client, req *http.Request) (*http.Response, error) {
	res, err := client.Do(req)
	if err != nil {
		return nil, h.unreached(req.Context(), err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, answerError(res)
}

func (h hub) unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var cause *url.Error
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return unreachable(err, "no hub answers at %s (%v); start one with `hearth serve`", h.url, err)
}

// call sends body as JSON, if there is one, and reads the answer into v as read does.
func (h hub) call(ctx context.Context, method, path string, body, v any) error {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(b)
	}
	req, err := h.request(ctx, method, path, content)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return h.read(req, v)
}

// read sends req and decodes the JSON of the answer into v. A nil v ignores it, a *[]byte receives it as it is.
func (h hub) read(req *http.Request, v any) error {
	res, err := h.do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes))
	if err != nil {
		return h.unreached(req.Context(), err)
	}
	switch v := v.(type) {
	case nil:
		return nil
	case *[]byte:
		*v = b
		return nil
	}
	return h.decode(b, v)
}

// decode reads the JSON of an answer.
func (h hub) decode(answer []byte, v any) error {
	if err := json.Unmarshal(answer, v); err != nil {
		return fmt.Errorf("%s does not answer like a hub: %w", h.url, err)
	}
	return nil
}

// refusal is an answer that says no. Its sentence is the hub's.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// answerError makes an error of an answer that is not a good one. The hub has two shapes of it: its own and, on notification
// topics, ntfy's.
func answerError(res *http.Response) error {
	b, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes)) // what came is what there is to say
	text := sentence(b)
	if text == "" {
		text = fmt.Sprintf("the hub answered %s", res.Status)
	}
	r := &refusal{status: res.StatusCode, text: text}
	if res.StatusCode >= 500 {
		return &failure{code: exitFailed, text: text, err: r}
	}
	return &failure{code: exitRefused, text: text, err: r}
}

func sentence(body []byte) string {
	var own struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &own) == nil && own.Error.Message != "" {
		return printable(own.Error.Message)
	}
	var ntfy struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &ntfy) == nil {
		return printable(ntfy.Error)
	}
	return ""
}

// statusOf returns the HTTP status of a refusal in err's chain, or 0.
func statusOf(err error) int {
	var r *refusal
	if errors.As(err, &r) {
		return r.status
	}
	return 0
}

// readAll reads a message from r, without the line end that a pipe puts behind it.
func readAll(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInputBytes+1))
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	if len(b) > maxInputBytes {
		return "", usageError("standard input is longer than %d bytes, which no hub takes as one message", maxInputBytes)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), nil
}

// warn tells the person at the terminal something that is no failure.
func warn(format string, args ...any) { fmt.Fprintf(os.Stderr, "hearth: "+format+"\n", args...) }
