package backend_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hearth/backend"
	"hearth/backend/fault"
)

// writeCertificate makes a certificate for a name, and its key.
func writeCertificate(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{name}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestTheOwnersCertificateAddsHTTPSToTheSamePort(t *testing.T) {
	cert, key := writeCertificate(t, "hub.example.org")
	h, _ := runHubWith(t, backend.Config{Data: t.TempDir(), TLSCert: cert, TLSKey: key})
	call(t, "GET", h.URL()+"/healthz", "")

	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	web := &http.Client{Transport: transport}
	secure := strings.Replace(h.URL(), "http://", "https://", 1)
	req, err := http.NewRequestWithContext(t.Context(), "GET", secure+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "hub.example.org" // the certificate's name is the hub's own
	res, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.TLS == nil {
		t.Errorf("got %s over https", res.Status)
	}

	conn, _, err := websocket.Dial(t.Context(), secure+"/ws-chat", &websocket.DialOptions{HTTPClient: web})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"content":"hi"}`)); err != nil {
		t.Fatal(err)
	}
	if _, got, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(got), `"hi"`) {
		t.Errorf("got %s, %v; want the echo", got, err)
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestFlagsOfTheNetworkAreCheckedBeforeAnythingIsOpened(t *testing.T) {
	cert, _ := writeCertificate(t, "hub.example.org")
	for flag, config := range map[string]backend.Config{
		"tls":           {TLSCert: cert},
		"trusted-proxy": {TrustedProxies: []string{"127.0.0.1", "everybody"}},
		"listen":        {Listen: "hub.example.org:80", LAN: true},
	} {
		config.Data = t.TempDir()
		_, err := backend.Open(t.Context(), config)
		if !fault.Is(err, fault.BadRequest) || fault.From(err).Field != flag || !strings.Contains(err.Error(), "--"+flag) {
			t.Errorf("got %v, want a usage error that names --%s", err, flag)
		}
		if _, err := os.Stat(filepath.Join(config.Data, "hearth.db")); err == nil {
			t.Errorf("--%s: the store was opened", flag)
		}
	}
}
