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

// stallPatience is how long a run may take before it counts as stalled.
const stallPatience = 60 * time.Second

// crowd is all who use one program: members who write, and programs who read.
type crowd struct {
	*process
	door    door // that messages are written by
	posters []*poster
	turn    int // whose turn it is; owned by the one goroutine that posts

	links  sync.WaitGroup // the posters' goroutines; close waits for them
	failed chan error     // the first error of any link; buffered, so that none waits
}

// poster is a member who writes. One goroutine uses it at a time.
type poster struct {
	*link
	cookie  string
	answers chan struct{} // one for each post that was taken, if somebody waits
}

// crowdOf returns the one crowd of a rival, which takes a while to gather. After a failure disband it.
func (b *bench) crowdOf(ctx context.Context, r *rival) (*crowd, error) {
	if c := b.crowds[r.name]; c != nil {
		return c, nil
	}
	c, err := b.newCrowd(ctx, r)
	if err != nil {
		return nil, err
	}
	b.crowds[r.name] = c
	return c, nil
}

func (b *bench) newCrowd(ctx context.Context, r *rival) (*crowd, error) {
	p, err := r.start(ctx, b)
	if err != nil {
		return nil, err
	}
	c := &crowd{process: p, door: r.posts, failed: make(chan error, 1)}
	for i := range r.posters(b) {
		if err := c.addPoster(ctx, r, fmt.Sprintf("bench %d", i+1)); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// disband ends a rival's crowd and its program. After a failure the next measurement then gets others.
func (b *bench) disband(r *rival) {
	if c := b.crowds[r.name]; c != nil {
		c.close()
		delete(b.crowds, r.name)
	}
}

func (b *bench) disbandAll() {
	for _, c := range b.contenders {
		b.disband(c.rival)
	}
}

func (c *crowd) addPoster(ctx context.Context, r *rival, name string) (err error) {
	p := &poster{answers: make(chan struct{}, 1)}
	if r.members {
		if p.cookie, err = c.join(ctx, name); err != nil {
			return err
		}
	}
	if p.link, err = dial(ctx, c.addr, c.door, "", p.cookie); err != nil {
		return err
	}
	p.receive = p.take
	c.posters = append(c.posters, p)
	c.links.Go(func() { c.read(p.link) })
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
	c.stop()
}

// next returns the poster whose turn it is.
func (c *crowd) next() *poster {
	p := c.posters[c.turn%len(c.posters)]
	c.turn++
	return p
}

// openRoom writes a room's first message, which makes the room. Where no members are, a room is whom it holds.
func (c *crowd) openRoom(ctx context.Context, room string) (*message, error) {
	m := newMessage(c.door, room)
	if len(c.posters) == 0 {
		return m, nil
	}
	return m, c.postOne(ctx, m)
}

// postOne posts a message and waits until it is taken.
func (c *crowd) postOne(ctx context.Context, m *message) error {
	p := c.next()
	p.forget()
	if err := m.post(p.link); err != nil {
		return err
	}
	return c.wait(ctx, p.answers)
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
