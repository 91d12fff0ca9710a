package lan

import (
	"context"
	"fmt"
	"strings"
)

// windowsFirewall tells of the kind of network that this computer is in and of the firewall's rules for this program. Both
// commands are for a PowerShell of an administrator.
func (m machine) windowsFirewall(ctx context.Context, s Situation) []Finding {
	var found []Finding
	kind := "Private"
	if category := m.networkCategory(ctx, s); category == "Public" {
		kind = category
		name := s.best().Interface
		found = append(found, Finding{
			Code: "network_public", Level: LevelWarn, Args: map[string]any{"interface": name},
			Text:    fmt.Sprintf("Windows takes the network of %s for a public one and lets nobody in; if you trust it, run this in a PowerShell of an administrator.", name),
			Command: fmt.Sprintf("Set-NetConnectionProfile -InterfaceAlias %s -NetworkCategory Private", powershellQuote(name)),
		})
	} else if category == "DomainAuthenticated" {
		kind = "Domain"
	}
	out, err := m.run(ctx, "reg", "query", `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy`, "/s")
	if err != nil {
		return found
	}
	return append(found, m.windowsRules(string(out), kind, s.Port))
}

// networkCategory returns Public, Private or DomainAuthenticated for the best address' interface, "" when it is not known.
func (m machine) networkCategory(ctx context.Context, s Situation) string {
	out, err := m.run(ctx, "powershell.exe", "-NoProfile", "-NonInteractive", "-Command",
		`[Console]::OutputEncoding = [Text.Encoding]::UTF8; Get-NetConnectionProfile | ForEach-Object { "$($_.NetworkCategory) $($_.InterfaceAlias)" }`)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(out)) {
		if category, alias, _ := strings.Cut(strings.TrimSpace(line), " "); alias == s.best().Interface {
			return category
		}
	}
	return ""
}

// powershellQuote makes one word of s, in which nothing is expanded.
func powershellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// windowsRules tells what the firewall does with newcomers to this program in that kind of network. policy is what reg prints of
// it. A rule that blocks wins over all that allow: Windows makes one when somebody answers its question with Cancel.
func (m machine) windowsRules(policy, kind string, port int) Finding {
	v := keeps
	profile := map[string]string{"Private": "StandardProfile", "Public": "PublicProfile", "Domain": "DomainProfile"}[kind]
	key, blocked := "", false
	for line := range strings.Lines(policy) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "HKEY_") {
			key = line[strings.LastIndex(line, `\`)+1:]
			continue
		}
		name, value, ok := regValue(line)
		switch {
		case !ok:
		case key == profile && name == "EnableFirewall" && value == "0x0":
			v = lets
		case key == "FirewallRules":
			switch m.windowsRule(value, kind, port) {
			case "Allow":
				v = lets
			case "Block":
				blocked = true
			}
		}
	}
	allow := fmt.Sprintf("New-NetFirewallRule -DisplayName Hearth -Direction Inbound -Action Allow -Protocol TCP -LocalPort %d", port)
	if !blocked {
		return firewall("firewall_windows", "Windows' firewall", v, port, allow)
	}
	f := firewall("firewall_windows_blocks", "Windows' firewall", keeps, port, fmt.Sprintf(
		"Get-NetFirewallApplicationFilter -Program %s | Get-NetFirewallRule | Remove-NetFirewallRule; %s", powershellQuote(m.exe), allow))
	f.Text = fmt.Sprintf("Windows' firewall has a rule that keeps others from %s; run this in a PowerShell of an administrator.", m.exe)
	return f
}

// regValue splits a line such as `EnableFirewall    REG_DWORD    0x1`.
func regValue(line string) (name, value string, ok bool) {
	for _, kind := range []string{"    REG_SZ    ", "    REG_DWORD    "} {
		if name, value, ok := strings.Cut(line, kind); ok {
			return name, value, true
		}
	}
	return "", "", false
}

// windowsRule returns Allow or Block if a rule speaks of newcomers to this program or to its port, else "". A rule is written as
//
//	v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Private|LPort=7420|App=C:\hearth.exe|Name=Hearth|
func (m machine) windowsRule(rule, kind string, port int) string {
	has := map[string][]string{}
	for part := range strings.SplitSeq(rule, "|") {
		if name, value, ok := strings.Cut(part, "="); ok {
			has[name] = append(has[name], value)
		}
	}
	is := func(name, want string) bool { return len(has[name]) == 1 && strings.EqualFold(has[name][0], want) }
	fits := func(name, want string) bool { // an absent condition fits all
		return has[name] == nil || strings.Contains("|"+strings.Join(has[name], "|")+"|", "|"+want+"|")
	}
	if !is("Active", "TRUE") || !is("Dir", "In") || !fits("Protocol", "6") || !fits("Profile", kind) {
		return ""
	}
	ours := is("App", m.exe)
	if has["App"] != nil && !ours || has["Svc"] != nil || has["AppPkgId"] != nil {
		return ""
	}
	ports := append(has["LPort"], has["LPort2_10"]...)
	if named := hasPort(strings.Join(ports, ","), "-", port); !named && (ports != nil || !ours) {
		return ""
	}
	if is("Action", "Allow") {
		return "Allow"
	}
	return "Block"
}
