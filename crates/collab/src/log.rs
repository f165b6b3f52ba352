//! The operation log of a document: every change in its order, from which any moment can be built again.
//!
//! The rule: an entry's name is its revision, the number of operations before it. Not its time: two operations of one tick would be
//! one entry, and a clock that steps back would shuffle the text. Every `snapshot_every` revisions the text is kept whole, so that
//! an old moment costs at most that many operations to build. O(1) to append, besides the snapshot.

use crate::{EditError, Operation};
use base::Time;

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
    entries: Vec<Entry>,
    /// The text at the revisions 0, `snapshot_every`, twice that, …
    snapshots: Vec<String>,
    snapshot_every: u64,
    text: String,
}

impl Log {
    /// The log of a document that begins as `text`, with a snapshot every so many revisions, at least 1.
    #[must_use]
    pub fn new(text: &str, snapshot_every: u64) -> Log {
        let snapshots = vec![text.to_owned()];
        Log { entries: Vec::new(), snapshots, snapshot_every: snapshot_every.max(1), text: text.to_owned() }
    }

    /// Appends a change of the newest text. Returns the new revision.
    ///
    /// # Errors
    /// [`EditError::Length`] if it does not fit the text.
    pub fn append(&mut self, entry: Entry) -> Result<u64, EditError> {
        self.text = entry.operation.apply(&self.text)?;
        self.entries.push(entry);
        if self.revision().is_multiple_of(self.snapshot_every) {
            self.snapshots.push(self.text.clone());
        }
        Ok(self.revision())
    }

    /// How many changes there are.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The newest text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The changes from `revision` on, in order.
    ///
    /// # Errors
    /// [`EditError::Revision`] if there is no such revision yet.
    pub fn since(&self, revision: u64) -> Result<&[Entry], EditError> {
        let newest = self.revision();
        let from = usize::try_from(revision).ok().filter(|_| revision <= newest);
        from.map(|from| &self.entries[from..]).ok_or(EditError::Revision { revision, newest })
    }

    /// The text as it was after `revision` changes, and how many operations it took to build it from the snapshot before.
    ///
    /// # Errors
    /// [`EditError::Revision`] if there is no such revision yet.
    pub fn text_at(&self, revision: u64) -> Result<(String, u64), EditError> {
        self.since(revision)?;
        let snapshot = revision / self.snapshot_every;
        let from = snapshot * self.snapshot_every;
        let replayed = &self.entries[from as usize..revision as usize];
        let begin = Ok(self.snapshots[snapshot as usize].clone());
        let text: Result<String, EditError> = replayed.iter().fold(begin, |text, entry| entry.operation.apply(&text?));
        Ok((text?, revision - from))
    }
}
