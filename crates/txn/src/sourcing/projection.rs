//! The read side of CQRS: a table made from the log, behind it by what it has not read.

use super::store::Store;
use std::collections::BTreeMap;

/// Balances by stream, and how far the log was read: one value, saved as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    balances: BTreeMap<u64, i64>,
    position: u64,
}

impl Projection {
    /// Reads up to `events_max` events more. Gives how many it read.
    pub fn catch_up(&mut self, store: &Store, events_max: u64) -> u64 {
        let mut read = 0;
        while read < events_max
            && let Some(event) = store.at(self.position)
        {
            let balance = self.balances.entry(event.stream).or_default();
            *balance = balance.saturating_add(event.amount);
            self.position += 1;
            read += 1;
        }
        read
    }

    /// What a query is told: the truth as of [`Projection::lag`] events ago.
    #[must_use]
    pub fn balance(&self, stream: u64) -> i64 {
        self.balances.get(&stream).copied().unwrap_or(0)
    }

    /// Events that are written and not in the table.
    #[must_use]
    pub fn lag(&self, store: &Store) -> u64 {
        store.end() - self.position
    }
}

/// A mistake, named: table and position are saved one after the other, so that a crash can fall between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitProjection {
    saved: BTreeMap<u64, i64>,
    saved_position: u64,
}

impl SplitProjection {
    /// Reads one event, saves the table, and then the position unless the crash comes first.
    pub fn read_one(&mut self, store: &Store, crashes_between: bool) {
        let Some(event) = store.at(self.saved_position) else { return };
        let balance = self.saved.entry(event.stream).or_default();
        *balance = balance.saturating_add(event.amount);
        if !crashes_between {
            self.saved_position += 1;
        }
    }

    /// What a query is told.
    #[must_use]
    pub fn balance(&self, stream: u64) -> i64 {
        self.saved.get(&stream).copied().unwrap_or(0)
    }
}
