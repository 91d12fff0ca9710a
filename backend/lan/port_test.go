package lan_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"hearth/backend/lan"
)

const patience = 10 * time.Second // of tests, for what comes at once

// serve answers requests to p with the scheme they came by, until the test ends.
func serve(t *testing.T, p *lan.Port) {
	t.Helper()
	web := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		fmt.Fprint(w, scheme)
	})}
	done := make(chan error, 1)
	go func() { done <- web.Serve(p) }()
	t.Cleanup(func() {
		web.Close()
		if err := <-done; err != http.ErrServerClosed {
			t.Errorf("serve: %v", err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

// openPort listens on loopback and serves.
func openPort(t *testing.T, config *tls.Config) *lan.Port {
	t.Helper()
	p := lan.NewPort(config)
	if err := p.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	serve(t, p)
	return p
}

// caller is one TCP connection that is kept.
type caller struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, address string) *caller {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &caller{conn, bufio.NewReader(conn)}
}

// ask makes a request and returns the body of the answer.
func (c *caller) ask(t *testing.T) string {
	t.Helper()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: hub\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// ended waits until the other side has closed c, and returns what it still said.
func (c *caller) ended(t *testing.T) string {
	t.Helper()
	rest, err := io.ReadAll(c.in)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		t.Fatal("the connection is still open")
	}
	return string(rest)
}

// elsewhere returns an address of this computer that is not loopback.
func elsewhere(t *testing.T) string {
	t.Helper()
	addresses, err := lan.Addresses()
	if err != nil || len(addresses) == 0 {
		t.Skipf("needs an address besides loopback: %v", err)
	}
	return addresses[0].Address
}

func portOf(t *testing.T, p *lan.Port) string {
	t.Helper()
	_, number, err := net.SplitHostPort(p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return number
}

func TestThePortMovesAndConnectionsLive(t *testing.T) {
	p, other := openPort(t, nil), elsewhere(t)
	number := portOf(t, p)
	window := dial(t, p.Addr().String())
	window.ask(t)
	if conn, err := net.DialTimeout("tcp", net.JoinHostPort(other, number), patience); err == nil {
		conn.Close()
		t.Fatalf("the hub answers at %s before it is shared", other)
	}

	if err := p.Listen(":" + number); err != nil {
		t.Fatal(err)
	}
	phone := dial(t, net.JoinHostPort(other, number))
	if phone.ask(t) != "http" || window.ask(t) != "http" || dial(t, "127.0.0.1:"+number).ask(t) != "http" {
		t.Error("somebody was not answered while the port was open to all")
	}

	if err := p.Listen("127.0.0.1:" + number); err != nil {
		t.Fatal(err)
	}
	if phone.ask(t) != "http" || window.ask(t) != "http" {
		t.Error("somebody was not answered after the port had been closed to others")
	}
	if conn, err := net.DialTimeout("tcp", net.JoinHostPort(other, number), patience); err == nil {
		conn.Close()
		t.Errorf("the hub still answers at %s", other)
	}
	p.CutRemote(0)
	phone.ended(t)
	if window.ask(t) != "http" {
		t.Error("the window was cut off together with the phone")
	}
}

// Who turns sharing off and on again does not lose those who come the second time.
func TestOnlyThoseAreCutOffWhoCameBeforeThePortMoved(t *testing.T) {
	p, other := openPort(t, nil), elsewhere(t)
	number := portOf(t, p)
	move := func(address string) {
		t.Helper()
		if err := p.Listen(net.JoinHostPort(address, number)); err != nil {
			t.Fatal(err)
		}
	}
	move("")
	early := dial(t, net.JoinHostPort(other, number))
	early.ask(t)
	move("127.0.0.1")
	move("")
	late := dial(t, net.JoinHostPort(other, number))
	late.ask(t)
	p.CutRemote(0)
	early.ended(t)
	if late.ask(t) != "http" {
		t.Error("who came last was cut off")
	}
}

func TestAPortThatCannotMoveStaysWhereItWas(t *testing.T) {
	p, other := openPort(t, nil), elsewhere(t)
	number := portOf(t, p)
	taken, err := net.Listen("tcp", net.JoinHostPort(other, number))
	if err != nil {
		t.Skipf("%s is taken: %v", number, err)
	}
	defer taken.Close()
	if err := p.Listen(net.JoinHostPort(other, number), "127.0.0.1:"+number); err == nil {
		t.Fatal("need a taken port for this test to mean anything")
	}
	if got := dial(t, "127.0.0.1:"+number).ask(t); got != "http" {
		t.Errorf("got %q from where the port was", got)
	}
}

// A browser that tries https first, as they do for names and typed addresses, must learn at once that there is none.
func TestTLSOnAPlainPortIsClosedAtOnceWithoutAWord(t *testing.T) {
	p := openPort(t, nil)
	c := dial(t, p.Addr().String())
	if _, err := c.Write([]byte{0x16}); err != nil {
		t.Fatal(err)
	}
	if said := c.ended(t); said != "" {
		t.Errorf("got %q, want nothing", said)
	}
	if err := tls.Client(dial(t, p.Addr().String()), &tls.Config{InsecureSkipVerify: true}).Handshake(); err == nil {
		t.Error("a TLS handshake succeeded without a certificate")
	}
}

func TestOnePortSpeaksBothProtocols(t *testing.T) {
	cert := loadCertificate(t, writeCertificate(t, t.TempDir(), "hub.example.org"))
	p := openPort(t, cert.Config())
	dial(t, p.Addr().String()) // who says nothing keeps nobody waiting
	if got := dial(t, p.Addr().String()).ask(t); got != "http" {
		t.Errorf("got %q, want http", got)
	}
	secure := tls.Client(dial(t, p.Addr().String()), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	if got := (&caller{secure, bufio.NewReader(secure)}).ask(t); got != "https" {
		t.Errorf("got %q, want https", got)
	}
	if got := secure.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("got protocol %q: WebSockets need http/1.1", got)
	}
}

func TestAClosedPortWaitsForNobody(t *testing.T) {
	cert := loadCertificate(t, writeCertificate(t, t.TempDir(), "hub.example.org"))
	p := lan.NewPort(cert.Config())
	if err := p.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	silent, unserved := dial(t, p.Addr().String()), dial(t, p.Addr().String())
	if _, err := io.Copy(unserved, strings.NewReader("GET")); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	silent.ended(t)
	unserved.ended(t)
	if _, err := p.Accept(); err != net.ErrClosed {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
	if err := p.Listen("127.0.0.1:0"); err != net.ErrClosed {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}
