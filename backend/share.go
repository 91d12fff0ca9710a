package backend

import (
	"context"

	"hearth/backend/lan"
	"hearth/backend/topic"
)

// Sharing is how a hub is shared with other devices. It holds the secrets that let people in.
type Sharing = lan.State

// Finding is one answer to why nobody from another device comes in.
type Finding = lan.Finding

// WatchSharing calls tell with how the hub is shared, now and after each change, until ctx ends. It is one more reader of the
// hub: tell may take its time, and does not hear of what changed meanwhile and changed again.
func (h *Hub) WatchSharing(ctx context.Context, tell func(Sharing)) error {
	begin := func(sub *topic.Subscription) error {
		_, err := sub.Follow("share/hub", topic.Start{Last: 1})
		return err
	}
	return h.read(ctx, begin, func(*topic.Subscription, topic.Entry) { tell(h.Share()) })
}
