package bench

import (
	"context"
	"fmt"
	"math"
	"time"
)

// measureMemory looks what connections cost a hub that collects its garbage at once.
func measureMemory(ctx context.Context, b *bench) {
	const collects = "resident memory of a hub that is started with GOGC=1, so that it stands collected at all times"
	idle := figure{
		name: fmt.Sprintf("memory of an idle connection, of %d", b.crowded), target: atMost(12, kilobytes),
		how: collects + "; programs of this computer that follow one room",
	}
	slow := figure{
		name: fmt.Sprintf("memory of a reader who takes nothing, of %d", 2*b.idlers), target: atMost(64, kilobytes),
		how: fmt.Sprintf("%s; the growth when those who read a room stop and get %d messages of %d bytes", collects, b.stuffing, largeBytes),
	}
	for range max(1, b.idles/b.fewer) {
		perIdle, perSlow, err := b.weigh(ctx)
		if err != nil {
			idle.err, slow.err = err, err
			break
		}
		idle.values, slow.values = append(idle.values, perIdle/1e3), append(slow.values, perSlow/1e3)
	}
	b.show(idle, slow)
}

// weigh returns the bytes of an idle connection, and of one who takes nothing.
func (b *bench) weigh(ctx context.Context) (perIdle, perSlow float64, err error) {
	err = b.withSober(ctx, func(c *crowd) error {
		perIdle, err = c.growth(ctx, func() (*idlers, error) { return c.idle(ctx, b.crowded, "weighed") })
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	err = b.withSober(ctx, func(c *crowd) error {
		perSlow, err = c.weighSlow(ctx, 2*b.idlers, b.stuffing)
		return err
	})
	return perIdle / float64(b.crowded), perSlow / float64(2*b.idlers), err
}

// withSober does something with a new hub that collects its garbage at once, and has a room to weigh.
func (b *bench) withSober(ctx context.Context, do func(c *crowd) error) error {
	c, err := b.newCrowd(ctx, &rival{
		name: "sober hub", posts: modern, posters: func(*bench) int { return 1 }, members: true,
		start: func(ctx context.Context, b *bench) (*process, error) {
			return startHub(ctx, b, launch{limits: lifted, env: []string{"GOGC=1"}})
		},
	})
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := c.openRoom(ctx, "weighed"); err != nil {
		return err
	}
	return do(c)
}

// growth returns by how much the memory grows with those who come, who are gone again then.
func (c *crowd) growth(ctx context.Context, come func() (*idlers, error)) (float64, error) {
	before, err := settledBytes(ctx, c.pid())
	if err != nil {
		return 0, err
	}
	d, err := come()
	if err != nil {
		return 0, err
	}
	defer d.close()
	after, err := settledBytes(ctx, c.pid())
	return after - before, err
}

// weighSlow returns by how much the memory grows when n readers stop reading. All of it is done twice, so that what the
// messages themselves take is there before.
func (c *crowd) weighSlow(ctx context.Context, n, messages int) (float64, error) {
	d, err := c.idle(ctx, n, "weighed")
	if err != nil {
		return 0, err
	}
	defer d.close()
	if err := c.stuff(ctx, "weighed", messages); err != nil {
		return 0, err
	}
	before, err := settledBytes(ctx, c.pid())
	if err != nil {
		return 0, err
	}
	d.reading.Lock()
	defer d.reading.Unlock()
	if err := c.stuff(ctx, "weighed", messages); err != nil {
		return 0, err
	}
	if err := pause(ctx, 2*time.Second); err != nil {
		return 0, err
	}
	after, err := residentBytes(c.pid())
	return after - before, err
}

// settledBytes returns the resident memory of a process when it has stopped to change.
func settledBytes(ctx context.Context, pid int) (float64, error) {
	const (
		noise = 100e3
		calm  = 4 // looks, half a second apart
		most  = 30
	)
	var last float64
	for look, same := 0, 0; look < most && same < calm; look++ {
		now, err := residentBytes(pid)
		if err != nil {
			return 0, err
		}
		if same++; math.Abs(now-last) > noise {
			last, same = now, 0
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return 0, err
		}
	}
	return residentBytes(pid)
}
