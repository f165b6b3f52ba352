//! A first copy of a table that does not stand still, joined to the log without a gap and without a lock.
//!
//! ```text
//!   log   … a=1  [low]  b=2   a=3  [high]  …      the chunk is read somewhere between the marks: say a=1, b=2, c=7
//!                   └──── changed: a, b ───┘      only c is taken from the chunk, and handed over at the high mark
//! ```
//!
//! The rule: a row that did not change between the marks is the same at the high mark as when it was read, so it may be handed over
//! there, behind all changes up to the mark. Rows that did change come with the log. Cost: a chunk at a time in memory.
//!
//! Source: Andreakis and Papapanagiotou, 2020, §3.

use crate::journal::{Forgotten, Journal, RowChange};
use core::ops::Bound;
use std::collections::BTreeMap;

/// What a capture hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captured {
    /// A change of the log.
    Change(RowChange),
    /// A row of the first copy.
    Row {
        /// Which.
        key: u64,
        /// What it holds.
        value: u64,
    },
}

/// The algorithm, or a wrong version, to see the harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BootstrapVariant {
    /// As it should be.
    #[default]
    Faithful,
    /// The whole chunk is handed over as it was read, behind newer changes.
    NoMarks,
    /// First the copy, then the log from where it ends when the copy is complete: what changed meanwhile is missing.
    CopyThenTail,
}

/// A chunk between its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Chunk {
    rows: BTreeMap<u64, u64>,
    is_last: bool,
}

/// Copies a table in chunks and follows its log meanwhile. Call [`Bootstrap::read`] and [`Bootstrap::finish`] in turn, with writes going on
/// between them, until [`Bootstrap::is_done`]; from then on `finish` hands over the log alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    variant: BootstrapVariant,
    chunk_rows: u64,
    /// Durable: the log was handed over up to here.
    position: u64,
    /// Durable: rows up to this key were handed over.
    copied: Option<u64>,
    is_done: bool,
    /// Forgotten in a crash.
    chunk: Option<Chunk>,
}

impl Bootstrap {
    /// A copy of `journal`'s table in chunks of `chunk_rows` rows, at least 1, beginning now.
    #[must_use]
    pub fn new(journal: &Journal, chunk_rows: u64, variant: BootstrapVariant) -> Bootstrap {
        Bootstrap {
            variant,
            chunk_rows: chunk_rows.max(1),
            position: journal.position(),
            copied: None,
            is_done: false,
            chunk: None,
        }
    }

    /// Reads the next chunk. The low mark is where the log was handed over up to, which is never later.
    pub fn read(&mut self, journal: &Journal) {
        if self.is_done {
            return;
        }
        let from = self.copied.map_or(Bound::Unbounded, Bound::Excluded);
        let most = usize::try_from(self.chunk_rows).unwrap_or(usize::MAX);
        let mut rest = journal.rows().range((from, Bound::Unbounded));
        let rows: BTreeMap<u64, u64> = rest.by_ref().take(most).map(|(key, value)| (*key, *value)).collect();
        self.chunk = Some(Chunk { rows, is_last: rest.next().is_none() });
    }

    /// Sets the high mark, at the end of the log, and hands over everything up to it: the log's changes, then the chunk's rows that none of
    /// them touched.
    ///
    /// # Errors
    /// [`Forgotten`] if the log was forgotten meanwhile; the copy must begin again.
    pub fn finish(&mut self, journal: &Journal) -> Result<Vec<Captured>, Forgotten> {
        let mut changes: Vec<RowChange> = journal.after(self.position)?.copied().collect();
        if !self.is_done && self.variant == BootstrapVariant::CopyThenTail {
            changes.clear();
        }
        self.position = journal.position();
        let mut rows = BTreeMap::new();
        if let Some(chunk) = self.chunk.take() {
            self.copied = chunk.rows.last_key_value().map(|(key, _)| *key).or(self.copied);
            self.is_done = chunk.is_last;
            rows = chunk.rows;
        }
        if self.variant == BootstrapVariant::Faithful {
            for change in &changes {
                rows.remove(&change.key);
            }
        }
        let rows = rows.into_iter().map(|(key, value)| Captured::Row { key, value });
        Ok(changes.into_iter().map(Captured::Change).chain(rows).collect())
    }

    /// The process dies between [`Bootstrap::read`] and [`Bootstrap::finish`]: the chunk is read again.
    pub fn crash(&mut self) {
        self.chunk = None;
    }

    /// Whether every row has been handed over.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// The log was handed over up to here: a [`Reader`](super::Reader) goes on from it.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}
