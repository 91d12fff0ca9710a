package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// largeBytes is the most that a message may have.
const largeBytes = 16 << 10

// idlers follow rooms and, while they are held, read nothing.
type idlers struct {
	crowd *crowd
	links []*link
	busy  sync.WaitGroup

	reading sync.RWMutex // held, shared, while one receives
}

// idle connects readers who follow rooms and ignore what they read.
func (c *crowd) idle(ctx context.Context, n int, rooms ...string) (*idlers, error) {
	d := &idlers{crowd: c}
	for range n {
		if err := d.add(ctx, rooms); err != nil {
			d.close()
			return nil, err
		}
	}
	return d, nil
}

func (d *idlers) add(ctx context.Context, rooms []string) error {
	l, err := dial(ctx, d.crowd.addr, modern, "", "")
	if err != nil {
		return err
	}
	d.links = append(d.links, l)
	l.conn.SetReadBuffer(4 << 10) // else the system takes megabytes for them
	answers := make(chan struct{}, len(rooms))
	l.receive = func(payload []byte) error {
		d.reading.RLock()
		defer d.reading.RUnlock()
		if strings.HasPrefix(string(payload[:min(len(payload), 12)]), `{"id":1,"ok"`) {
			answers <- struct{}{}
		}
		return nil
	}
	d.busy.Go(func() { l.read() }) // the hub drops those who take nothing for long: any end is fine
	for _, room := range rooms {
		if err := l.send([]byte(modern.follow(room))); err != nil {
			return err
		}
		if err := d.crowd.wait(ctx, answers); err != nil {
			return err
		}
	}
	return nil
}

func (d *idlers) close() {
	for _, l := range d.links {
		l.conn.Close()
	}
	d.busy.Wait()
}

// stuff posts n large messages to a room.
func (c *crowd) stuff(ctx context.Context, room string, n int) error {
	m := frameMessage(modern.post(room, noNumber, noNumber+strings.Repeat("y", largeBytes-len(noNumber))))
	m.posts = int(time.Now().UnixMilli() % 1e9) // another client id each time
	for range n {
		if err := c.postOne(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// measureSlow looks what those who do not read cost the others.
func measureSlow(ctx context.Context, b *bench) {
	f := figure{
		name:   fmt.Sprintf("p99 of %d readers while %d others do not read", b.pace.readers-b.idlers, b.idlers),
		target: atMost(1.1, factor),
		how: fmt.Sprintf("%s; by their p99 while the others read, just before. The others stop, and get %d messages of %d bytes, until nothing more goes to them",
			b.pace, b.stuffing, largeBytes),
	}
	for i := range max(1, b.pace.repeats/b.fewer) {
		ratio, err := b.slow(ctx, i)
		if err != nil {
			f.err = err
			b.disband(theHub)
			break
		}
		f.values = append(f.values, ratio)
	}
	b.show(f)
}

// slow returns the p99 while some do not read, by that while all do.
func (b *bench) slow(ctx context.Context, repeat int) (ratio float64, err error) {
	c, err := b.crowdOf(ctx, theHub)
	if err != nil {
		return 0, err
	}
	room, stuffed := fmt.Sprintf("slow-%d", repeat), fmt.Sprintf("stuffed-%d", repeat)
	m, err := c.openRoom(ctx, room)
	if err != nil {
		return 0, err
	}
	if _, err := c.openRoom(ctx, stuffed); err != nil {
		return 0, err
	}
	a, err := c.gather(ctx, modern, room, b.pace.readers-b.idlers)
	if err != nil {
		return 0, err
	}
	defer a.close()
	others, err := c.idle(ctx, b.idlers, room, stuffed)
	if err != nil {
		return 0, err
	}
	defer others.close()
	with, err := b.pace.listen(ctx, b, a, m)
	if err != nil {
		return 0, err
	}
	without, err := b.whileHeld(ctx, others, stuffed, func() (promptness, error) { return b.pace.listen(ctx, b, a, m) })
	return float64(without.p99) / float64(with.p99), err
}

// whileHeld lets others read nothing while do is done. The hub drops them after 10 s: do must take less.
func (b *bench) whileHeld(ctx context.Context, others *idlers, room string, do func() (promptness, error)) (promptness, error) {
	others.reading.Lock()
	defer others.reading.Unlock()
	if err := others.crowd.stuff(ctx, room, b.stuffing); err != nil {
		return promptness{}, err
	}
	return do()
}
