package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"
)

// dial opens a WebSocket at path with the subprotocol of the page, as that member, or as a program of this computer.
func (h *hub) dial(ctx context.Context, by *member, path string) (*websocket.Conn, error) {
	header := http.Header{}
	if by != nil {
		header.Set("Cookie", by.cookie)
	}
	conn, _, err := websocket.Dial(ctx, strings.Replace(h.url, "http", "ws", 1)+path, &websocket.DialOptions{
		HTTPClient: streams, HTTPHeader: header, Subprotocols: []string{"hearth.v1"},
	})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(maxLine)
	return conn, nil
}

// enter opens a socket and follows a room on it.
func (h *hub) enter(ctx context.Context, by *member, room string) (*websocket.Conn, error) {
	conn, err := h.dial(ctx, by, "/ws")
	if err != nil {
		return nil, err
	}
	if err := followOn(ctx, conn, "room/"+room); err != nil {
		conn.CloseNow()
		return nil, err
	}
	return conn, nil
}

func followOn(ctx context.Context, conn *websocket.Conn, topic string) error {
	command := fmt.Sprintf(`{"id":1,"op":"follow","topic":%q}`, topic)
	if err := conn.Write(ctx, websocket.MessageText, []byte(command)); err != nil {
		return err
	}
	_, text, err := conn.Read(ctx)
	if err != nil {
		return err
	}
	var in struct {
		ID int
		OK json.RawMessage
	}
	if json.Unmarshal(text, &in) != nil || in.ID != 1 || in.OK == nil {
		return fmt.Errorf("follow %s: %s", topic, text)
	}
	return nil
}

// meets opens the presence of the hub as one member and sees the other come.
func (h *hub) meets(ctx context.Context, host, guest *member) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	door, err := h.dial(ctx, host, "/ws")
	if err != nil {
		return err
	}
	defer door.CloseNow()
	if err := followOn(ctx, door, "presence/hub"); err != nil {
		return err
	}
	comes, err := h.dial(ctx, guest, "/ws")
	if err != nil {
		return err
	}
	defer comes.CloseNow()
	for {
		_, text, err := door.Read(ctx)
		if err != nil {
			return fmt.Errorf("wait for %s in presence: %w", guest.id, err)
		}
		if strings.Contains(string(text), guest.id) && strings.Contains(string(text), `"online"`) {
			return nil
		}
	}
}
