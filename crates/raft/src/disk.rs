//! What survives a crash: term, vote, log and snapshot (figure 2, persistent state; §7). The commit index is not among it: a leader
//! tells it again.

use crate::log::Log;
use crate::membership::Membership;
use crate::rules::Position;
use crate::snapshot::Snapshot;
use crate::words::Entry;
use machine::{Durable, Peer};
use std::sync::Arc;

/// One durable write.
#[derive(Clone, Debug)]
pub enum DiskWrite {
    /// The latest term, and whom the server voted for in it.
    Ballot {
        /// The term; never less than before.
        term: u64,
        /// The vote.
        vote: Option<Peer>,
    },
    /// The entry after the last.
    Append(Entry),
    /// Delete this index and all after it.
    Truncate(u64),
    /// Let this snapshot stand for the entries up to its own.
    Compact(Arc<Snapshot>),
    /// Let this snapshot stand for the whole log.
    Install(Arc<Snapshot>),
}

/// The durable state of a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    term: u64,
    vote: Option<Peer>,
    log: Log,
    snapshot: Arc<Snapshot>,
}

impl Image {
    /// As a server is born, with the group's first configuration.
    #[must_use]
    pub fn new(membership: Membership) -> Image {
        let snapshot = Snapshot { membership, ..Snapshot::default() };
        Image { term: 0, vote: None, log: Log::after(Position::default(), membership), snapshot: Arc::new(snapshot) }
    }

    /// The latest term it has seen.
    #[must_use]
    pub const fn term(&self) -> u64 {
        self.term
    }

    /// Whom it voted for in that term.
    #[must_use]
    pub const fn vote(&self) -> Option<Peer> {
        self.vote
    }

    /// The log behind the snapshot.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The snapshot that the log begins with; an empty one at first.
    #[must_use]
    pub const fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }
}

impl Durable for Image {
    type Write = DiskWrite;

    fn apply(&mut self, write: &DiskWrite) {
        match write {
            DiskWrite::Ballot { term, vote } => {
                assert!(*term >= self.term, "terms only rise: {term} after {}", self.term);
                (self.term, self.vote) = (*term, *vote);
            }
            DiskWrite::Append(entry) => self.log.append(*entry),
            DiskWrite::Truncate(from) => self.log.truncate(*from),
            DiskWrite::Compact(snapshot) => {
                self.log.compact(snapshot.at);
                self.snapshot = Arc::clone(snapshot);
            }
            DiskWrite::Install(snapshot) => {
                self.log = Log::after(snapshot.at, snapshot.membership);
                self.snapshot = Arc::clone(snapshot);
            }
        }
    }
}
