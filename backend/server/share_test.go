package server_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"hearth/backend/lan"
	"hearth/backend/peer"
	"hearth/backend/server"
)

// shareable gives a hub a sharing on a network that is made up.
func shareable(t testing.TB) func(*server.Deps) {
	return func(d *server.Deps) {
		sharing, err := lan.Open(t.Context(), d.Topics, lan.Options{
			Peers: d.Peers, Port: 7420, Name: d.Name,
			Listen: func(context.Context, bool) error { return nil },
			Addresses: func() ([]lan.Address, error) {
				return []lan.Address{
					{Address: "192.168.1.5", Interface: "wlan0", Kind: "lan", Best: true},
					{Address: "172.17.0.1", Interface: "docker0", Kind: "container", Why: "container"},
				}, nil
			},
			Diagnose: func(context.Context, lan.Situation) []lan.Finding {
				return []lan.Finding{{Code: "firewall_ufw", Level: lan.LevelWarn, Text: "The firewall ufw keeps port 7420 closed.",
					Command: "sudo ufw allow 7420/tcp", Args: map[string]any{"port": 7420}}}
			},
			KeepAwake: func(string) (func(), string, error) { return func() {}, "test", nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		d.Sharing = sharing
		ctx, stop := context.WithCancel(context.Background())
		ran := make(chan error, 1)
		go func() { ran <- sharing.Run(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-ran; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheOwnerSharesTheHubAndChangesHow(t *testing.T) {
	h := openHub(t, shareable(t))
	off := into[lan.State](t, byOwner(t, h, "GET", "/api/share", "", 200))
	if off.On || off.Link != "" || off.PIN != "" {
		t.Fatalf("a hub that nobody shares says %+v", off)
	}
	on := into[lan.State](t, byOwner(t, h, "PATCH", "/api/share", `{"on":true}`, 200))
	if !on.On || !strings.HasPrefix(on.Link, "http://192.168.1.5:7420/#j=") || len(on.PIN) != 6 || len(on.Addresses) != 2 {
		t.Fatalf("shared, it says %+v", on)
	}
	renewed := into[lan.State](t, byOwner(t, h, "POST", "/api/share/renew", "", 200))
	if renewed.Link == on.Link || renewed.PIN == on.PIN {
		t.Errorf("after a renewal link and PIN are %s %s, as before", renewed.Link, renewed.PIN)
	}
	changed := into[lan.State](t, byOwner(t, h, "PATCH", "/api/share", `{"shares":{"computer":true},"pin":"2468","awake":false}`, 200))
	if changed.PIN != "2468" || changed.Awake.Wanted || changed.Shares != (peer.Shares{Rooms: true, Computer: true}) {
		t.Errorf("after a change it says %+v", changed)
	}
	for body, want := range map[string]int{`{"on":1}`: 400, `{"shares":true}`: 400, `{"shares":{"rooms":"yes"}}`: 400, `{"pin":"12"}`: 400, `{"awake":"x","on":false}`: 400} {
		byOwner(t, h, "PATCH", "/api/share", body, want)
	}
	if got := into[lan.State](t, byOwner(t, h, "PATCH", "/api/share", `{}`, 200)); !got.On || got.PIN != "2468" {
		t.Errorf("what was refused changed something: %+v", got)
	}
	if acts := byOwner(t, h, "GET", "/api/topics/acts/hub?last=10", "", 200); !strings.Contains(acts, `"act":"shares_changed"`) {
		t.Errorf("the acts are %s, want shares_changed among them", acts)
	}
	if got := into[lan.State](t, byOwner(t, h, "PATCH", "/api/share", `{"on":false}`, 200)); got.On || got.Link != "" {
		t.Errorf("turned off, it says %+v", got)
	}
}

func TestTheOwnerFollowsHowTheHubIsShared(t *testing.T) {
	h := openHub(t, shareable(t), behindProxy)
	byOwner(t, h, "PATCH", "/api/share", `{"on":true}`, 200)
	c := hello(t, h, "Authorization", "Bearer "+adminToken)
	c.say(`{"id":1,"op":"follow","topic":"share/hub","last":1}`)
	lamp := func(part string) {
		t.Helper()
		c.skipTo(part, func(string) {})
	}
	lamp(`"state":"waiting"`)
	call(t, "GET", h.url+"/healthz", "", fromLAN(h, "192.168.1.20")...)
	lamp(`"state":"seen","address":"192.168.1.20"`)
	got := comeIn(t, h, "192.168.1.20", `{"name":"ada","pin":"`+h.peers.PIN()+`"}`)
	lamp(`"state":"joined","address":"192.168.1.20","name":"ada"`)
	comeIn(t, h, "192.168.1.21", `{"name":"bob","pin":"`+h.peers.PIN()+`"}`)
	lamp(`"name":"bob"`)
	cookie, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	hello(t, h, append(fromLAN(h, "192.168.1.20"), "Cookie", cookie)...) // she comes back
	for text := ""; !strings.Contains(text, `"name":"ada"`) || !strings.Contains(text, `"held":true`); {
		text = c.text() // both together or in either order; while she is here, the computer is kept awake
	}
}

func TestSharingIsTheOwnersAlone(t *testing.T) {
	h := openHub(t, shareable(t))
	_, cookie := joined(t, h, "ada")
	for _, c := range [][2]string{{"GET", "/api/share"}, {"PATCH", "/api/share"}, {"POST", "/api/share/renew"}, {"GET", "/api/topics/share/hub"}} {
		if got := call(t, c[0], h.url+c[1], "", "Cookie", cookie); got.status != 403 {
			t.Errorf("a member, %s %s: got %d %s", c[0], c[1], got.status, got.body)
		}
	}
	byOwner(t, openHub(t), "GET", "/api/share", "", 409)
	byOwner(t, h, "POST", "/api/share/renew", "", 409) // not shared
}

func TestInvitesAreMadeToldOnceAndTakenBack(t *testing.T) {
	h := openHub(t, shareable(t), behindProxy)
	if got := byOwner(t, h, "POST", "/api/invites", `{}`, 409); !strings.Contains(got, "sharing") {
		t.Errorf("while the hub is not shared: %s", got)
	}
	byOwner(t, h, "PATCH", "/api/share", `{"on":true}`, 200)
	own := h.peers.Invites()[0].ID // of the sharing panel
	type made struct {
		Invite peer.Invite
		URL    string
	}
	one := into[made](t, byOwner(t, h, "POST", "/api/invites", `{"uses":1,"hours":2}`, 201))
	if _, secret, ok := strings.Cut(one.URL, "http://192.168.1.5:7420/#j="); !ok || one.Invite.Uses != 1 || one.Invite.Expires.Sub(one.Invite.Created).Hours() != 2 {
		t.Fatalf("made %+v", one)
	} else if got := comeIn(t, h, "192.168.1.20", `{"name":"ada","secret":"`+secret+`"}`); got.status != 201 {
		t.Errorf("its link lets nobody in: %d %s", got.status, got.body)
	}
	standard := into[made](t, byOwner(t, h, "POST", "/api/invites", `{}`, 201))
	if standard.Invite.Uses != 20 || standard.Invite.Expires.Sub(standard.Invite.Created).Hours() != 24 {
		t.Errorf("without numbers: %+v", standard)
	}
	if got := into[made](t, byOwner(t, h, "POST", "/api/invites", `{"uses":0}`, 201)); got.Invite.Uses != 0 {
		t.Errorf("without a count: %+v", got)
	}
	for _, body := range []string{`{"uses":10001}`, `{"hours":721}`, `{"uses":-1}`, `{"hours":"2"}`} {
		byOwner(t, h, "POST", "/api/invites", body, 400)
	}
	byOwner(t, h, "DELETE", "/api/invites/"+standard.Invite.ID, "", 204)
	byOwner(t, h, "DELETE", "/api/invites/nothing", "", 404)
	list := byOwner(t, h, "GET", "/api/invites", "", 200)
	for _, i := range into[struct{ Invites []peer.Invite }](t, list).Invites {
		if ofPanel := i.ID == own; i.Sharing != ofPanel {
			t.Errorf("of the link %s, which is the panel's: %v, the list says %v", i.ID, ofPanel, i.Sharing)
		}
	}
	if !strings.Contains(list, `"state":"used_up"`) || !strings.Contains(list, `"state":"revoked"`) || strings.Contains(list, strings.Split(one.URL, "#j=")[1]) {
		t.Errorf("the list is %s", list)
	}
}

func TestShapesOfSharingAreTheGoldenOnes(t *testing.T) {
	h := openHub(t, shareable(t))
	byOwner(t, h, "PATCH", "/api/share", `{"on":true}`, 200)
	wantShape(t, "share", byOwner(t, h, "GET", "/api/share", "", 200))
	wantShape(t, "invites", byOwner(t, h, "GET", "/api/invites", "", 200))
	wantShape(t, "invite", byOwner(t, h, "POST", "/api/invites", `{"uses":20}`, 201))
	wantShape(t, "token", byOwner(t, h, "POST", "/api/tokens", `{"name":"backup","topics":["backups"],"can":["publish"]}`, 201))
	call(t, "GET", h.url+"/healthz", "", "Host", "evil.example", "User-Agent", "curl/8.5.0")
	wantShape(t, "doctor", byOwner(t, h, "GET", "/api/doctor", "", 200))
	ada, _ := guest(t, h, "ada")
	people := into[struct{ People []json.RawMessage }](t, byOwner(t, h, "GET", "/api/people", "", 200))
	for _, p := range people.People {
		if strings.Contains(string(p), ada.ID) {
			wantShape(t, "person", string(p))
		}
	}
}
