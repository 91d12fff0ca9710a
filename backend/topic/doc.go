// Package topic holds the core of the hub: a topic is a log, a subscriber is a cursor over it.
//
// A Topic is a named log of numbered entries. Writers append drafts to it; readers follow it with a Subscription, which
// holds one cursor per topic and one bell. There is no queue per reader and no second path for "live" and "history": a
// reader that is up to date reads the tail, the newest entries kept in memory, encoded once and shared by all; a reader
// that is behind reads the engine, and comes to the tail by itself.
//
// # Guarantees
//
//  1. Entries of a topic arrive in order of seq, each once per cursor. No order is promised between topics.
//  2. Seen means stored: an entry of a durable topic is published only after its commit. A failed commit burns no number.
//  3. A page of history carries the position to follow from: loading and following neither miss nor double.
//  4. A resumed position misses nothing without being told: what retention has cut shows as Batch.Missed, another
//     history as Batch.Reset.
//  5. No reader delays another, and none delays a writer. A slow durable reader falls behind and reads the store; a slow
//     reader of a memory ring is told of its gap.
//  6. Appending the same client id twice (within the newest ClientIDWindow entries of the topic) appends once and
//     returns the first entry.
//  7. Of what came before an entry that clears, nothing can be read once that entry is committed, whoever asks and however.
//     Who was behind is told of the gap, and numbers go on.
//
// # Positions and epochs
//
// A Position names a history by its epoch and a place in it by seq. Each engine has one epoch: the store's lives in its
// file, the ring's ends with the process. A reader that resumes with another epoch is reset: it is told so and goes on
// with the newest ResetEntries. Position{"", 0} stands for everything that is kept.
//
// # State
//
// Topics whose Retention says State hold the latest value per key (who is here, who is typing), not history: an entry
// replaces the one with the same key, and nobody is told of what was replaced.
//
// # Caveats
//
// Frames and data are shared by all readers and must not be modified. The bell of a subscription is called by writers:
// it must not block and must not call back into this package. An Append whose context ends while it waits may still be
// committed; repeat it with the same client id to find out. Client ids of entries that were cleared are forgotten.
package topic
