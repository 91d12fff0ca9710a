// Package lan shares a hub with the devices on the local network: by which address they reach it, the link and the PIN they
// come in with, whether somebody came, and, where nobody does, why.
//
// # Guarantees
//
//  1. Addresses come in the order in which phones are likely to reach them: the default route's subnet first; virtual, VPN
//     and container networks last, with the reason.
//
// # Caveats
//
// What an interface is for is told by its type and its name; a network card with a VPN's name counts as a VPN.
package lan
