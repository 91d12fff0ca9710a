// Package lan shares a hub with the devices on the local network: by which address they reach it, the link and the PIN they
// come in with, whether somebody came, and, where nobody does, why.
//
// # Guarantees
//
//  1. Addresses come in the order in which phones are likely to reach them: the default route's subnet first; virtual, VPN
//     and container networks last, with the reason.
//  2. A diagnosis changes nothing, asks for no password and needs no more rights than the hub has. Each cause comes with the
//     command that mends it, where there is one, and is a warning only where the system itself said so.
//
// # Caveats
//
// What an interface is for is told by its type and its name; a network card with a VPN's name counts as a VPN.
//
// Rules that only iptables' legacy program knows are not seen, and neither is what a router or an access point does.
package lan
