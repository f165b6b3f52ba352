//! Backups: copies of a table, an archive of its log, and recovery to any moment that both cover.
//!
//! ```text
//!   position   0     100    200    300    400    500    600
//!   full       ●──────────────────────────●                      a copy of everything
//!   increment         ●──────●                                   what changed since the backup before it
//!   segments   [ 1…100 ][…200 ][…300 ][…400 ][…500 ]  (tail)     the log, archived piece by piece
//!                                                    └ not archived yet: lost with the machine
//!   recover to 350:  the increment at 200, then the log from 201 to 350
//! ```
//!
//! | | a backup copies | recovery replays | one piece missing |
//! |---|---|---|---|
//! | full | every row | the log since | an older backup and more log |
//! | increment | rows that changed since the one before | its chain, then the log since | whatever stands on it is void |
//! | segment | nothing | – | nothing behind it can be reached from before it |
//!
//! A copy of a table that is written meanwhile is *fuzzy*: row by row of different moments. It becomes right when the log is replayed from
//! where the copy **began**, and nothing before its end can be recovered from it. See [`Copying`].
//!
//! Cost: recovery is O(rows of the backup + changes replayed); so often to back up is a question of how long recovery may take.
//!
//! ```
//! use base::Time;
//! use replication::backup::{Archive, Target};
//! use replication::journal::Journal;
//!
//! let (mut journal, mut archive) = (Journal::new(), Archive::default());
//! journal.put(1, 10, Time(100));
//! archive.back_up_fully(&journal);
//! journal.put(1, 11, Time(200));
//! journal.delete(1, Time(300)); // somebody's mistake
//! archive.archive_log(&journal, Time(400))?;
//!
//! let before_the_mistake = archive.recover(Target::Time(Time(299)))?;
//! assert_eq!(before_the_mistake.rows.get(&1), Some(&11));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! When not to use it: a backup is not a replica. It answers no reads, and recovery takes as long as it takes; but a replica repeats
//! a mistake at once, and a backup does not.
//!
//! Sources: PostgreSQL 17 documentation, "Continuous Archiving and Point-in-Time Recovery" and "Incremental Backup"; Mohan et al.,
//! *ARIES*, TODS 1992, §8 (fuzzy image copies). Where processes that talk to each other are to be saved together, see the storage
//! crate's checkpoints.

mod archive;
mod copying;
mod recover;

pub use archive::{Archive, Backup, Segment};
pub use copying::Copying;
pub use recover::{RecoverError, Recovered, Target};
