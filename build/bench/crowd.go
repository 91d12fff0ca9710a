package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	// A member may write 30 messages at once and then 10 a second. To measure a hub with its limits as shipped takes many
	// members, who write in turn; 900 and 1,000 readers stay below its 2,000 connections.
	posterBurst  = 30
	posterPerSec = 10

	// stallPatience is how long a run may take before it counts as stalled.
	stallPatience = 60 * time.Second
)

// crowd is all who use one hub: members who write, and programs who read.
type crowd struct {
	hub     *hub
	posters []*poster
	turn    int // whose turn it is; owned by the one goroutine that posts
	tokens  int // messages that the limits surely allow now; owned likewise

	links  sync.WaitGroup // the posters' goroutines; close waits for them
	failed chan error     // the first error of any link; buffered, so that none waits
}

// poster is a member who writes. One goroutine uses it at a time.
type poster struct {
	*link
	answers chan struct{} // one for each post that was taken, if somebody waits
}

// theCrowd returns the one crowd of a bench, which takes a while to gather.
func (b *bench) theCrowd(ctx context.Context) (*crowd, error) {
	if b.crowd != nil {
		return b.crowd, nil
	}
	h, err := startHub(ctx, b)
	if err != nil {
		return nil, err
	}
	b.crowd, err = newCrowd(ctx, h, b.posters)
	if err != nil {
		h.stop()
	}
	return b.crowd, err
}

// disband ends the crowd and its hub. After a failure the next measurement then gets others.
func (b *bench) disband() {
	if b.crowd != nil {
		b.crowd.close()
		b.crowd.hub.stop()
		b.crowd = nil
	}
}

func newCrowd(ctx context.Context, h *hub, posters int) (*crowd, error) {
	c := &crowd{hub: h, failed: make(chan error, 1), tokens: posters * posterBurst}
	for i := range posters {
		if err := c.addPoster(ctx, fmt.Sprintf("bench %d", i+1)); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *crowd) addPoster(ctx context.Context, name string) error {
	cookie, err := c.hub.join(ctx, name)
	for errors.Is(err, errLater) {
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
		cookie, err = c.hub.join(ctx, name)
	}
	if err != nil {
		return err
	}
	l, err := dial(ctx, c.hub.addr, cookie)
	if err != nil {
		return err
	}
	p := &poster{link: l, answers: make(chan struct{}, 1)}
	p.receive = p.take
	c.posters = append(c.posters, p)
	c.links.Go(func() { c.read(l) })
	return nil
}

// take receives an answer. Nothing else comes to who follows nothing.
func (p *poster) take(payload []byte) error {
	if !bytes.HasPrefix(payload, []byte(`{"id":1,"ok"`)) {
		return fmt.Errorf("a post was not taken: %s", payload)
	}
	select {
	case p.answers <- struct{}{}:
	default:
	}
	return nil
}

// read reads a link until we close it; any other end is a failure.
func (c *crowd) read(l *link) {
	if err := l.read(); !errors.Is(err, net.ErrClosed) {
		c.fail(err)
	}
}

func (c *crowd) fail(err error) {
	select {
	case c.failed <- err:
	default: // one is enough
	}
}

func (c *crowd) close() {
	for _, p := range c.posters {
		p.conn.Close()
	}
	c.links.Wait()
}

// allow waits until the limits surely allow n messages, of each poster the same number.
func (c *crowd) allow(ctx context.Context, n int) error {
	if n > len(c.posters)*posterBurst {
		return fmt.Errorf("%d messages at once are more than the limits allow", n)
	}
	if missing := n - c.tokens; missing > 0 {
		perSecond := len(c.posters) * posterPerSec
		seconds := (missing + perSecond - 1) / perSecond
		if err := pause(ctx, time.Duration(seconds)*time.Second); err != nil {
			return err
		}
		c.tokens += seconds * perSecond
	}
	c.tokens -= n
	return nil
}

// next returns the poster whose turn it is.
func (c *crowd) next() *poster {
	p := c.posters[c.turn%len(c.posters)]
	c.turn++
	return p
}

// openRoom writes a room's first message, which makes the room.
func (c *crowd) openRoom(ctx context.Context, room string) (*message, error) {
	if err := c.allow(ctx, 1); err != nil {
		return nil, err
	}
	m, p := newMessage(room), c.next()
	p.forget()
	if err := m.post(p); err != nil {
		return nil, err
	}
	return m, c.wait(ctx, p.answers)
}

// forget drops an answer that nobody waited for.
func (p *poster) forget() {
	select {
	case <-p.answers:
	default:
	}
}

// wait waits for one of what comes, or for the first failure.
func (c *crowd) wait(ctx context.Context, what <-chan struct{}) error {
	select {
	case <-what:
		return nil
	case err := <-c.failed:
		c.fail(err)
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
