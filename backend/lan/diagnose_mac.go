package lan

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// socketfilter is the program that speaks with macOS' firewall. Everybody may ask it, root alone may change things.
const socketfilter = "/usr/libexec/ApplicationFirewall/socketfilterfw"

// macFirewall asks the firewall of macOS about this program.
func (m machine) macFirewall(ctx context.Context, s Situation) []Finding {
	says := func(flag ...string) string {
		out, _ := m.run(ctx, socketfilter, flag...) // silence says nothing of it either
		return strings.ToLower(string(out))
	}
	state := says("--getglobalstate")
	switch {
	case !strings.Contains(state, "state = "):
		return nil
	case strings.Contains(state, "state = 0"):
		return []Finding{firewall("firewall_macos", "The firewall of macOS, which is off,", lets, s.Port, "")}
	case strings.Contains(state, "state = 2"), strings.Contains(says("--getblockall"), "enabled"):
		return []Finding{{
			Code: "firewall_macos_blocks_all", Level: LevelWarn, Command: "sudo " + socketfilter + " --setblockall off",
			Text: "The firewall of macOS blocks all incoming connections.",
		}}
	}
	v := unknown
	switch app := says("--getappblocked", m.exe); {
	case strings.Contains(app, "permitted"):
		v = lets
	case strings.Contains(app, "blocked"):
		v = keeps
	}
	exe := shellQuote(m.exe)
	f := firewall("firewall_macos", "The firewall of macOS", v, s.Port, fmt.Sprintf("sudo %s --add %s --unblockapp %[2]s", socketfilter, exe))
	if v == unknown {
		f.Level, f.Text = LevelNote, "The firewall of macOS is on and has no rule for Hearth; it lets signed programs in and asks about others."
	}
	return []Finding{f}
}

// shellQuote makes one word of s, in which nothing is expanded.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// firstAsking is the version of macOS from which on programs need a permission to reach the local network.
const firstAsking = 15

// localNetwork tells of that permission. It cannot be asked for; and it is the browser that comes here from another Mac, or
// the one on this, that needs it.
func (m machine) localNetwork(ctx context.Context, s Situation) []Finding {
	out, err := m.run(ctx, "sw_vers", "-productVersion")
	if err != nil || s.Visited {
		return nil
	}
	major, _, _ := strings.Cut(strings.TrimSpace(string(out)), ".")
	if n, err := strconv.Atoi(major); err != nil || n < firstAsking {
		return nil
	}
	return []Finding{{
		Code: "local_network_macos", Level: LevelNote,
		Text:    "On a Mac a browser reaches others only if Local Network is switched on for it in the settings under Privacy & Security; Hearth may need it too.",
		Command: `open "x-apple.systempreferences:com.apple.preference.security?Privacy_LocalNetwork"`,
	}}
}
