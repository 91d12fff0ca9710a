package peer

import (
	"path"
	"slices"
	"strings"
	"time"

	"hearth/backend/fault"
)

// What a script token can be good for.
const (
	CanPublish   = "publish"   // to the notification topics that its globs match
	CanSubscribe = "subscribe" // to them; to the list of all topics if one of its globs is *
	CanMonitor   = "monitor"   // follow the monitor of the hub's computer
	CanRooms     = "rooms"     // read and write all rooms, as the classic doors do
)

var abilities = []string{CanPublish, CanSubscribe, CanMonitor, CanRooms}

// allows says whether a script with that token may do verb; that scripts may do it at all is for May's table.
func (t *token) allows(verb Verb, prefix, rest string) bool {
	switch prefix {
	case "room/", "list/rooms":
		return t.can(CanRooms)
	case "monitor/local":
		return t.can(CanMonitor)
	case "list/notify":
		return t.can(CanSubscribe) && slices.Contains(t.Topics, "*")
	case "notify/":
		ability := CanSubscribe
		if verb == Publish {
			ability = CanPublish
		}
		return t.can(ability) && slices.ContainsFunc(t.Topics, func(glob string) bool {
			matched, _ := path.Match(glob, rest) // validGlob has seen it
			return matched
		})
	}
	return false
}

func (t *token) can(ability string) bool { return slices.Contains(t.Can, ability) }

// checked returns the token that NewToken makes of t, or why it does not.
func (t Token) checked() (Token, error) {
	name, err := CheckName(t.Name)
	if err != nil {
		return Token{}, err
	}
	made := Token{ID: newID(), Name: name, Topics: orElse(t.Topics, "*"), Can: orElse(t.Can, CanPublish),
		Rate: t.Rate, Created: time.Now().UTC(), Expires: t.Expires.UTC()}
	if len(made.Topics) > MaxTokenGlobs {
		return Token{}, fault.New(fault.BadRequest, "a token has at most %d topics; one with * stands for many", MaxTokenGlobs).In("topics")
	}
	for _, glob := range made.Topics {
		if !validGlob(glob) {
			return Token{}, fault.New(fault.BadRequest, "%.80q is no topic: 1 to %d of A-Z, a-z, 0-9, - and _, and * for any of them", glob, MaxGlob).
				In("topics")
		}
	}
	for _, ability := range made.Can {
		if !slices.Contains(abilities, ability) {
			return Token{}, fault.New(fault.BadRequest, "a token can %s; %.80q is none of them", strings.Join(abilities, ", "), ability).In("can")
		}
	}
	if t.Rate < 0 || t.Rate > MaxTokenRate {
		return Token{}, fault.New(fault.BadRequest, "a token writes 1 to %d messages a second, or 0 for the standard", MaxTokenRate).In("rate")
	}
	if !t.Expires.IsZero() && !t.Expires.After(made.Created) {
		return Token{}, fault.New(fault.BadRequest, "a token that has expired already is good for nothing").In("days")
	}
	return made, nil
}

func orElse(list []string, standard string) []string {
	if len(list) == 0 {
		return []string{standard}
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

func validGlob(glob string) bool {
	return len(glob) >= 1 && len(glob) <= MaxGlob && !strings.ContainsFunc(glob, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '*')
	})
}
