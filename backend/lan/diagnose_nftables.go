package lan

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
)

// nftables walks through the rules that the kernel has for what comes in. Root alone may read them; for others there is no
// finding. With iptables as distributions have it today the rules are nftables' too.
func (m machine) nftables(ctx context.Context, s Situation) (Finding, bool) {
	out, err := m.run(ctx, "nft", "--json", "list", "ruleset")
	if err != nil {
		return Finding{}, false
	}
	var listing struct {
		Nftables []struct {
			Chain *nftChain
			Rule  *nftRule
		}
	}
	if err := json.Unmarshal(out, &listing); err != nil {
		return Finding{}, false
	}
	w := &nftWalk{chains: map[string][]nftRule{}, situation: s}
	var bases []nftChain
	for _, item := range listing.Nftables {
		switch {
		case item.Rule != nil:
			key := item.Rule.key(item.Rule.Chain)
			w.chains[key] = append(w.chains[key], *item.Rule)
		case item.Chain != nil && item.Chain.Hook == "input" && slices.Contains([]string{"inet", "ip"}, item.Chain.Family):
			bases = append(bases, *item.Chain)
		}
	}
	for _, base := range bases {
		if w.base(base) != keeps {
			continue
		}
		f := firewall("firewall_nftables", "The firewall nftables", keeps, s.Port,
			fmt.Sprintf("sudo nft insert rule %s %s %s tcp dport %d accept", base.Family, base.Table, base.Name, s.Port))
		if w.doubt {
			f.Level, f.Text = LevelNote, fmt.Sprintf("The firewall nftables may keep others from port %d: some of its rules cannot be judged from here.", s.Port)
		}
		return f, true
	}
	return firewall("firewall_nftables", "The firewall nftables", lets, s.Port, ""), bases != nil
}

type nftChain struct {
	Family, Table, Name, Hook, Policy string
}

type nftRule struct {
	Family, Table, Chain string
	Expr                 []nftExpr
}

func (r nftRule) key(chain string) string { return r.Family + " " + r.Table + " " + chain }

// nftExpr is one part of a rule: a match, a verdict or something else, by its name.
type nftExpr map[string]json.RawMessage

// nftWalk follows the first packet of a neighbour to the port.
type nftWalk struct {
	chains    map[string][]nftRule // by family, table and name
	situation Situation
	doubt     bool // a rule was passed by that is not understood
}

// base returns what a chain does with the packet in the end.
func (w *nftWalk) base(c nftChain) verdict {
	v := w.chain(nftRule{Family: c.Family, Table: c.Table}.key(c.Name), nil)
	if v == unknown && c.Policy == "drop" {
		return keeps
	}
	return v
}

// chain returns unknown when the packet leaves the chain at its end. above are the chains that led here.
func (w *nftWalk) chain(key string, above []string) verdict {
	if slices.Contains(above, key) {
		return unknown // the kernel refuses loops; so does this
	}
	for _, r := range w.chains[key] {
		v, returns := w.rule(r, append(slices.Clip(above), key))
		if v != unknown || returns {
			return v
		}
	}
	return unknown
}

// rule returns what a rule decides, or that it returns to the chain above. A rule of which a part is not understood decides
// nothing, but leaves a doubt.
func (w *nftWalk) rule(r nftRule, above []string) (v verdict, returns bool) {
	for _, e := range r.Expr {
		for name, value := range e {
			switch name {
			case "match":
				if !w.matches(value) {
					return unknown, false
				}
			case "accept":
				return lets, false
			case "drop", "reject":
				return keeps, false
			case "return":
				return unknown, true
			case "jump", "goto":
				var to struct{ Target string }
				_ = json.Unmarshal(value, &to) // then there is no such chain
				return w.chain(r.key(to.Target), above), name == "goto"
			case "counter", "log", "comment":
			case "xt":
				if known, fits := extension(value); !fits {
					w.doubt = w.doubt || !known
					return unknown, false
				}
			default:
				w.doubt = true
				return unknown, false
			}
		}
	}
	return unknown, false
}

// extension judges a part of a rule that came from iptables, of which there is nothing but a name. Those that look at the
// connection are nearly always about what is answered; a newcomer does not fit.
func extension(value json.RawMessage) (known, fits bool) {
	var x struct{ Name string }
	_ = json.Unmarshal(value, &x) // then it is not known
	switch x.Name {
	case "comment":
		return true, true
	case "conntrack", "state":
		return true, false
	}
	return false, false
}

// matches reports whether a neighbour's first packet certainly fits.
func (w *nftWalk) matches(value json.RawMessage) bool {
	var m struct {
		Op    string
		Left  struct{ Payload, Meta, CT map[string]string }
		Right json.RawMessage
	}
	if err := json.Unmarshal(value, &m); err != nil || m.Op != "==" && m.Op != "in" {
		return false
	}
	best := w.situation.best()
	switch l := m.Left; {
	case l.Payload["field"] == "dport" && l.Payload["protocol"] != "udp":
		return nftHas(m.Right, func(r nftRange) bool { return r.number(w.situation.Port) })
	case l.Meta["key"] == "l4proto", l.Payload["field"] == "protocol", l.Payload["field"] == "nexthdr":
		return nftHas(m.Right, func(r nftRange) bool { return r.word("tcp") })
	case l.Meta["key"] == "iifname", l.Meta["key"] == "iif":
		return nftHas(m.Right, func(r nftRange) bool { return r.word(best.Interface) })
	case l.CT["key"] == "state":
		return nftHas(m.Right, func(r nftRange) bool { return r.word("new") })
	case l.Payload["field"] == "saddr":
		return nftHas(m.Right, func(r nftRange) bool { return r.network(best.Address) })
	}
	return false
}

// nftRange is one value of the right side of a match: a word, a number, a range of numbers or a network.
type nftRange struct {
	Word   string
	Number float64
	Range  [2]float64
	Prefix struct {
		Addr string
		Len  int
	}
}

func (r *nftRange) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, &r.Word)
	case '{':
		type plain nftRange // without this method
		return json.Unmarshal(b, (*plain)(r))
	}
	return json.Unmarshal(b, &r.Number)
}

func (r nftRange) word(w string) bool { return r.Word != "" && r.Word == w }

func (r nftRange) number(n int) bool {
	return r.Number == float64(n) || r.Range[0] <= float64(n) && float64(n) <= r.Range[1]
}

func (r nftRange) network(address string) bool {
	addr, err := netip.ParseAddr(address)
	within, bad := netip.ParseAddr(r.Prefix.Addr)
	return err == nil && bad == nil && netip.PrefixFrom(within, r.Prefix.Len).Contains(addr)
}

// nftHas reports whether one of the values fits. A named set, which is not in the listing's rule, fits nothing.
func nftHas(right json.RawMessage, fits func(nftRange) bool) bool {
	var set struct{ Set []nftRange }
	if json.Unmarshal(right, &set) == nil && set.Set != nil {
		return slices.ContainsFunc(set.Set, fits)
	}
	var list []nftRange
	if json.Unmarshal(right, &list) == nil {
		return slices.ContainsFunc(list, fits)
	}
	var one nftRange
	return json.Unmarshal(right, &one) == nil && fits(one)
}
