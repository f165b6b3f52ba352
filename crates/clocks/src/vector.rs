//! Vector clocks: every process counts its own events and carries along what it knows of the others'.
//!
//! ```text
//!   p0  [1,0] ──────── [2,0]            [1,0] ≤ [1,2] in every entry: before
//!          ╲                            [2,0] and [1,1]: each is ahead somewhere: concurrent
//!   p1      [1,1] ──── [1,2]
//! ```
//!
//! The rule: V(a) < V(b) exactly if a happened before b. The price is an entry a process: O(processes) to compare, to merge and to
//! send, and there is no way around it (Charron-Bost, 1991). An entry that is missing counts as zero.
//!
//! Source: Fidge, 1988, and Mattern, *Virtual Time and Global States of Distributed Systems*, 1989.

use crate::{Exhausted, Relation, next};
use std::collections::BTreeMap;

/// How many events of each process are known; `P` names a process. Entries of zero are not held, so equal clocks are equal values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VectorClock<P> {
    counts: BTreeMap<P, u64>,
}

impl<P> Default for VectorClock<P> {
    fn default() -> Self {
        VectorClock { counts: BTreeMap::new() }
    }
}

impl<P: Ord + Clone> VectorClock<P> {
    /// The clock that knows of no event.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The clock with these entries; of two for one process the greater.
    pub fn from_counts(counts: impl IntoIterator<Item = (P, u64)>) -> Self {
        let mut clock = Self::new();
        for (process, count) in counts {
            clock.raise(process, count);
        }
        clock
    }

    /// Known events of `process`; zero if there is no entry.
    #[must_use]
    pub fn count(&self, process: &P) -> u64 {
        self.counts.get(process).copied().unwrap_or(0)
    }

    /// The entries above zero, in the order of the processes.
    pub fn counts(&self) -> impl Iterator<Item = (&P, u64)> {
        self.counts.iter().map(|(process, count)| (process, *count))
    }

    /// Counts an event of `process` and returns its number there.
    ///
    /// # Errors
    /// [`Exhausted`] at the greatest number.
    pub fn tick(&mut self, process: P) -> Result<u64, Exhausted> {
        let count = next(self.count(&process))?;
        self.counts.insert(process, count);
        Ok(count)
    }

    /// Counts the receipt, by `process`, of a message that carries `sent`: takes over what it knows, then counts the event.
    ///
    /// # Errors
    /// [`Exhausted`] if the entry of `process` would stand at the greatest number; the clock is unchanged.
    pub fn receive(&mut self, process: P, sent: &Self) -> Result<u64, Exhausted> {
        next(self.count(&process).max(sent.count(&process)))?;
        self.merge(sent);
        self.tick(process)
    }

    /// Takes over what `other` knows: the greater of each pair of entries.
    pub fn merge(&mut self, other: &Self) {
        for (process, count) in &other.counts {
            self.raise(process.clone(), *count);
        }
    }

    /// What both know together.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        merged.merge(other);
        merged
    }

    /// How this one stands to `other`.
    #[must_use]
    pub fn relation(&self, other: &Self) -> Relation {
        Relation::of_lacks(!self.covers(other), !other.covers(self))
    }

    /// Whether everything that `other` knows is known here.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.counts.iter().all(|(process, count)| self.count(process) >= *count)
    }

    fn raise(&mut self, process: P, count: u64) {
        if count > self.count(&process) {
            self.counts.insert(process, count);
        }
    }
}
