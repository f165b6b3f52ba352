//! The operation log of a document: every change in its order, from which any moment can be built again.
//!
//! The rule: an entry's name is its revision, the number of operations before it. Not its time: two operations of one tick would be
//! one entry, and a clock that steps back would shuffle the text. Every `snapshot_every` revisions the text is kept whole, so that
//! an old moment costs at most that many operations to build. O(1) to append, besides the snapshot.

use crate::{EditError, Operation};
use base::Time;
use std::collections::VecDeque;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who made it.
    pub author: u32,
    /// When the server took it; for people, not for the order.
    pub at: Time,
    /// What it did to the text of its revision.
    pub operation: Operation,
}

/// All changes of a document.
#[derive(Clone, Debug)]
pub struct Log {
    /// Those from `oldest` on.
    entries: VecDeque<Entry>,
    /// The revision of the oldest entry: a multiple of `snapshot_every`.
    oldest: u64,
    /// The text at the revisions `oldest`, `snapshot_every` later, twice that, …
    snapshots: VecDeque<String>,
    snapshot_every: u64,
    text: String,
}

impl Log {
    /// The log of a document that begins as `text`, with a snapshot every so many revisions, at least 1.
    #[must_use]
    pub fn new(text: &str, snapshot_every: u64) -> Log {
        let snapshots = VecDeque::from([text.to_owned()]);
        let (entries, snapshot_every) = (VecDeque::new(), snapshot_every.max(1));
        Log { entries, oldest: 0, snapshots, snapshot_every, text: text.to_owned() }
    }

    /// Appends a change of the newest text. Returns the new revision.
    ///
    /// # Errors
    /// [`EditError::Length`] if it does not fit the text.
    pub fn append(&mut self, entry: Entry) -> Result<u64, EditError> {
        self.text = entry.operation.apply(&self.text)?;
        self.entries.push_back(entry);
        if self.revision().is_multiple_of(self.snapshot_every) {
            self.snapshots.push_back(self.text.clone());
        }
        Ok(self.revision())
    }

    /// Forgets the changes before the last snapshot at or before `revision`. Whoever has seen less has to begin with a whole text.
    pub fn forget(&mut self, revision: u64) {
        while self.oldest.saturating_add(self.snapshot_every) <= revision.min(self.revision()) {
            self.entries.drain(..self.snapshot_every as usize);
            self.snapshots.pop_front();
            self.oldest += self.snapshot_every;
        }
    }

    /// The oldest revision that can be built again.
    #[must_use]
    pub fn oldest(&self) -> u64 {
        self.oldest
    }

    /// How many changes there are.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.oldest + self.entries.len() as u64
    }

    /// The newest text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The changes from `revision` on, in order.
    ///
    /// # Errors
    /// [`EditError::Revision`] if there is no such revision yet, [`EditError::Forgotten`] if it is too old.
    pub fn since(&self, revision: u64) -> Result<impl ExactSizeIterator<Item = &Entry>, EditError> {
        let (newest, oldest) = (self.revision(), self.oldest);
        if revision > newest {
            return Err(EditError::Revision { revision, newest });
        }
        let from = revision.checked_sub(oldest).ok_or(EditError::Forgotten { revision, oldest })?;
        Ok(self.entries.range(from as usize..))
    }

    /// The text as it was after `revision` changes, and how many operations it took to build it from the snapshot before.
    ///
    /// # Errors
    /// As [`Log::since`].
    pub fn text_at(&self, revision: u64) -> Result<(String, u64), EditError> {
        self.since(revision).map(drop)?;
        let kept = revision - self.oldest;
        let snapshot = kept / self.snapshot_every;
        let from = snapshot * self.snapshot_every;
        let mut text = self.snapshots[snapshot as usize].clone();
        for entry in self.entries.range(from as usize..kept as usize) {
            text = entry.operation.apply(&text)?;
        }
        Ok((text, kept - from))
    }
}
