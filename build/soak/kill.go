package soak

import (
	"context"
	"fmt"
	"time"
)

const (
	mostAcked     = 250                   // a hub is killed after 1 to so many acknowledgements,
	killDelay     = 3 * time.Millisecond  // and at most so much later, in the middle of what follows,
	startKills    = 8                     // or one time in so many while it starts,
	startDelay    = 40 * time.Millisecond // at most so long after exec
	firstStarts   = 3                     // hubs that are killed while they make their files
	auditsBetween = 100                   // kills between two audits from the very beginning
)

// playKill kills hubs at random moments while five posters write, and compares after every restart.
func playKill(ctx context.Context, l *lab) (string, error) {
	k := &killing{lab: l, data: l.dataFolder("data")}
	for range firstStarts {
		if err := k.killStarting(ctx); err != nil {
			return "", err
		}
	}
	for k.kills < l.cycles {
		if err := k.cycle(ctx); err != nil {
			return "", fmt.Errorf("after %d kills: %w", k.kills, err)
		}
	}
	return k.last(ctx)
}

// killing is the state of the story kill.
type killing struct {
	*lab
	data    string
	crew    *crew
	audit   *audit
	kills   int
	retried int // messages without an answer, posted again after the restart
}

// cycle starts a hub, looks whether all is there, and kills it.
func (k *killing) cycle(ctx context.Context) error {
	if k.kills > 0 && k.random.IntN(startKills) == 0 {
		return k.killStarting(ctx)
	}
	h, err := k.start(ctx, k.data)
	if err != nil {
		return err
	}
	defer h.kill()
	if err := k.meet(ctx, h); err != nil {
		return err
	}
	s, err := k.crew.work(ctx, h, 1+k.random.IntN(mostAcked))
	if err != nil {
		return err
	}
	if err := s.reach(ctx); err != nil {
		return err
	}
	_ = pause(ctx, time.Duration(k.random.Int64N(int64(killDelay)))) // the kill is due also when ctx ends
	h.kill()
	k.kills++
	s.posting.Wait()
	k.crew.reading.Wait()
	if refused := s.refusals(); len(refused) > 0 {
		return fmt.Errorf("a post was answered with %v", refused[0])
	}
	return ctx.Err()
}

// killStarting kills a hub soon after its start, perhaps before it has opened its file.
func (k *killing) killStarting(ctx context.Context) error {
	h, err := k.launch(k.data)
	if err != nil {
		return err
	}
	_ = pause(ctx, time.Duration(k.random.Int64N(int64(startDelay))))
	h.kill()
	k.kills++
	return ctx.Err()
}

// meet makes the crew when there is none, and otherwise compares what the hub has with what was promised.
func (k *killing) meet(ctx context.Context, h *hub) (err error) {
	if k.crew == nil {
		k.crew, err = gather(ctx, h, "lobby", "garden")
		if err != nil {
			return err
		}
		k.audit = newAudit(k.crew.ledger)
	}
	k.retried += len(k.crew.unanswered())
	if err := k.crew.settle(ctx, h); err != nil {
		return err
	}
	if k.kills%auditsBetween == 0 {
		if err := newAudit(k.crew.ledger).run(ctx, h, k.crew.reader()); err != nil {
			return err
		}
	}
	return k.audit.run(ctx, h, k.crew.reader())
}

// last looks at everything from the beginning, and ends the hub as one should.
func (k *killing) last(ctx context.Context) (string, error) {
	h, err := k.start(ctx, k.data)
	if err != nil {
		return "", err
	}
	defer h.kill()
	if err := k.meet(ctx, h); err != nil {
		return "", err
	}
	whole := newAudit(k.crew.ledger)
	if err := whole.run(ctx, h, k.crew.reader()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d kills, %d entries acknowledged or seen and all there, %d of %d without an answer posted again and there once",
		k.kills, k.crew.promises(), k.retried, whole.entries()), h.leave()
}
