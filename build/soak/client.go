package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// member is somebody who has joined. Members outlive the hub's process, as its messages do.
type member struct {
	id     string
	cookie string
}

// answer is what came back for a request.
type answer struct {
	status int
	seq    uint64
	dup    bool
	code   string // of the error, or ""
	body   []byte
}

func (a answer) good() bool { return a.status < 300 }

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, bytes.TrimSpace(a.body)) }

// join makes a member. The hub takes only so many a second.
func (h *hub) join(ctx context.Context, name string) (*member, error) {
	for {
		m, err := h.tryJoin(ctx, name)
		if !errors.Is(err, errLater) {
			return m, err
		}
		if err := pause(ctx, laterPause); err != nil {
			return nil, err
		}
	}
}

var errLater = errors.New("the hub takes no more this second")

// laterPause is how long one waits who was told to come later.
const laterPause = 20 * time.Millisecond

func (h *hub) tryJoin(ctx context.Context, name string) (*member, error) {
	req, err := h.request(ctx, nil, http.MethodPost, "/api/join", map[string]string{"name": name})
	if err != nil {
		return nil, err
	}
	res, err := web.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusTooManyRequests {
		return nil, errLater
	}
	var joined struct{ Me struct{ ID string } }
	if err := json.NewDecoder(res.Body).Decode(&joined); err != nil {
		return nil, fmt.Errorf("join as %s: %w", name, err)
	}
	if res.StatusCode != http.StatusCreated || len(res.Cookies()) == 0 {
		return nil, fmt.Errorf("join as %s: %s", name, res.Status)
	}
	cookie := res.Cookies()[0]
	return &member{id: joined.Me.ID, cookie: cookie.Name + "=" + cookie.Value}, nil
}

// post writes m. An error says that no answer came, so that nobody knows whether the message is stored.
func (h *hub) post(ctx context.Context, m *message) (answer, error) {
	return h.ask(ctx, m.by, http.MethodPost, "/api/rooms/"+m.room+"/messages", map[string]string{"text": m.text, "client_id": m.id})
}

// get asks for a path as that member.
func (h *hub) get(ctx context.Context, by *member, path string) (answer, error) {
	return h.ask(ctx, by, http.MethodGet, path, nil)
}

func (h *hub) ask(ctx context.Context, by *member, method, path string, body any) (answer, error) {
	req, err := h.request(ctx, by, method, path, body)
	if err != nil {
		return answer{}, err
	}
	res, err := web.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	var in struct {
		Seq   uint64
		Dup   bool
		Error struct{ Code string }
	}
	_ = json.Unmarshal(text, &in) // pages and lines are no such object
	return answer{status: res.StatusCode, seq: in.Seq, dup: in.Dup, code: in.Error.Code, body: text}, nil
}

func (h *hub) request(ctx context.Context, by *member, method, path string, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, h.url+path, content)
	if err != nil {
		return nil, err
	}
	if by != nil {
		req.Header.Set("Cookie", by.cookie)
	}
	return req, nil
}

// Requests of all stories. An answer that does not come is an error in the end; a stream may last.
var (
	transport = &http.Transport{MaxIdleConnsPerHost: 64}
	web       = &http.Client{Transport: transport, Timeout: patience}
	streams   = &http.Client{Transport: transport}
)

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// eventually asks again and again until check holds.
func eventually(ctx context.Context, what string, check func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		switch done, err := check(); {
		case err != nil:
			return fmt.Errorf("wait until %s: %w", what, err)
		case done:
			return nil
		}
		if err := pause(ctx, laterPause); err != nil {
			return fmt.Errorf("waited in vain until %s: %w", what, err)
		}
	}
}
