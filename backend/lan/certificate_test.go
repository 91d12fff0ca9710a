package lan_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/lan"
	"hearth/backend/topic"
	"hearth/backend/topic/topictest"
)

// files are a certificate and its key.
type files struct{ cert, key string }

// writeCertificate makes a certificate for these names and addresses, and its key, in dir.
func writeCertificate(t *testing.T, dir string, names ...string) files {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	f := files{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	writePEM(t, f.cert, "CERTIFICATE", cert)
	writePEM(t, f.key, "PRIVATE KEY", private)
	return f
}

func writePEM(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func loadCertificate(t *testing.T, f files) *lan.Certificate {
	t.Helper()
	c, err := lan.LoadCertificate(f.cert, f.key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shown returns the names in the certificate that a client of the port gets.
func shown(t *testing.T, p *lan.Port) []string {
	t.Helper()
	conn := tls.Client(dial(t, p.Addr().String()), &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	return conn.ConnectionState().PeerCertificates[0].DNSNames
}

// A renewed certificate counts from the next connection on, without a restart; half of one counts for nothing.
func TestACertificateIsReadAgainWhenItsFilesChange(t *testing.T) {
	dir, next := t.TempDir(), t.TempDir()
	f := writeCertificate(t, dir, "old.example.org")
	var log bytes.Buffer
	cert, err := lan.LoadCertificate(f.cert, f.key, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	p := openPort(t, cert.Config())
	if got := shown(t, p); !slices.Equal(got, []string{"old.example.org"}) {
		t.Fatalf("got %q", got)
	}
	renewed := writeCertificate(t, next, "new.example.org")
	if err := os.Rename(renewed.cert, f.cert); err != nil {
		t.Fatal(err)
	}
	if got := shown(t, p); !slices.Equal(got, []string{"old.example.org"}) {
		t.Errorf("got %q of a certificate without its key", got)
	}
	if err := os.Rename(renewed.key, f.key); err != nil {
		t.Fatal(err)
	}
	if got := shown(t, p); !slices.Equal(got, []string{"new.example.org"}) {
		t.Errorf("got %q after the renewal", got)
	}
	if got := log.String(); strings.Count(got, "level=WARN") != 1 || strings.Count(got, "level=INFO") != 1 {
		t.Errorf("got log %q, want one warning of the half and one line of the renewal", got)
	}
}

// renew puts a certificate for another name in the place of an earlier one.
func renew(t *testing.T, f files, names ...string) {
	t.Helper()
	renewed := writeCertificate(t, t.TempDir(), names...)
	for from, to := range map[string]string{renewed.cert: f.cert, renewed.key: f.key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
}

// The panel goes on to show a link that browsers accept when the hub's certificate, and with it its name, is another one.
func TestThePanelFollowsACertificateWithAnotherName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := writeCertificate(t, t.TempDir(), "old.example.org")
		w := newWorld(t, topic.NewRing(), loadCertificate(t, f))
		w.run(t)
		w.turn(t, true)
		synctest.Wait()
		shown := topictest.NewReader(t, w.topics)
		if _, err := shown.Follow("share/hub", topic.Start{}); err != nil {
			t.Fatal(err)
		}
		renew(t, f, "new.example.org")
		time.Sleep(lan.AddressPoll)
		synctest.Wait()
		entries := shown.Next(t).Entries
		if got := string(entries[len(entries)-1].Data); !strings.Contains(got, `"url":"https://new.example.org:7420"`) {
			t.Errorf("the panel shows %s, want the new name", got)
		}
	})
}

func TestACertificateSaysWhomItIsFor(t *testing.T) {
	c := loadCertificate(t, writeCertificate(t, t.TempDir(), "*.example.org", "hub.example.org", "192.168.1.5"))
	if got := c.Name(); got != "hub.example.org" {
		t.Errorf("got name %q", got)
	}
	for host, want := range map[string]bool{"hub.example.org": true, "HUB.example.org": true, "other.example.org": false, "*.example.org": false, "192.168.1.5": false, "": false} {
		if c.Names(host) != want {
			t.Errorf("it names %q: %v, want %v", host, !want, want)
		}
	}
	if !c.Covers(netip.MustParseAddr("192.168.1.5")) || c.Covers(netip.MustParseAddr("192.168.1.6")) {
		t.Error("want 192.168.1.5 covered, and no other")
	}
	if got := loadCertificate(t, writeCertificate(t, t.TempDir(), "*.example.org")).Name(); got != "" {
		t.Errorf("got name %q of a pattern", got)
	}
}

func TestAnUnusableCertificateIsAUsageErrorThatNamesTheFiles(t *testing.T) {
	one, two := writeCertificate(t, t.TempDir(), "a.example.org"), writeCertificate(t, t.TempDir(), "b.example.org")
	for _, f := range []files{{one.cert, two.key}, {one.key, one.cert}, {filepath.Join(t.TempDir(), "none.pem"), one.key}} {
		_, err := lan.LoadCertificate(f.cert, f.key, nil)
		if !fault.Is(err, fault.BadRequest) || fault.From(err).Field != "tls" || !strings.Contains(err.Error(), f.cert) {
			t.Errorf("got %v, want a usage error that names %s", err, f.cert)
		}
	}
}
