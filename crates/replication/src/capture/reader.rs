//! A reader with a bookmark that survives its crashes.

use crate::journal::{Forgotten, Journal, RowChange};

/// When the bookmark is moved on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Commit {
    /// When the changes have been delivered. Repeats after a crash.
    #[default]
    AfterDelivery,
    /// As soon as they have been read. Loses after a crash.
    BeforeDelivery,
}

/// Follows a log. O(changes) a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    commit: Commit,
    /// Durable: everything up to here was delivered.
    bookmark: u64,
    /// Forgotten in a crash: everything up to here was read.
    read: u64,
}

impl Reader {
    /// A reader that begins after `position`; 0 for the beginning.
    #[must_use]
    pub fn new(position: u64, commit: Commit) -> Reader {
        Reader { commit, bookmark: position, read: position }
    }

    /// The next changes, at most `changes_max`; none if it has read all.
    ///
    /// # Errors
    /// [`Forgotten`] if the log does not hold them any more: the reader must begin with a copy of the table.
    pub fn poll(&mut self, journal: &Journal, changes_max: u64) -> Result<Vec<RowChange>, Forgotten> {
        let most = usize::try_from(changes_max).unwrap_or(usize::MAX);
        let changes: Vec<RowChange> = journal.after(self.read)?.take(most).copied().collect();
        self.read = changes.last().map_or(self.read, |change| change.position);
        if self.commit == Commit::BeforeDelivery {
            self.bookmark = self.read;
        }
        Ok(changes)
    }

    /// Everything that was polled is delivered: moves the bookmark.
    pub fn delivered(&mut self) {
        self.bookmark = self.read;
    }

    /// The process dies and begins again at the bookmark.
    pub fn crash(&mut self) {
        self.read = self.bookmark;
    }

    /// Everything up to here was delivered, as far as it remembers after a crash. The log may be forgotten up to here.
    #[must_use]
    pub fn bookmark(&self) -> u64 {
        self.bookmark
    }

    /// How many changes it has not read.
    #[must_use]
    pub fn lag(&self, journal: &Journal) -> u64 {
        journal.position().saturating_sub(self.read)
    }
}
