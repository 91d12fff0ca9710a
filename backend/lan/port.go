package lan

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// helloPatience is how long a port that speaks TLS waits for a connection's first byte, which tells what it will be.
const helloPatience = 5 * time.Second

// Port is the hub's one port: a listener whose addresses can change while it is served. Connections do not end when they do.
// With a TLS configuration it takes http and https alike, and gives the latter as *tls.Conn; without one it closes what
// begins like TLS at once, without a word, so that a browser that tries https first goes on to http.
type Port struct {
	config *tls.Config   // nil = no TLS
	conns  chan net.Conn // never closed
	closed chan struct{} // closed by Close
	all    sync.WaitGroup

	moving sync.Mutex // held by Listen and Close
	at     []string   // where it listens; guarded by moving
	moves  int        // how often it moved; guarded by moving

	mu     sync.Mutex
	open   []net.Listener     // guarded by mu
	unread map[*conn]struct{} // whose first byte is awaited; guarded by mu
	remote map[*conn]struct{} // from other computers; guarded by mu
	cut    *time.Timer        // of CutRemote; guarded by mu
}

// NewPort returns a port that listens nowhere yet. It must be closed.
func NewPort(config *tls.Config) *Port {
	return &Port{config: config, conns: make(chan net.Conn), closed: make(chan struct{}),
		unread: make(map[*conn]struct{}), remote: make(map[*conn]struct{})}
}

// Listen moves the port to these addresses, such as 127.0.0.1:7420 or :7420 for all. It closes the old ones first: a
// system opens no port on all addresses while it is open on one. When one of the new ones cannot be opened, it goes back
// to the old ones and returns the system's error.
func (p *Port) Listen(addresses ...string) error {
	p.moving.Lock()
	defer p.moving.Unlock()
	select {
	case <-p.closed:
		return net.ErrClosed
	default:
	}
	p.shut()
	if err := p.openAll(addresses); err != nil {
		return errors.Join(err, p.openAll(p.at))
	}
	return nil
}

func (p *Port) openAll(addresses []string) error {
	var open []net.Listener
	var at []string
	for _, a := range addresses {
		l, err := net.Listen("tcp", a)
		if err != nil {
			for _, l := range open {
				l.Close()
			}
			return err
		}
		open, at = append(open, l), append(at, l.Addr().String())
	}
	p.at = at
	p.moves++
	move := p.moves
	p.mu.Lock()
	p.open = open
	p.mu.Unlock()
	for _, l := range open {
		p.all.Go(func() { p.take(l, move) })
	}
	return nil
}

// shut closes the listeners. What they have taken already is handed over still.
func (p *Port) shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.open {
		l.Close()
	}
	p.open = nil
}

// take hands over what l accepts, until l is closed.
func (p *Port) take(l net.Listener, move int) {
	var pause time.Duration
	for {
		tcp, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // no descriptors left, most likely: that passes
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			if !p.wait(pause) {
				return
			}
		default:
			pause = 0
			p.arrive(&conn{Conn: tcp, port: p, move: move})
		}
	}
}

func (p *Port) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.closed:
		return false
	}
}

func (p *Port) arrive(c *conn) {
	if !isLoopback(c.RemoteAddr()) {
		p.mu.Lock()
		p.remote[c] = struct{}{}
		p.mu.Unlock()
	}
	if p.config == nil {
		p.hand(c)
		return
	}
	p.all.Go(func() { p.tell(c) })
}

// tell hands a connection over as what its first byte says it is.
func (p *Port) tell(c *conn) {
	secure := false
	err := p.await(c)
	if err == nil {
		secure, err = c.peek(helloPatience)
	}
	p.mu.Lock()
	delete(p.unread, c)
	p.mu.Unlock()
	switch {
	case err != nil:
		c.Close()
	case secure:
		p.hand(tls.Server(c, p.config))
	default:
		p.hand(c)
	}
}

// await lists c among those whose reading Close ends.
func (p *Port) await(c *conn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closed:
		return net.ErrClosed
	default:
		p.unread[c] = struct{}{}
		return nil
	}
}

func (p *Port) hand(c net.Conn) {
	select {
	case p.conns <- c:
	case <-p.closed:
		c.Close()
	}
}

// Accept returns the next connection to any of the addresses. After Close it returns net.ErrClosed.
func (p *Port) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Addr returns the first address that the port listens on, nil if there is none.
func (p *Port) Addr() net.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.open) == 0 {
		return nil
	}
	return p.open[0].Addr()
}

// CutRemote closes, after a grace, the connections from other computers that came before the port moved to where it is now.
func (p *Port) CutRemote(grace time.Duration) {
	p.moving.Lock()
	defer p.moving.Unlock()
	move := p.moves
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut != nil {
		p.cut.Stop() // what it would have closed is older still
	}
	p.cut = time.AfterFunc(grace, func() {
		for _, c := range p.before(move) {
			c.Close()
		}
	})
}

// before returns the connections from other computers that came before that move.
func (p *Port) before(move int) (old []*conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.remote {
		if c.move < move {
			old = append(old, c)
		}
	}
	return old
}

// Close ends listening and waits for what the port started. Connections that were handed over live on. Closing twice is
// harmless.
func (p *Port) Close() error {
	p.moving.Lock()
	defer p.moving.Unlock()
	select {
	case <-p.closed:
		return nil
	default:
		close(p.closed)
	}
	p.shut()
	p.mu.Lock()
	for c := range p.unread {
		c.Conn.Close()
	}
	if p.cut != nil {
		p.cut.Stop()
	}
	p.mu.Unlock()
	p.all.Wait()
	return nil
}

func (p *Port) forget(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.remote, c)
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
