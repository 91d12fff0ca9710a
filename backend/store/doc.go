// Package store keeps logs and tables in one bbolt file. It is the durable engine of package topic.
//
// A log is a bucket of records by seq, a table a bucket of values by key. One goroutine, the sequencer, writes: it takes
// everything that waits, numbers it, commits it in one transaction, publishes it log by log, and answers each writer. A
// lone writer pays for one transaction and no more; a hundred share it. Readers run beside it on read transactions, a
// page at a time.
//
// # Guarantees
//
//  1. Acknowledged means stored: when Append, Put or Delete return nil, the change has been flushed to the disk. Nothing
//     is published before.
//  2. Seqs of a log begin at 1 and have no holes. A failed commit burns no number, a draft that is refused neither, and
//     none is used twice, even when retention cut every record.
//  3. The time of a record is never before that of the one before it, also across restarts and when the clock was
//     changed.
//  4. A draft and its rewrites are one commit. A draft that is refused (ErrNoEntry) changes nothing, and nothing for the
//     others in its transaction.
//  5. A client id appends once within the newest topic.ClientIDWindow records, also across restarts. The ids are in the
//     records; a log reads them back when the first client id comes, so that opening stays fast.
//  6. A full disk is a clean failure: writers get fault.StorageFull, reads go on, and writes resume by themselves.
//  7. After any other disk error nobody knows what was stored, so nothing more is written until the store is opened
//     again: writers get fault.ReadOnly, reads go on. Repeating with the same client id then finds out.
//  8. A damaged record is never returned. Each carries a CRC-32C over its log, seq and content; one that does not match
//     is skipped, counted by Damaged, and logged once.
//  9. A file that is empty, cut off, foreign or from a newer version is refused and left as it was. Only a missing file
//     is a new store. After damage, a disk error, or a power cut, the next Open reads all of it and refuses it unless every
//     page is whole. A mark beside the file tells of them; the end of a process alone asks for no reading.
//  10. What retention cuts is out of sight with the append that cuts it. It is deleted from the file between commits, in
//     bounded batches, which go on until done, also when nobody writes.
//  11. Text that a rewrite replaced leaves the file. bbolt frees pages without clearing them, so after such a commit the
//     free pages are overwritten with zeros in the background, under load and when idle, before Close returns, and after
//     a crash with the next start.
//  12. A backup is the store of one moment: all that was acknowledged before it began is in it, and of each log nothing
//     behind a hole. Writers and readers go on meanwhile.
//  13. A restored store has another epoch, so that whoever comes with an older position is told. Nothing is deleted for
//     it: the file that was there is kept beside it.
//  14. What came before an entry that clears is out of sight with its commit, also after a crash. It is deleted from the file
//     in batches, and the pages it was in are wiped as in guarantee 11: under load and when idle, before Close returns, and
//     after a crash with the next start.
//  15. Restore and Compact replace the file in one step. Wherever they are cut off, what lies at the path is the old
//     store or the whole new one.
//  16. No walk goes round in circles: in a damaged tree, where the next key does not lie beyond the one before, it ends
//     with ErrDamaged, and the next Open reads the whole file as in guarantee 9.
//
// # Caveats
//
//  1. What retention cut is overwritten only when its pages are used again or with the next rewrite; up to 255 records
//     per log stay in the file although nobody can read them. Nor can the store reach below the file: a disk that moves
//     blocks about (flash), a snapshot, a journal or a backup may hold what the file has lost.
//  2. bbolt's own pages carry no checksums. Damage there mostly shows as an error, or as records that fail theirs, and
//     the store then stops writing; in rare cases the process ends, or hangs where a page leads back to itself. A disk that
//     loses what it called stored does such damage when the power goes; guarantee 9 finds that, unless the disk has lost
//     the mark too, or the store was closed just before. On Windows a clock that was set between two starts passes for a
//     power cut; so does each end but a good one where the system has no name for the time since it was started.
//  3. Retention moves with appends alone: a log that nobody appends to keeps what comes of age until then, or until it
//     is opened again.
//  4. On Windows a full disk can take the map of the file away: the store then stops as in guarantee 7, and reads fail
//     too until it is opened again.
//  5. The file shrinks by Compact alone; else room that was freed is used again. It grows by 16 MiB at once, which takes no
//     room on the disk until it is written, where the file system has sparse files.
//  6. While a backup is being written, freed pages are neither used again nor cleaned. Should the file outgrow its map in
//     that time, by 256 MiB since it was opened or to its double, all wait for the backup.
//  7. A restored store knows the sessions of its time again, also those that were ended since.
//  8. Table.Each reads a page at a time: a key that is put or deleted meanwhile is seen or not.
//
// # File
//
// The bucket meta holds schema (1), epoch, scrub while guarantee 11 has work to do, and clear/<name> while guarantee 14
// has: the first seq that is kept of that log. A log's bucket is log/<name>;
// its keys are seqs, 8 bytes big endian, and its bbolt sequence is the last seq ever given. A table's bucket is
// table/<name>. record.go has the layout of a record, page.go that of bbolt's pages. Beside the file may lie <file>.check
// (see guarantee 9 and mark.go), <file>.*.copy (unfinished, removed by the next Open) and <file>.aside-<time> (what was replaced).
package store
