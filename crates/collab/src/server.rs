//! The server of a document: it puts the operations in one order, and transforms each past those that its author had not seen.

use crate::{EditError, Entry, Log, Operation, Sent};
use base::Time;

/// An operation in its place: what everybody hears, its author too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The revision it made: how many operations there are with it.
    pub revision: u64,
    /// Who sent it.
    pub author: u32,
    /// What it does to the text of the revision before.
    pub operation: Operation,
}

/// The text with its log.
#[derive(Clone, Debug)]
pub struct Server {
    log: Log,
}

/// Revisions from one snapshot to the next.
const SNAPSHOT_EVERY: u64 = 100;

impl Server {
    /// A document that begins as `text`.
    #[must_use]
    pub fn new(text: &str) -> Server {
        Server { log: Log::new(text, SNAPSHOT_EVERY) }
    }

    /// The newest text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.log.text()
    }

    /// What was done.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Forgets changes that everybody has heard of: see [`Log::forget`].
    pub fn forget(&mut self, revision: u64) {
        self.log.forget(revision);
    }

    /// Takes an operation that was sent: O(operations that its author had not heard of). Everybody must be told the result, in
    /// order.
    ///
    /// # Errors
    /// [`EditError`]: a revision that does not exist or is forgotten, or an operation that does not fit it.
    pub fn receive(&mut self, sent: Sent) -> Result<Accepted, EditError> {
        self.receive_at(sent, Time::ZERO)
    }

    /// The same, with the time for the log.
    ///
    /// # Errors
    /// As [`Server::receive`].
    pub fn receive_at(&mut self, sent: Sent, at: Time) -> Result<Accepted, EditError> {
        let Sent { author, revision, mut operation } = sent;
        for before in self.log.since(revision)? {
            // Who was here first stands left of who inserts at the same place later.
            (_, operation) = Operation::transform(&before.operation, &operation)?;
        }
        let revision = self.log.append(Entry { author, at, operation: operation.clone() })?;
        Ok(Accepted { revision, author, operation })
    }
}
