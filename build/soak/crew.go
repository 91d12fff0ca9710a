package soak

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
)

const (
	posters = 5 // who write at the same time
	faces   = 4 // members as whom each of them writes in turn, because the hub limits what one may
)

// crew are posters and readers, who note in a ledger what the hub tells them.
type crew struct {
	*ledger
	rooms   []string
	members [posters][]*member
	tried   atomic.Int64   // gives each message an id of its own
	reading sync.WaitGroup // those who read along; they end with the hub
}

// gather lets a crew join the hub and open its rooms.
func gather(ctx context.Context, h *hub, rooms ...string) (*crew, error) {
	c := &crew{ledger: newLedger(), rooms: rooms}
	for i := range c.members {
		for j := range faces {
			m, err := h.join(ctx, fmt.Sprintf("poster %d %d", i, j))
			if err != nil {
				return nil, err
			}
			c.members[i] = append(c.members[i], m)
		}
	}
	for i := range rooms {
		if err := c.must(ctx, h, c.message(c.reader(), i)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// reader is a member who may read.
func (c *crew) reader() *member { return c.members[0][0] }

// message returns a new one.
func (c *crew) message(by *member, turn int) *message {
	id := fmt.Sprintf("m%d", c.tried.Add(1))
	return &message{room: c.rooms[turn%len(c.rooms)], id: id, text: "this is " + id, by: by}
}

// send posts m and notes the answer. An error says that none came.
func (c *crew) send(ctx context.Context, h *hub, m *message) (answer, error) {
	c.try(m)
	a, err := h.post(ctx, m)
	switch {
	case err != nil:
		return answer{}, err
	case a.good():
		c.answered(m, a.seq)
	case a.status == http.StatusTooManyRequests:
		c.refuse(m)
	}
	return a, nil
}

// insist posts m, and again while the hub says that it is too soon.
func (c *crew) insist(ctx context.Context, h *hub, m *message) (answer, error) {
	for {
		a, err := c.send(ctx, h, m)
		if err != nil {
			return answer{}, fmt.Errorf("post %s: %w", m.id, err)
		}
		if a.status != http.StatusTooManyRequests {
			return a, nil
		}
		if err := pause(ctx, laterPause); err != nil {
			return answer{}, err
		}
	}
}

// must posts m; any answer that does not acknowledge it is an error.
func (c *crew) must(ctx context.Context, h *hub, m *message) error {
	a, err := c.insist(ctx, h, m)
	if err == nil && !a.good() {
		err = fmt.Errorf("post %s: %v", m.id, a)
	}
	return err
}

// settle posts everything again of which nobody knows whether it is stored, so that the ledger knows.
func (c *crew) settle(ctx context.Context, h *hub) error {
	for _, m := range c.unanswered() {
		if err := c.must(ctx, h, m); err != nil {
			return err
		}
	}
	return nil
}

// shift is a crew at work on one hub.
type shift struct {
	crew    *crew
	hub     *hub
	goal    int64         // acknowledged messages after which reached is closed; at least 1
	reached chan struct{} // closed by the poster who gets there
	acked   atomic.Int64
	before  int          // what was promised when it began
	seen    atomic.Int64 // by those who read along
	posting sync.WaitGroup

	mu    sync.Mutex
	ended []answer // those after which posters gave up; guarded by mu
}

// work lets all posters write and a reader read along each room, until they get no answer or one that ends it.
func (c *crew) work(ctx context.Context, h *hub, goal int) (*shift, error) {
	s := &shift{crew: c, hub: h, goal: int64(max(goal, 1)), reached: make(chan struct{}), before: c.promises()}
	for _, room := range c.rooms {
		seen, err := h.follow(ctx, c.reader(), room, "?follow=1")
		if err != nil {
			return nil, err
		}
		c.reading.Go(func() { s.watch(room, seen) })
	}
	for i := range c.members {
		s.posting.Go(func() { s.write(ctx, i) })
	}
	return s, nil
}

func (s *shift) watch(room string, seen *history) {
	defer seen.close()
	for seen.next() {
		s.crew.promise(room, seen.entry.Seq, seen.entry.Data.ClientID)
		s.seen.Add(1)
	}
}

// reach waits until the goal is reached.
func (s *shift) reach(ctx context.Context) error {
	select {
	case <-s.reached:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.idle():
		return fmt.Errorf("posters gave up at %d acknowledged messages of %d, after %v\n%s", s.acked.Load(), s.goal, s.refusals(), &s.hub.said)
	}
}

// idle returns a channel that is closed when all posters have given up. Its goroutine ends with them.
func (s *shift) idle() <-chan struct{} {
	idle := make(chan struct{})
	go func() {
		s.posting.Wait()
		close(idle)
	}()
	return idle
}

// allSeen waits until those who read along have seen all that was promised since.
func (s *shift) allSeen(ctx context.Context) error {
	return eventually(ctx, "readers have seen all", func() (bool, error) {
		return int(s.seen.Load()) == s.crew.promises()-s.before, s.crew.trouble()
	})
}

func (s *shift) write(ctx context.Context, poster int) {
	tooSoon := 0
	for turn := poster; ctx.Err() == nil; turn++ {
		a, err := s.crew.send(ctx, s.hub, s.crew.message(s.crew.members[poster][turn%faces], turn))
		switch {
		case err != nil:
			return
		case a.good():
			tooSoon = 0
			if s.acked.Add(1) == s.goal {
				close(s.reached)
			}
		case a.status != http.StatusTooManyRequests:
			s.giveUp(a)
			return
		default:
			if tooSoon++; tooSoon%faces == 0 && pause(ctx, laterPause) != nil {
				return
			}
		}
	}
}

func (s *shift) giveUp(a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, a)
}

// refusals returns the answers after which posters gave up. Call it when they all have.
func (s *shift) refusals() []answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}
