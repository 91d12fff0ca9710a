package lan

// Finding is one answer to why nobody from another device comes in, or that this cause is ruled out.
type Finding struct {
	Code    string         `json:"code"`    // such as firewall_ufw; the page has a sentence of its own for each
	Level   string         `json:"level"`   // ok, note or warn
	Text    string         `json:"text"`    // one English sentence
	Command string         `json:"command"` // what to run to mend it; "" = there is none
	Args    map[string]any `json:"args"`    // what the page's sentence names
}
