//! A table and the log of what was done to it, with what stood there before: what capture reads and backups archive.
//!
//! The rule: a change is in the log before it is in the table, under the next position, and no position is skipped. Positions begin
//! at 1. Times never go back: a change that a clock dates before the last one is given the last one's time.
//!
//! Apart from [`Log`](crate::Log), which holds what a follower needs: no deletions, nothing of what was there before, and versions that
//! skip from term to term. Cost: O(log n) a change; the log keeps every change until it is told to forget.

use base::Time;
use core::fmt;
use std::collections::{BTreeMap, VecDeque};

/// What a change did to its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The row was not there.
    Insert,
    /// The row was there and is.
    Update,
    /// The row was there and is no more.
    Delete,
}

/// One change of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// Its place in the log, from 1 without gaps.
    pub position: u64,
    /// When it was done.
    pub at: Time,
    /// Which row.
    pub key: u64,
    /// What the row held; `None` if there was none.
    pub before: Option<u64>,
    /// What it holds now; `None` if it is gone.
    pub after: Option<u64>,
}

impl RowChange {
    /// What it did; `None` of a change from nothing to nothing, which no journal holds.
    #[must_use]
    pub fn kind(&self) -> Option<ChangeKind> {
        match (self.before, self.after) {
            (None, Some(_)) => Some(ChangeKind::Insert),
            (Some(_), Some(_)) => Some(ChangeKind::Update),
            (Some(_), None) => Some(ChangeKind::Delete),
            (None, None) => None,
        }
    }

    /// Does it to a copy of the table. Doing it again changes nothing, for it says what the row holds and not by how much it grew.
    pub fn apply(&self, rows: &mut BTreeMap<u64, u64>) {
        match self.after {
            Some(value) => rows.insert(self.key, value),
            None => rows.remove(&self.key),
        };
    }
}

/// The log does not reach back so far any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// The position that was asked for.
    pub position: u64,
    /// The first that is kept.
    pub kept_from: u64,
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the log begins at position {}; position {} is forgotten", self.kept_from, self.position)
    }
}

impl core::error::Error for Forgotten {}

/// A table with its log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    rows: BTreeMap<u64, u64>,
    log: VecDeque<RowChange>,
    position: u64,
    at: Time,
}

impl Journal {
    /// An empty table.
    #[must_use]
    pub fn new() -> Journal {
        Journal::default()
    }

    /// Gives a row a value. Returns the change's position.
    pub fn put(&mut self, key: u64, value: u64, now: Time) -> u64 {
        self.change(key, Some(value), now)
    }

    /// Removes a row. Returns the change's position; `None` if there is no such row, and then nothing is logged.
    pub fn delete(&mut self, key: u64, now: Time) -> Option<u64> {
        self.rows.contains_key(&key).then(|| self.change(key, None, now))
    }

    fn change(&mut self, key: u64, after: Option<u64>, now: Time) -> u64 {
        self.position += 1;
        self.at = self.at.max(now);
        let before = self.rows.get(&key).copied();
        let change = RowChange { position: self.position, at: self.at, key, before, after };
        self.log.push_back(change);
        change.apply(&mut self.rows);
        self.position
    }

    /// The rows as they are.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<u64, u64> {
        &self.rows
    }

    /// The last change's position; 0 before the first.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// When the last change was done; zero before the first.
    #[must_use]
    pub fn changed_at(&self) -> Time {
        self.at
    }

    /// The first position that the log still holds, or will.
    #[must_use]
    pub fn kept_from(&self) -> u64 {
        self.position + 1 - self.log.len() as u64
    }

    /// The changes after `position`, in order. O(1) to begin.
    ///
    /// # Errors
    /// [`Forgotten`] if the next one is not kept any more.
    pub fn after(&self, position: u64) -> Result<impl Iterator<Item = &RowChange>, Forgotten> {
        let (wanted, kept_from) = (position.saturating_add(1), self.kept_from());
        if wanted < kept_from {
            return Err(Forgotten { position: wanted, kept_from });
        }
        // The log is in memory, so what is skipped counts in `usize`.
        let skipped = usize::try_from(wanted - kept_from).unwrap_or(usize::MAX).min(self.log.len());
        Ok(self.log.range(skipped..))
    }

    /// Forgets the log up to `position`, as retention does without asking who has read it.
    pub fn forget(&mut self, position: u64) {
        while self.log.front().is_some_and(|change| change.position <= position) {
            self.log.pop_front();
        }
    }
}
