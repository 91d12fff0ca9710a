package server_test

import (
	"strings"
	"testing"

	"hearth/backend/chat"
	"hearth/backend/fault"
	"hearth/backend/server"
)

func TestTheSizeOfMessagesIsTheOwnersChoice(t *testing.T) {
	for value, c := range map[int]struct {
		size int
		fits bool
	}{0: {300 << 10, true}, 100: {101, false}, 200 << 10: {150 << 10, true}} {
		limits, err := server.LimitsNamed(map[string]int{"message_bytes": value})
		if err != nil {
			t.Fatal(err)
		}
		h := openHub(t, func(d *server.Deps) { d.Limits = limits })
		c0 := dial(t, h, "/ws-chat")
		c0.say(strings.Repeat("x", c.size)) // is answered, if only with what is wrong with it
		if c.fits {
			c0.text()
		} else {
			c0.wantClosed(1009)
		}
	}
}

func TestLimitsHaveNamesAndDefaults(t *testing.T) {
	standard := server.Limits{}.Filled()
	if standard.MessageBytes != 64<<10 || standard.TextBytes != chat.MaxText || standard.Rooms != chat.MaxRooms || standard.PerPeer != 16 {
		t.Errorf("the standard limits are %+v", standard)
	}
	names := []string{"peer_rate", "script_rate", "connections", "per_address", "per_peer", "unauthenticated", "message_bytes", "text_bytes",
		"topics_per_session", "rooms"}
	_, err := server.LimitsNamed(map[string]int{"room": 1})
	for _, name := range names {
		if _, bad := server.LimitsNamed(map[string]int{name: 7}); bad != nil {
			t.Errorf("%s=7: %v", name, bad)
		}
		if !fault.Is(err, fault.BadRequest) || !strings.Contains(err.Error(), name) {
			t.Errorf("an unknown name is refused with %v, which does not name %s", err, name)
		}
	}
}
