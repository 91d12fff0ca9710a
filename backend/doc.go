// Package backend builds a hub of its parts, runs it and closes it: the store, the domains, the server and the files of
// the data folder.
//
// Guarantees:
//
//  1. One hub per data folder: a second Open returns ErrRunning and touches nothing.
//  2. When Open has returned, the address accepts connections; when Run has returned, every goroutine of the hub has
//     ended and every acknowledged entry is on disk.
//  3. The data folder holds everything and is private to the user (0700, files 0600).
//
// hub.json in the data folder says where the running hub answers; it is removed when the hub closes and may be left
// behind by a crash, so readers try the address before they believe it. admin.token, new at each start, lets programs
// of the same user act as the owner.
package backend
