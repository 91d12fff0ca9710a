// Package backend builds a hub of its parts, runs it and closes it: the store, the domains, the server and the files of
// the data folder.
//
// Guarantees:
//
//  1. One hub per data folder: a second Open returns ErrRunning and touches nothing.
//  2. When Open has returned, the address accepts connections; when Run has returned, every goroutine of the hub has
//     ended and every acknowledged entry is on disk.
//  3. The data folder holds everything and is private to the user (0700, files 0600).
//  4. A running hub backs itself up into the folder backups once a day and keeps seven; none is removed before a newer one
//     was read to its end. A backup that fails is told and tried again, and never ends the hub.
//  5. When the store's file is damaged, Open moves it aside and restores the newest whole backup, as another history, and
//     says so wherever people look. Without one it fails and changes nothing: no history is ever lost in silence.
//  6. When the store stops writing, the person at this computer is told although nothing can be stored.
//  7. The hub stands on loopback until it is shared; then other devices reach it too, at the same port, and its own computer
//     still finds it on loopback. When sharing ends, so does what they have open.
//
// hub.json in the data folder says where the running hub answers; it is removed when the hub closes and may be left
// behind by a crash, so readers try the address before they believe it. admin.token, new at each start, lets programs
// of the same user act as the owner.
package backend
