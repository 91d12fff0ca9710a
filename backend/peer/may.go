package peer

import "strings"

// Verb is what a peer wants to do with a topic.
type Verb string

const (
	Follow  Verb = "follow"  // read it: history and what comes
	Post    Verb = "post"    // write as itself: messages, typing
	Publish Verb = "publish" // write a notification
)

// grants says who may do what with the topics of one prefix.
type grants map[Verb][]Role

// may is the whole of who may do what with which topics. A prefix that ends in a slash stands for the topics with exactly
// one more part. A guest's share of the monitor and of notifications waits for the owner's switches, and a member's
// publishing for topic rules: until then they have none.
var may = map[string]grants{
	"room/":         {Follow: {Owner, Member, Guest, Script}, Post: {Owner, Member, Guest, Script}},
	"list/rooms":    {Follow: {Owner, Member, Guest, Script}},
	"typing/":       {Follow: {Owner, Member, Guest}, Post: {Owner, Member, Guest}},
	"presence/hub":  {Follow: {Owner, Member, Guest}},
	"notify/":       {Follow: {Owner, Member, Script}, Publish: {Owner, Script}},
	"list/notify":   {Follow: {Owner, Member, Script}},
	"monitor/local": {Follow: {Owner, Member, Script}},
}

// own lists the prefixes of topics that belong to the peer whose id follows; nobody else may see them.
var own = map[string]grants{
	"peer/":  {Follow: {Owner, Member, Guest}},
	"reads/": {Follow: {Owner, Member, Guest}},
}

// May reports whether p may do verb with the topic of that name. It is the one place that decides this, by the topic's
// name alone; whether such a topic exists is not its concern.
func May(p Peer, verb Verb, topicName string) bool {
	prefix, rest := split(topicName)
	if allowed, ok := own[prefix]; ok {
		return p.ID != "" && rest == p.ID && allowed.allow(verb, p.Role)
	}
	return may[prefix].allow(verb, p.Role)
}

func (g grants) allow(verb Verb, role Role) bool {
	for _, r := range g[verb] {
		if r == role {
			return true
		}
	}
	return false
}

// split returns a topic's key in the tables above and what follows it.
func split(topicName string) (prefix, rest string) {
	if _, whole := may[topicName]; whole && !strings.HasSuffix(topicName, "/") {
		return topicName, ""
	}
	head, rest, found := strings.Cut(topicName, "/")
	if !found || rest == "" || strings.Contains(rest, "/") {
		return "", ""
	}
	return head + "/", rest
}
