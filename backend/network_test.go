package backend_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hearth/backend"
	"hearth/backend/fault"
	"hearth/backend/lan"
	"hearth/backend/peer"
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

// Whoever moves a hub to another name renews the certificate, and does not restart the hub.
func TestTheHubAnswersToTheNameOfARenewedCertificate(t *testing.T) {
	cert, key := writeCertificate(t, "old.example.org")
	h, _ := runHubWith(t, backend.Config{Data: t.TempDir(), TLSCert: cert, TLSKey: key})
	wantHosts := func(when string, want map[string]int) {
		t.Helper()
		for host, status := range want {
			if got := statusAs(t, h, host); got != status {
				t.Errorf("%s: %d as %s, want %d", when, got, host, status)
			}
		}
	}
	wantHosts("at first", map[string]int{"old.example.org": 200, "OLD.example.org.": 200, "new.example.org": 403})
	newCert, newKey := writeCertificate(t, "new.example.org")
	for from, to := range map[string]string{newCert: cert, newKey: key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	wantHosts("renewed", map[string]int{"old.example.org": 403, "new.example.org": 200})
}

// statusAs returns how a fresh connection is answered over https under that name.
func statusAs(t *testing.T, h *backend.Hub, host string) int {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(t.Context(), "GET", strings.Replace(h.URL(), "http://", "https://", 1)+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// elsewhere returns the address of the hub's port that other computers use.
func elsewhere(t *testing.T, h *backend.Hub) string {
	t.Helper()
	addresses, err := lan.Addresses()
	if err != nil || len(addresses) == 0 {
		t.Skipf("needs an address besides loopback: %v", err)
	}
	_, port, err := net.SplitHostPort(strings.TrimPrefix(h.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + net.JoinHostPort(addresses[0].Address, port)
}

// refused wants nobody to answer at url.
func refused(t *testing.T, url string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err == nil {
		conn.Close()
		t.Errorf("the hub answers at %s", url)
	}
}

// echo opens a session of the owner at url that answers what is said.
func echo(t *testing.T, data, url string) *websocket.Conn {
	t.Helper()
	token, err := backend.AdminToken(data)
	if err != nil {
		t.Fatal(err)
	}
	conn, _, err := websocket.Dial(t.Context(), url+"/ws-chat", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	said(t, conn)
	return conn
}

// said wants the session to live.
func said(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"content":"hi"}`)); err != nil {
		t.Fatal(err)
	}
	if _, got, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(got), `"hi"`) {
		t.Fatalf("got %s, %v; want the echo", got, err)
	}
}

func TestSharingOpensTheHubToOtherDevicesUntilItEnds(t *testing.T) {
	data := t.TempDir()
	h, _ := runHub(t, data)
	there := elsewhere(t, h)
	window := echo(t, data, h.URL())
	refused(t, there)

	if err := h.Turn(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	call(t, "GET", there+"/healthz", "")
	if got := h.Share(); got.URL != there || got.Lamp.State != lan.LampWaiting {
		t.Errorf("got %s, lamp %+v; want %s, and that nobody else came", got.URL, got.Lamp, there)
	}
	call(t, "POST", h.URL()+"/chat/lobby", "a script of the hub's own user is known on the open port, too")
	phone := echo(t, data, there)
	said(t, window)

	if err := h.Turn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := phone.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the phone's session ended with %v, want 1001", err)
	}
	said(t, window)
	refused(t, there)
}

func TestAPortThatIsTakenElsewhereLeavesTheHubUnsharedAndSaysSo(t *testing.T) {
	h, _ := runHub(t, t.TempDir())
	there := strings.TrimPrefix(elsewhere(t, h), "http://")
	taken, err := net.Listen("tcp", there)
	if err != nil {
		t.Skipf("%s is taken: %v", there, err)
	}
	defer taken.Close()
	err = h.Turn(t.Context(), true)
	if runtime.GOOS == "linux" && !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v, want a conflict", err)
	}
	if err != nil && h.Share().On {
		t.Error("the hub says that it is shared")
	}
	call(t, "GET", h.URL()+"/healthz", "")
}

func TestAHubThatIsSharedFromTheStartKeepsItsOwnAddress(t *testing.T) {
	data := t.TempDir()
	h, err := backend.Open(t.Context(), backend.Config{Data: data, Listen: "0.0.0.0:0", LAN: true, PIN: "482913"})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if info, ok := backend.Running(data); !ok || info.URL != h.URL() || !strings.HasPrefix(h.URL(), "http://127.0.0.1:") {
		t.Errorf("hub.json says %+v, want a loopback address", info)
	}
	if got := h.Share(); !got.On || got.PIN != "482913" || got.PINMode != peer.PINFixed {
		t.Errorf("got %+v, want a shared hub with that PIN", got)
	}
}

// Who names one address shares the hub at that one alone, and the hub's own computer still finds it on loopback.
func TestAHubCanBeSharedAtOneAddress(t *testing.T) {
	addresses, err := lan.Addresses()
	if err != nil || len(addresses) == 0 {
		t.Skipf("needs an address besides loopback: %v", err)
	}
	only := addresses[0].Address
	h, _ := runHubOn(t, backend.Config{Data: t.TempDir(), Listen: net.JoinHostPort(only, "0"), LAN: true})
	call(t, "GET", h.URL()+"/healthz", "")
	got := h.Share()
	if len(got.Addresses) != 1 || got.Addresses[0].Address != only {
		t.Fatalf("got %+v, want %s alone", got.Addresses, only)
	}
	call(t, "GET", got.URL+"/healthz", "")
	if runtime.GOOS == "linux" { // where all of 127.0.0.0/8 is this computer
		refused(t, strings.Replace(h.URL(), "127.0.0.1", "127.0.0.2", 1))
	}
}

func TestFlagsOfTheNetworkAreCheckedBeforeAnythingIsOpened(t *testing.T) {
	cert, _ := writeCertificate(t, "hub.example.org")
	for flag, config := range map[string]backend.Config{
		"tls":           {TLSCert: cert},
		"trusted-proxy": {TrustedProxies: []string{"127.0.0.1", "everybody"}},
		"listen":        {Listen: "hub.example.org:80", LAN: true},
		"pin":           {PIN: "12"},
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

func TestAPINThatIsNoneIsAUsageErrorThatDoesNotRepeatIt(t *testing.T) {
	_, err := backend.Open(t.Context(), backend.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", PIN: "secret"})
	if !fault.Is(err, fault.BadRequest) || fault.From(err).Field != "pin" || !strings.Contains(err.Error(), "--pin") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want a usage error that names --pin", err)
	}
}
