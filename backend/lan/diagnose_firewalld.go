package lan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// firewalldName is what firewalld is called on the bus.
const firewalldName = "org.fedoraproject.FirewallD1"

// firewalld asks Fedora's firewall about the zone that the best address is in. It starts nothing and asks for no password:
// where the system does not answer everybody, the finding says that it cannot be seen.
func (m machine) firewalld(ctx context.Context, s Situation) (Finding, bool) {
	var there bool
	if err := m.call(ctx, &there, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner", "s", firewalldName); err != nil || !there {
		return Finding{}, false
	}
	zone, v := m.firewalldZone(ctx, s)
	in := ""
	if zone != "" {
		in = " --zone=" + zone
	}
	f := firewall("firewall_firewalld", "The firewall firewalld", v, s.Port,
		fmt.Sprintf("sudo firewall-cmd --permanent%s --add-port=%d/tcp && sudo firewall-cmd --reload", in, s.Port))
	f.Args["zone"] = zone
	return f, true
}

// firewalldZone returns the zone's name, "" = the default one, and what it does with newcomers.
func (m machine) firewalldZone(ctx context.Context, s Situation) (zone string, v verdict) {
	ask := func(answer any, part, method string, args ...string) error {
		return m.call(ctx, answer, append([]string{firewalldName, "/org/fedoraproject/FirewallD1", firewalldName + part, method}, args...)...)
	}
	if err := ask(&zone, ".zone", "getZoneOfInterface", "s", s.best().Interface); err != nil || zone == "" {
		if err := ask(&zone, "", "getDefaultZone"); err != nil {
			return "", unknown
		}
	}
	var settings struct {
		Target struct{ Data string }
		Ports  struct{ Data [][2]string }
	}
	if err := ask(&settings, ".zone", "getZoneSettings2", "s", zone); err != nil {
		return zone, unknown
	}
	if settings.Target.Data == "ACCEPT" {
		return zone, lets
	}
	for _, p := range settings.Ports.Data {
		if p[1] == "tcp" && hasPort(p[0], "-", s.Port) {
			return zone, lets
		}
	}
	return zone, keeps
}

// call calls a method on the system's bus and decodes what it returns into answer.
func (m machine) call(ctx context.Context, answer any, args ...string) error {
	out, err := m.run(ctx, "busctl", append([]string{"--system", "--json=short", "--auto-start=no", "--allow-interactive-authorization=no", "call"}, args...)...)
	if err != nil {
		return err
	}
	var reply struct{ Data []json.RawMessage }
	if err := json.Unmarshal(out, &reply); err != nil {
		return err
	}
	if len(reply.Data) == 0 {
		return errors.New("the answer is empty")
	}
	return json.Unmarshal(reply.Data[0], answer)
}
