package lan

import (
	"context"
	"fmt"
)

// linuxFirewalls looks for the firewalls of Linux. Those that manage nftables' rules come first: only where there is none are
// the rules themselves the ones to change.
func (m machine) linuxFirewalls(ctx context.Context, s Situation) []Finding {
	var found []Finding
	if f, ok := m.ufw(s); ok {
		found = append(found, f)
	}
	if f, ok := m.firewalld(ctx, s); ok {
		found = append(found, f)
	}
	if found == nil {
		if f, ok := m.nftables(ctx, s); ok {
			found = append(found, f)
		}
	}
	return found
}

// verdict is what a firewall does with a newcomer, as far as can be seen.
type verdict int

const (
	unknown verdict = iota // its rules may not be read
	lets
	keeps
)

// firewall tells what one does with who comes to the port. name is for people.
func firewall(code, name string, v verdict, port int, command string) Finding {
	f := Finding{Code: code, Level: LevelWarn, Command: command, Args: map[string]any{"port": port}}
	switch v {
	case lets:
		f.Level, f.Command = LevelOK, ""
		f.Text = fmt.Sprintf("%s lets others come to port %d.", name, port)
	case keeps:
		f.Text = fmt.Sprintf("%s keeps others from port %d.", name, port)
	default:
		f.Text = fmt.Sprintf("%s is on, and only an administrator can see whether it lets others come to port %d.", name, port)
	}
	return f
}
