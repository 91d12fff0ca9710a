package lan

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hearth/backend/fault"
)

// Certificate is the owner's certificate, read again when its files change: whoever renews it need not restart the hub.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	current           atomic.Pointer[tls.Certificate]

	reading sync.Mutex     // held while the files are looked at
	seen    [2]os.FileInfo // the files that were read last; guarded by reading
}

// LoadCertificate reads a certificate with its chain, and its key, both as PEM. The error is a fault that names the flag
// and the files. log may be nil.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: cmp.Or(log, slog.New(slog.DiscardHandler))}
	c.reading.Lock()
	defer c.reading.Unlock()
	c.seen = c.look()
	if err := c.readLocked(); err != nil {
		return nil, fault.Wrap(err, fault.BadRequest, "--tls: %s and %s are no certificate and its key as PEM files: %s", certFile, keyFile, err).In("tls")
	}
	return c, nil
}

// Config returns what to speak TLS with. HTTP/2 is not offered: WebSockets need HTTP/1.1.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: c.GetCertificate}
}

// GetCertificate returns the certificate as the files have it now, or the last one that could be read.
func (c *Certificate) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.refresh()
	return c.current.Load(), nil
}

// refresh looks whether the files have changed, unless somebody does already.
func (c *Certificate) refresh() {
	if c.reading.TryLock() {
		defer c.reading.Unlock()
		c.refreshLocked()
	}
}

// Covers reports whether browsers take the certificate for that address.
func (c *Certificate) Covers(a netip.Addr) bool { return c.leaf().VerifyHostname(a.String()) == nil }

// Name returns the first host name in the certificate that is no pattern, or "".
func (c *Certificate) Name() string {
	for _, name := range c.leaf().DNSNames {
		if !strings.Contains(name, "*") {
			return name
		}
	}
	return ""
}

// Names reports whether host stands in the certificate, as it is now. A pattern names nobody.
func (c *Certificate) Names(host string) bool {
	return !strings.Contains(host, "*") && slices.ContainsFunc(c.leaf().DNSNames, func(name string) bool { return strings.EqualFold(name, host) })
}

func (c *Certificate) leaf() *x509.Certificate { return c.current.Load().Leaf }

// refreshLocked reads the files if they are not the ones that were read last. Halves of a change, such as a new
// certificate with the old key, are passed over: the other half is the next change.
func (c *Certificate) refreshLocked() {
	now := c.look()
	if sameFile(now[0], c.seen[0]) && sameFile(now[1], c.seen[1]) {
		return
	}
	c.seen = now
	if err := c.readLocked(); err != nil {
		c.log.Warn("the changed certificate cannot be used; the former one stays", "file", c.certFile, "err", err)
		return
	}
	c.log.Info("the certificate was read again", "file", c.certFile, "expires", c.leaf().NotAfter)
}

func (c *Certificate) readLocked() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	if time.Now().After(pair.Leaf.NotAfter) {
		c.log.Warn("the certificate has expired: browsers will refuse it", "file", c.certFile, "expired", pair.Leaf.NotAfter)
	}
	c.current.Store(&pair)
	return nil
}

func (c *Certificate) look() (files [2]os.FileInfo) {
	for i, name := range []string{c.certFile, c.keyFile} {
		files[i], _ = os.Stat(name) // a missing file is a change too
	}
	return files
}

func sameFile(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == b
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
