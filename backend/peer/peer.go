// Package peer holds who takes part: the peers of a hub, their sessions, their names, and what each role may do.
//
// # Guarantees
//
//  1. A peer is known by a random id, never by its name. Tag and hue follow from the id and never change, so two peers
//     named Anna stay apart.
//  2. A session's secret has 256 random bits and is given out once. The hub keeps its SHA-256 only.
//  3. BySession, Lookup, Named, All and OwnerID answer from memory, without waiting for the store or for a change.
//  4. A change is in the store before anybody sees it; what Join, Rename, RedeemOwnerLink and SignOut answered outlives
//     the process.
//  5. A hub has one owner peer, made by its first Open. An owner link opens one session of it, within OwnerLinkAge, and is
//     never stored.
//  6. What May does not name is forbidden. A change of rights counts at once, and WatchRights tells of it.
//  7. Who comes from another computer is a guest, let in by Admit with an invite link or the PIN. An invite lets in no more
//     than it may, however many come at once. The hub keeps the hash of its secret, and never stores the PIN.
//  8. Guessing the PIN becomes slow by address, and then for everybody; who is locked out stays so, and what is
//     remembered of guessers is bounded.
//  9. Whoever is removed is out before Remove returns, and a banned browser is known by its session. A script token is good
//     for its scope alone, until it expires or is revoked.
//  10. A guest who was not here for GuestAge is signed out by Expire, and not before. Who knocks is let in by the owner's word.
//  11. Every act of moderation on people is an entry of acts/hub, with who did it and why.
//
// # Caveats
//
// Names are labels and need not be unique. A peer whose last session signed out cannot come back and leaves All and Named;
// Lookup still knows it, since what it wrote stays.
package peer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// Role says what a peer is to the hub; May says what it may do.
type Role string

const (
	Owner   Role = "owner"   // at the desktop: may moderate and configure; exactly one peer
	Member  Role = "member"  // joined and kept
	Guest   Role = "guest"   // joined for a while
	Script  Role = "script"  // a local program or a script token; has no id
	Visitor Role = "visitor" // nobody yet: may only join
)

// Face is how a peer is shown everywhere.
type Face struct {
	ID     string `json:"id"`               // 12 of a-z2-7; "" for a script
	Name   string `json:"name"`             // what CheckName accepts
	Tag    string `json:"tag"`              // 4 of A-Z2-7, from the id
	Hue    int    `json:"hue"`              // 0 to 359, from the id
	Script bool   `json:"script,omitempty"` // a caller of a classic door without an identity
}

// Peer is a face with its role, as one session of it acts.
type Peer struct {
	Face
	Role      Role `json:"role"`
	Window    bool `json:"window"`              // the session is the desktop window's
	Moderator bool `json:"moderator,omitempty"` // a member whom the owner lets moderate
	Muted     bool `json:"muted,omitempty"`     // may read, not write

	scope *token // of a script token; nil for everybody else
}

// Moderates reports whether who may moderate: the owner, and members whom he lets.
func (who Peer) Moderates() bool { return who.Role == Owner || who.Role == Member && who.Moderator }

// DefaultCaller is the name of a script that gives none, or one that CheckName refuses.
const DefaultCaller = "script"

// Caller returns the face of a script or an anonymous caller of a classic door, which has a name and no id.
func Caller(name string) Face {
	checked, err := CheckName(name)
	if err != nil {
		checked = DefaultCaller
	}
	return Face{Name: checked, Script: true}
}

var ids = base32.StdEncoding.WithPadding(base32.NoPadding)

// newID returns a random peer id of 60 bits.
func newID() string { return strings.ToLower(rand.Text()[:12]) }

// newFace derives tag and hue from the id.
func newFace(id, name string) Face {
	sum := sha256.Sum256([]byte(id))
	return Face{ID: id, Name: name, Tag: ids.EncodeToString(sum[:3])[:4], Hue: int(binary.BigEndian.Uint16(sum[4:])) % 360}
}
