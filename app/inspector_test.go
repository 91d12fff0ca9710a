//go:build production && devtools && linux

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// inspector speaks with the page in a window through the socket that WebKit opens when WEBKIT_INSPECTOR_HTTP_SERVER names an
// address and the program was built with the tag devtools. WebKit takes one inspector at a time and forgets the one before
// slowly, so the connection is kept.
type inspector struct {
	address string // 127.0.0.1:PORT
	conn    *websocket.Conn
	target  string // the page; another when it goes to another origin
	asked   int
}

// askWait bounds one question; the page may be on its way to another address, and then nobody answers.
const askWait = 10 * time.Second

// eval evaluates a JavaScript expression in the page and returns its value as JSON.
func (i *inspector) eval(expression string) (json.RawMessage, error) {
	answer, err := i.ask("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})
	if err != nil {
		return nil, err
	}
	var r struct {
		WasThrown bool
		Result    struct {
			Value       json.RawMessage
			Description string
		}
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		return nil, err
	}
	if r.WasThrown {
		return nil, errors.New(r.Result.Description)
	}
	return r.Result.Value, nil
}

// picture returns the page as a PNG.
func (i *inspector) picture(width, height int) ([]byte, error) {
	answer, err := i.ask("Page.snapshotRect", map[string]any{"x": 0, "y": 0, "width": width, "height": height, "coordinateSystem": "Viewport"})
	if err != nil {
		return nil, err
	}
	var r struct{ DataURL string }
	if err := json.Unmarshal(answer, &r); err != nil {
		return nil, err
	}
	encoded, ok := strings.CutPrefix(r.DataURL, "data:image/png;base64,")
	if !ok {
		return nil, fmt.Errorf("no PNG: %.40s", r.DataURL)
	}
	return base64.StdEncoding.DecodeString(encoded)
}

// ask sends one command to the page and waits for the answer. After an error the next one connects anew.
func (i *inspector) ask(method string, params any) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askWait)
	defer cancel()
	answer, err := i.converse(ctx, method, params)
	if err != nil {
		i.close()
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return answer, nil
}

func (i *inspector) close() {
	if i.conn != nil {
		i.conn.CloseNow()
	}
	i.conn, i.target = nil, ""
}

func (i *inspector) converse(ctx context.Context, method string, params any) (json.RawMessage, error) {
	if err := i.connect(ctx); err != nil {
		return nil, err
	}
	i.asked++
	inner, err := json.Marshal(map[string]any{"id": i.asked, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	outer, err := json.Marshal(map[string]any{"id": i.asked, "method": "Target.sendMessageToTarget", "params": map[string]any{"targetId": i.target, "message": string(inner)}})
	if err != nil {
		return nil, err
	}
	if err := i.conn.Write(ctx, websocket.MessageText, outer); err != nil {
		return nil, err
	}
	for target := i.target; ; {
		from, message, err := i.read(ctx)
		if err != nil {
			return nil, err
		}
		if i.target != target {
			return nil, errors.New("the page went elsewhere")
		}
		var r struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if from != target || json.Unmarshal([]byte(message), &r) != nil || r.ID != i.asked {
			continue
		}
		if r.Error != nil {
			return nil, errors.New(r.Error.Message)
		}
		return r.Result, nil
	}
}

// connect waits until WebKit has announced the page.
func (i *inspector) connect(ctx context.Context) error {
	if i.conn == nil {
		socket, err := i.socket(ctx)
		if err != nil {
			return err
		}
		if i.conn, _, err = websocket.Dial(ctx, socket, nil); err != nil {
			return err
		}
		i.conn.SetReadLimit(64 << 20)
	}
	for i.target == "" {
		if _, _, err := i.read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// read returns the next message and the target it is from, or "" when it is news of targets, which read keeps.
func (i *inspector) read(ctx context.Context) (from, message string, err error) {
	_, b, err := i.conn.Read(ctx)
	if err != nil {
		return "", "", err
	}
	var m struct {
		Method string
		Params struct {
			TargetInfo struct {
				TargetID      string `json:"targetId"`
				Type          string
				IsProvisional bool
			}
			TargetID    string `json:"targetId"`
			NewTargetID string `json:"newTargetId"`
			Message     string
		}
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return "", "", err
	}
	switch m.Method {
	case "Target.targetCreated":
		if info := m.Params.TargetInfo; info.Type == "page" && !info.IsProvisional {
			i.target = info.TargetID
		}
	case "Target.didCommitProvisionalTarget":
		i.target = m.Params.NewTargetID
	case "Target.dispatchMessageFromTarget":
		return m.Params.TargetID, m.Params.Message, nil
	}
	return "", "", nil
}

var pageSocket = regexp.MustCompile(`/socket/\d+/\d+/WebPage`)

// socket finds the page in the list that the inspector's server shows.
func (i *inspector) socket(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+i.address+"/", nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	list, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	path := pageSocket.Find(list)
	if path == nil {
		return "", errors.New("the inspector lists no page yet")
	}
	return "ws://" + i.address + string(path), nil
}
