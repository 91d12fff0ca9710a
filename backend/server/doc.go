// Package server is the hub's door to the network: HTTP and WebSocket in front of the topics and the domains.
//
// Every door is a thin adapter to the same topics. What a door shows is a view of their entries; how that goes over the
// wire (WebSocket frames, Server-Sent Events, lines of JSON) is a sink; one stream joins the two.
//
// # Guarantees
//
//  1. Every request passes the guard before routing: a foreign Host, Origin or token is refused on every path. A page from
//     elsewhere acts by a token alone, and at the doors for scripts only.
//  2. Who is calling is decided once per request or handshake, and what they may do by peer.Peers.May alone.
//  3. A reader gets the entries of a topic in order, each once; the answer to a follow comes before its entries.
//  4. A frame is never torn: control frames and data share one lock, and what is cut off by a stall is the last of it.
//  5. No reader delays a writer or another reader. One that takes nothing for StallPatience is dropped without a word
//     (none would arrive); it resumes by its position.
//  6. What cannot be understood changes nothing, and is answered with a code and a sentence that says what to do.
//  7. Who lost what it came by (a session, a token) is closed at once with 4003; who has other rights than before with 1001,
//     to come back. Nobody is near by its address alone: a proxy or another user of this computer comes in as from elsewhere.
//  8. An idle WebSocket session is one goroutine, its reader. Close waits for all that this package started.
//
// # Caveats
//
// A JSON command whose answer was lost may have been carried out: repeat it with the same client id. An error after the
// first byte of a streamed HTTP answer can only end it.
package server
