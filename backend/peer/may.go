package peer

import (
	"slices"
	"strings"
)

// Verb is what a peer wants to do with a topic.
type Verb string

const (
	Follow   Verb = "follow"   // read it: history and what comes
	Post     Verb = "post"     // write as itself: messages, typing
	Publish  Verb = "publish"  // write a notification
	Moderate Verb = "moderate" // change what others wrote, or who may write
)

// grants says who may do what with the topics of one prefix.
type grants map[Verb][]Role

// may is who may do what with which topics by role alone. A prefix that ends in a slash stands for the topics with exactly
// one more part. The owner's switches take from guests what shared names, and a script token's scope from scripts.
var may = map[string]grants{
	"room/":         {Follow: {Owner, Member, Guest, Script}, Post: {Owner, Member, Guest, Script}, Moderate: {Owner, moderator}},
	"list/rooms":    {Follow: {Owner, Member, Guest, Script}},
	"typing/":       {Follow: {Owner, Member, Guest}, Post: {Owner, Member, Guest}},
	"presence/hub":  {Follow: {Owner, Member, Guest}},
	"people/hub":    {Moderate: {Owner, moderator}},
	"notify/":       {Follow: {Owner, Member, Guest, Script}, Publish: {Owner, Script}},
	"list/notify":   {Follow: {Owner, Member, Guest, Script}},
	"monitor/local": {Follow: {Owner, Member, Guest, Script}},
	"acts/hub":      {Follow: {Owner, moderator}, Moderate: {Owner, moderator}},
	"share/hub":     {Follow: {Owner}},
	"alert/hub":     {Follow: {Owner}},
}

// moderator stands in grants for a member whom the owner lets moderate. It is no role of its own.
const moderator Role = "moderator"

// own lists the prefixes of topics that belong to the peer whose id follows; nobody else may see them.
var own = map[string]grants{
	"peer/":  {Follow: {Owner, Member, Guest}},
	"reads/": {Follow: {Owner, Member, Guest}},
}

// May reports whether who may do verb with the topic of that name, as who is now: a change of rights counts at once, not
// only when the session comes back. It is the one place that decides this, by the topic's name alone; whether such a topic
// exists is not its concern, nor is Peer.Muted, which whoever takes messages refuses with a sentence of its own.
func (p *Peers) May(who Peer, verb Verb, topicName string) bool {
	who = p.Now(who)
	prefix, rest := split(topicName)
	if allowed, ok := own[prefix]; ok {
		return who.ID != "" && rest == who.ID && allowed.allow(verb, who)
	}
	if !may[prefix].allow(verb, who) {
		return false
	}
	if who.scope != nil {
		return who.scope.allows(verb, prefix, rest)
	}
	return who.Role != Guest || p.Shares().cover(prefix)
}

func (g grants) allow(verb Verb, who Peer) bool {
	return slices.Contains(g[verb], who.Role) || who.Moderates() && slices.Contains(g[verb], moderator)
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
