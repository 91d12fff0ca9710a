package lan_test

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"testing"

	"hearth/backend/lan"
)

// ufwFiles are those of a ufw that is on, with these rules; no rules = only root may read them.
func ufwFiles(policy string, tuples ...string) map[string]string {
	files := map[string]string{
		"/etc/ufw/ufw.conf": "# comment\nENABLED=yes\nLOGLEVEL=low\n",
		"/etc/default/ufw":  "IPV6=yes\nDEFAULT_INPUT_POLICY=\"" + policy + "\"\n",
	}
	if tuples != nil {
		files["/etc/ufw/user.rules"] = "*filter\n:ufw-user-input - [0:0]\n### RULES ###\n\n### tuple ### " + strings.Join(tuples, "\n-A …\n### tuple ### ") + "\n"
	}
	return files
}

func TestUFWsRulesAreReadAsItReadsThem(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"off", map[string]string{"/etc/ufw/ufw.conf": "ENABLED=no\n"}, ""},
		{"its rules are root's", ufwFiles("DROP"), "warn"},
		{"it accepts by default", ufwFiles("ACCEPT"), "ok"},
		{"other ports", ufwFiles("DROP", "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in"), "warn"},
		{"the port", ufwFiles("DROP", "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in", "allow tcp 7420 0.0.0.0/0 any 0.0.0.0/0 in"), "ok"},
		{"the port, any protocol", ufwFiles("DROP", "limit any 7420 0.0.0.0/0 any 0.0.0.0/0 in"), "ok"},
		{"udp alone", ufwFiles("DROP", "allow udp 7420 0.0.0.0/0 any 0.0.0.0/0 in"), "warn"},
		{"a range", ufwFiles("DROP", "allow tcp 80,7000:8000 0.0.0.0/0 any 0.0.0.0/0 in"), "ok"},
		{"the network", ufwFiles("DROP", "allow any any 0.0.0.0/0 any 192.168.1.0/24 in"), "ok"},
		{"another network", ufwFiles("DROP", "allow any any 0.0.0.0/0 any 10.0.0.0/8 in"), "warn"},
		{"the interface", ufwFiles("DROP", "allow tcp 7420 0.0.0.0/0 any 0.0.0.0/0 in_eth0"), "ok"},
		{"another interface", ufwFiles("DROP", "allow tcp 7420 0.0.0.0/0 any 0.0.0.0/0 in_wg0"), "warn"},
		{"what goes out", ufwFiles("DROP", "allow tcp 7420 0.0.0.0/0 any 0.0.0.0/0 out"), "warn"},
		{"the first rule counts", ufwFiles("ACCEPT", "deny tcp 7420 0.0.0.0/0 any 0.0.0.0/0 in", "allow tcp 7420 0.0.0.0/0 any 0.0.0.0/0 in"), "warn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expectFirewall(t, lan.DiagnoseOn(t.Context(), "linux", c.files, nil, shared("eth0", "192.168.1.5")), "firewall_ufw", c.want, "sudo ufw allow 7420/tcp")
		})
	}
}

// expectFirewall looks for one finding. No level = there must be none.
func expectFirewall(t *testing.T, findings []lan.Finding, code, level, command string) {
	t.Helper()
	for _, f := range findings {
		switch {
		case f.Code != code:
		case f.Level != level:
			t.Errorf("got %s %q, want %q", f.Level, f.Text, level)
			return
		case level == lan.LevelWarn && f.Command != command:
			t.Errorf("got the command %q, want %q", f.Command, command)
			return
		default:
			return
		}
	}
	if level != "" {
		t.Errorf("got %+v, want %s", findings, code)
	}
}

// firewalldPrograms answer for a firewalld whose interface eth0 is in zone.
func firewalldPrograms(zone, settings string) map[string]string {
	const call = "busctl --system --json=short --auto-start=no --allow-interactive-authorization=no call "
	const firewalld = call + "org.fedoraproject.FirewallD1 /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1"
	programs := map[string]string{
		call + "org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus NameHasOwner s org.fedoraproject.FirewallD1": `{"type":"b","data":[true]}`,
		firewalld + ".zone getZoneOfInterface s eth0": fmt.Sprintf(`{"type":"s","data":[%q]}`, zone),
		firewalld + " getDefaultZone":                 `{"type":"s","data":["public"]}`,
	}
	if settings != "" {
		programs[firewalld+".zone getZoneSettings2 s "+cmp.Or(zone, "public")] = `{"type":"a{sv}","data":[` + settings + `]}`
	}
	return programs
}

func TestFirewalldIsAskedAboutTheZone(t *testing.T) {
	const closed = `{"ports":{"type":"a(ss)","data":[["22","tcp"]]},"services":{"type":"as","data":["ssh"]},"target":{"type":"s","data":"default"}}`
	for _, c := range []struct{ name, zone, settings, want, command string }{
		{"Fedora's workstation opens high ports", "FedoraWorkstation", `{"ports":{"type":"a(ss)","data":[["1025-65535","udp"],["1025-65535","tcp"]]}}`, "ok", ""},
		{"the zone trusts all", "trusted", `{"target":{"type":"s","data":"ACCEPT"}}`, "ok", ""},
		{"the zone keeps others out", "home", closed, "warn", "sudo firewall-cmd --permanent --zone=home --add-port=7420/tcp && sudo firewall-cmd --reload"},
		{"the default zone", "", closed, "warn", "sudo firewall-cmd --permanent --zone=public --add-port=7420/tcp && sudo firewall-cmd --reload"},
		{"it answers only administrators", "home", "", "warn", "sudo firewall-cmd --permanent --zone=home --add-port=7420/tcp && sudo firewall-cmd --reload"},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings := lan.DiagnoseOn(t.Context(), "linux", nil, firewalldPrograms(c.zone, c.settings), shared("eth0", "192.168.1.5"))
			expectFirewall(t, findings, "firewall_firewalld", c.want, c.command)
		})
	}
}

// ruleset is what nft prints of one table with a chain for what comes in.
func ruleset(policy string, rules ...string) map[string]string {
	items := []string{
		`{"metainfo":{"version":"1.0.6"}}`, `{"table":{"family":"inet","name":"filter","handle":1}}`,
		`{"chain":{"family":"inet","table":"filter","name":"input","handle":1,"type":"filter","hook":"input","prio":0,"policy":"` + policy + `"}}`,
		`{"chain":{"family":"inet","table":"filter","name":"neighbours","handle":2}}`,
	}
	for _, r := range rules {
		chain, expr, _ := strings.Cut(r, ": ")
		items = append(items, `{"rule":{"family":"inet","table":"filter","chain":"`+chain+`","handle":9,"expr":[`+expr+`]}}`)
	}
	return map[string]string{"nft --json list ruleset": `{"nftables":[` + strings.Join(items, ",") + `]}`}
}

func TestNftablesRulesAreFollowedLikeAPacket(t *testing.T) {
	const (
		known     = `input: {"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null}`
		loopback  = `input: {"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"lo"}},{"accept":null}`
		ssh       = `input: {"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":22}},{"accept":null}`
		hub       = `input: {"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":{"set":[22,{"range":[7000,8000]}]}}},{"counter":{"packets":0,"bytes":0}},{"accept":null}`
		jump      = `input: {"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":{"prefix":{"addr":"192.168.1.0","len":24}}}},{"jump":{"target":"neighbours"}}`
		inner     = `neighbours: {"match":{"op":"==","left":{"meta":{"key":"l4proto"}},"right":"tcp"}},{"accept":null}`
		round     = `neighbours: {"jump":{"target":"neighbours"}}`
		rest      = `input: {"reject":{"type":"icmpx","expr":"port-unreachable"}}`
		answers   = `input: {"xt":{"type":"match","name":"conntrack"}},{"counter":{"packets":0,"bytes":0}},{"accept":null}`
		multiport = `input: {"match":{"op":"==","left":{"meta":{"key":"l4proto"}},"right":"tcp"}},{"xt":{"type":"match","name":"multiport"}},{"accept":null}`
		remark    = `input: {"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":7420}},{"xt":{"type":"match","name":"comment"}},{"accept":null}`
		uncertain = `input: {"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":7420}},{"limit":{"rate":9,"per":"minute"}},{"accept":null}`
	)
	for _, c := range []struct {
		name  string
		rules map[string]string
		want  string
	}{
		{"no nft, or no right to read", nil, ""},
		{"all may come", ruleset("accept"), "ok"},
		{"only what was asked for", ruleset("drop", known, loopback, ssh), "warn"},
		{"the port in a range", ruleset("drop", known, loopback, hub), "ok"},
		{"a chain for neighbours", ruleset("drop", jump, inner), "ok"},
		{"a chain for another network", ruleset("drop", strings.Replace(jump, "192.168.1.0", "10.0.0.0", 1), inner), "warn"},
		{"a chain that leads to itself", ruleset("drop", jump, round), "warn"},
		{"the last rule refuses", ruleset("accept", known, rest), "warn"},
		{"a rule that cannot be judged", ruleset("drop", uncertain), "note"},
		{"iptables' rule for ports", ruleset("drop", answers, multiport), "note"},
		{"iptables' rule for answers", ruleset("drop", answers), "warn"},
		{"iptables' rule with a remark", ruleset("drop", remark), "ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings := lan.DiagnoseOn(t.Context(), "linux", nil, c.rules, shared("eth0", "192.168.1.5"))
			expectFirewall(t, findings, "firewall_nftables", c.want, "sudo nft insert rule inet filter input tcp dport 7420 accept")
		})
	}
}

// A firewall that manages the rules is the one to tell: rules put in beside it are gone at its next start.
func TestNftablesIsNotSpokenOfWhereUFWManagesIt(t *testing.T) {
	for _, f := range lan.DiagnoseOn(t.Context(), "linux", ufwFiles("DROP"), ruleset("drop"), shared("eth0", "192.168.1.5")) {
		if f.Code == "firewall_nftables" {
			t.Errorf("got %+v beside ufw", f)
		}
	}
}

// windowsPrograms answer for a Windows in one network.
func windowsPrograms(category string, rules ...string) map[string]string {
	policy := "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\…\\FirewallPolicy\\FirewallRules\r\n"
	for i, r := range rules {
		policy += fmt.Sprintf("    {%d}    REG_SZ    v2.30|%s|Name=x|\r\n", i, r)
	}
	for _, profile := range []string{"DomainProfile", "PublicProfile", "StandardProfile"} {
		policy += "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\…\\FirewallPolicy\\" + profile + "\r\n    EnableFirewall    REG_DWORD    0x1\r\n"
	}
	return map[string]string{
		`powershell.exe -NoProfile -NonInteractive -Command [Console]::OutputEncoding = [Text.Encoding]::UTF8; Get-NetConnectionProfile | ForEach-Object { "$($_.NetworkCategory) $($_.InterfaceAlias)" }`: "Private vEthernet (WSL)\r\n" + category + " Mick's Wi-Fi\r\n",
		`reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy /s`:                                                                                                       policy,
	}
}

func TestWindowsRulesForThisProgramAndItsPort(t *testing.T) {
	const allow = `New-NetFirewallRule -DisplayName Hearth -Direction Inbound -Action Allow -Protocol TCP -LocalPort 7420`
	const in = `Active=TRUE|Dir=In|Protocol=6|`
	for _, c := range []struct {
		name, category string
		rules          []string
		code, want     string
	}{
		{"none", "Private", nil, "firewall_windows", "warn"},
		{"for the program", "Private", []string{`Action=Allow|` + in + `Profile=Private|App=c:\hearth\HEARTH.exe`}, "firewall_windows", "ok"},
		{"for the port", "Private", []string{`Action=Allow|` + in + `LPort=7420`}, "firewall_windows", "ok"},
		{"for a range", "DomainAuthenticated", []string{`Action=Allow|` + in + `Profile=Domain|LPort2_10=7000-8000`}, "firewall_windows", "ok"},
		{"for another port", "Private", []string{`Action=Allow|` + in + `LPort=80`}, "firewall_windows", "warn"},
		{"for another program", "Private", []string{`Action=Allow|` + in + `App=C:\other.exe`}, "firewall_windows", "warn"},
		{"for a service", "Private", []string{`Action=Allow|` + in + `LPort=7420|Svc=iphlpsvc`}, "firewall_windows", "warn"},
		{"for another kind of network", "Private", []string{`Action=Allow|` + in + `Profile=Domain|LPort=7420`}, "firewall_windows", "warn"},
		{"switched off", "Private", []string{`Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=7420`}, "firewall_windows", "warn"},
		{"udp alone", "Private", []string{`Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=7420`}, "firewall_windows", "warn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings := lan.DiagnoseOn(t.Context(), "windows", nil, windowsPrograms(c.category, c.rules...), shared("Mick's Wi-Fi", "192.168.1.5"))
			expectFirewall(t, findings, c.code, c.want, allow)
		})
	}

	t.Run("a rule that blocks wins", func(t *testing.T) {
		programs := windowsPrograms("Private", `Action=Allow|`+in+`LPort=7420`, `Action=Block|`+in+`App=C:\Hearth\hearth.exe`)
		findings := lan.DiagnoseOn(t.Context(), "windows", nil, programs, shared("Mick's Wi-Fi", "192.168.1.5"))
		expectFirewall(t, findings, "firewall_windows_blocks", "warn",
			`Get-NetFirewallApplicationFilter -Program 'C:\Hearth\hearth.exe' | Get-NetFirewallRule | Remove-NetFirewallRule; `+allow)
	})

	t.Run("a public network comes first", func(t *testing.T) {
		findings := lan.DiagnoseOn(t.Context(), "windows", nil, windowsPrograms("Public"), shared("Mick's Wi-Fi", "192.168.1.5"))
		checkFindings(t, findings, []string{"warn network_public", "warn firewall_windows", "note client_isolation"}, `-InterfaceAlias 'Mick''s Wi-Fi' -NetworkCategory Private`)
	})

	t.Run("the firewall is off", func(t *testing.T) {
		programs := maps.Clone(windowsPrograms("Private"))
		for line, out := range programs {
			programs[line] = strings.ReplaceAll(out, "0x1", "0x0")
		}
		findings := lan.DiagnoseOn(t.Context(), "windows", nil, programs, shared("Mick's Wi-Fi", "192.168.1.5"))
		expectFirewall(t, findings, "firewall_windows", "ok", "")
	})
}
