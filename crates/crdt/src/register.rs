//! Registers: one value. The last writer wins, or all concurrent writers do.
//!
//! ```text
//!   A writes Alice at 1000, B writes Alicia at 1002, neither has heard of the other
//!
//!   last writer wins    Alicia; Alice is lost, silently. With A's clock 3 ahead: Alice, at 1003
//!   multi-value         {Alice, Alicia}, until somebody who has read both writes again
//! ```
//!
//! Both converge. Only the second loses nothing, and it gives the reader the work. O(1) and O(siblings) a merge.
//!
//! Source: Shapiro et al., 2011, specifications 8 and 10; the multi-value register without vectors, by dots, as Almeida et al.,
//! 2018.

use crate::stores::{Causal, DotStore, Valued};
use crate::{Crdt, Dot};
use base::Time;
use std::collections::BTreeMap;

/// A write and what decides between two of them: the time, then the replica, then which of a replica's writes at one time was later.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written<V> {
    rank: (Time, u32, u64),
    value: V,
}

/// A register in which the write with the greatest timestamp stays; of equal ones, that of the higher replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LwwRegister<V> {
    written: Option<Written<V>>,
}

impl<V> Default for LwwRegister<V> {
    fn default() -> Self {
        LwwRegister { written: None }
    }
}

impl<V: Clone + PartialEq> LwwRegister<V> {
    /// Writes `value` with timestamp `at`, as `replica`'s clock reads. Has no effect if what is there has a greater timestamp.
    /// Returns the delta.
    pub fn write(&mut self, replica: u32, at: Time, value: V) -> Self {
        let again = self.written.as_ref().filter(|held| (held.rank.0, held.rank.1) == (at, replica));
        let repetition = again.map_or(0, |held| held.rank.2.saturating_add(1));
        let delta = LwwRegister { written: Some(Written { rank: (at, replica, repetition), value }) };
        // A write that loses here leaves no trace anywhere: its rank may be given again.
        let wins = self.rank() < delta.rank();
        self.merge(&delta);
        if wins { delta } else { Self::default() }
    }

    /// What is in it; `None` if nobody has written.
    #[must_use]
    pub fn value(&self) -> Option<&V> {
        self.written.as_ref().map(|written| &written.value)
    }

    /// The timestamp of what is in it and the replica that wrote it.
    #[must_use]
    pub fn stamp(&self) -> Option<(Time, u32)> {
        self.rank().map(|(at, replica, _)| (at, replica))
    }

    fn rank(&self) -> Option<(Time, u32, u64)> {
        self.written.as_ref().map(|written| written.rank)
    }
}

impl<V: Clone + PartialEq> Crdt for LwwRegister<V> {
    fn merge(&mut self, other: &Self) {
        if self.rank() < other.rank() {
            self.written.clone_from(&other.written);
        }
    }

    fn size(&self) -> u64 {
        u64::from(self.written.is_some())
    }
}

/// A register that keeps all values that were written concurrently.
#[derive(Clone, Debug, PartialEq)]
pub struct MvRegister<V: Clone + PartialEq> {
    state: Causal<Valued<V>>,
}

impl<V: Clone + PartialEq> Default for MvRegister<V> {
    fn default() -> Self {
        MvRegister { state: Causal::default() }
    }
}

impl<V: Clone + PartialEq> MvRegister<V> {
    /// Writes `value` in the place of everything that `replica` knows of. Returns the delta.
    pub fn write(&mut self, replica: u32, value: V) -> Self {
        let dot = self.state.context.next(replica);
        let seen = self.state.store.dots();
        MvRegister { state: self.state.apply(seen, Valued(BTreeMap::from([(dot, value)]))) }
    }

    /// The values, each with the update that wrote it; more than one if they are concurrent. Equal ones are not joined.
    pub fn values(&self) -> impl Iterator<Item = (Dot, &V)> {
        self.state.store.0.iter().map(|(dot, value)| (*dot, value))
    }
}

impl<V: Clone + PartialEq> Crdt for MvRegister<V> {
    fn merge(&mut self, other: &Self) {
        self.state.merge(&other.state);
    }

    fn size(&self) -> u64 {
        self.state.size()
    }
}
