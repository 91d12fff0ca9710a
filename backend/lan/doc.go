// Package lan shares a hub with the devices on the local network: by which address they reach it, the link and the PIN they
// come in with, whether somebody came, and, where nobody does, why.
//
// # Guarantees
//
//  1. Addresses come in the order in which phones are likely to reach them: the default route's subnet first; virtual, VPN
//     and container networks last, with the reason.
//  2. A hub is shared only after Turn, and not after a restart. The link of the sharing panel ends with sharing, with the
//     process, with Renew, or after LinkAge; then it lets nobody in.
//  3. The newest State is in the topic share/hub, in memory only: its link and its PIN are never stored.
//  4. The port moves between this computer and the network while it is served; who is connected does not notice, until
//     CutRemote.
//  5. Visited, Joined and Connected take no lock for longer than it takes to note them, and wait for nothing.
//
// # Caveats
//
// What an interface is for is told by its type and its name; a network card with a VPN's name counts as a VPN.
//
// Rules that only iptables' legacy program knows are not seen, and neither is what a router or an access point does.
package lan
