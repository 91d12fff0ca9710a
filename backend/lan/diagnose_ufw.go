package lan

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Files of ufw. Everybody may read the first two, the rules root alone.
const (
	ufwConf     = "/etc/ufw/ufw.conf"
	ufwDefaults = "/etc/default/ufw"
	ufwRules    = "/etc/ufw/user.rules"
)

var (
	ufwOn      = regexp.MustCompile(`(?mi)^\s*ENABLED\s*=\s*"?yes`)
	ufwAccepts = regexp.MustCompile(`(?mi)^\s*DEFAULT_INPUT_POLICY\s*=\s*"?ACCEPT`)
)

// ufw reads what Ubuntu's firewall is set to.
func (m machine) ufw(s Situation) (Finding, bool) {
	conf, err := m.read(ufwConf)
	if err != nil || !ufwOn.Match(conf) {
		return Finding{}, false
	}
	return firewall("firewall_ufw", "The firewall ufw", m.ufwVerdict(s), s.Port, fmt.Sprintf("sudo ufw allow %d/tcp", s.Port)), true
}

func (m machine) ufwVerdict(s Situation) verdict {
	defaults, _ := m.read(ufwDefaults) // without them it keeps all out
	accepts := ufwAccepts.Match(defaults)
	rules, err := m.read(ufwRules)
	if err != nil && !accepts {
		return unknown
	}
	if v := ufwRule(string(rules), s); v != unknown {
		return v
	}
	if accepts {
		return lets
	}
	return keeps
}

// ufwRule returns what the first rule that speaks of the port says. ufw notes each of its rules above what it makes of it:
//
//	### tuple ### allow tcp 7420 0.0.0.0/0 any 192.168.1.0/24 in
func ufwRule(rules string, s Situation) verdict {
	addr, _ := netip.ParseAddr(s.best().Address)
	for line := range strings.Lines(rules) {
		note, ok := strings.CutPrefix(line, "### tuple ### ")
		f := strings.Fields(note) // action, protocol, port, to, port there, from, direction
		if !ok || len(f) < 7 || f[1] != "tcp" && f[1] != "any" || !hasPort(f[2], ":", s.Port) || f[4] != "any" {
			continue
		}
		if from, err := netip.ParsePrefix(f[5]); err != nil || from.Bits() > 0 && !from.Contains(addr) {
			continue // from elsewhere, or from one address alone
		}
		on, oneCard := strings.CutPrefix(f[6], "in_")
		if f[6] != "in" && (!oneCard || on != s.best().Interface) {
			continue
		}
		if f[0] == "allow" || f[0] == "limit" {
			return lets
		}
		return keeps
	}
	return unknown
}

// hasPort reports whether a list such as any, 7420 or 80,7000:8000 has the port in it; to is what ranges are written with.
func hasPort(list, to string, port int) bool {
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, to)
		low, err := strconv.Atoi(first)
		high := low
		if isRange && err == nil {
			high, err = strconv.Atoi(last)
		}
		if part == "any" || err == nil && low <= port && port <= high {
			return true
		}
	}
	return false
}
