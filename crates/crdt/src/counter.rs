//! Counters: each replica counts in a slot of its own, and slots are merged by the greater.
//!
//! ```text
//!   A {5,0,0}   B {0,3,0}   C {0,0,2}    merged {5,3,2}, value 10, in whatever order they meet
//! ```
//!
//! A slot only grows, and only its owner writes it, so the greater one is the newer one. Merging totals instead is wrong: the
//! greater of 15 and 13 forgets an increment, their sum counts the past twice. O(replicas) to merge.
//!
//! Source: Shapiro, Preguiça, Baquero and Zawirski, *A Comprehensive Study of CRDTs*, 2011, specifications 6 and 7.

use crate::{Crdt, Overflow};
use std::collections::BTreeMap;

/// A counter that only grows. The value is up to 2^96: slots are added in a wider type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GCounter {
    slots: BTreeMap<u32, u64>,
}

impl GCounter {
    /// Adds `by` in the slot of `replica`. Returns the delta: that slot.
    ///
    /// # Errors
    /// [`Overflow`] if the slot would go beyond 64 bits; nothing is changed.
    pub fn increment(&mut self, replica: u32, by: u64) -> Result<GCounter, Overflow> {
        let slot = self.slot(replica).checked_add(by).ok_or(Overflow)?;
        if slot > 0 {
            self.slots.insert(replica, slot);
        }
        Ok(GCounter { slots: self.slots.get(&replica).map(|slot| (replica, *slot)).into_iter().collect() })
    }

    /// What has been counted, by everybody that is known of.
    #[must_use]
    pub fn value(&self) -> u128 {
        self.slots.values().map(|slot| u128::from(*slot)).sum()
    }

    /// What `replica` has counted.
    #[must_use]
    pub fn slot(&self, replica: u32) -> u64 {
        self.slots.get(&replica).copied().unwrap_or(0)
    }

    /// The slots above zero, in the order of the replicas.
    pub fn slots(&self) -> impl Iterator<Item = (u32, u64)> {
        self.slots.iter().map(|(replica, slot)| (*replica, *slot))
    }
}

impl Crdt for GCounter {
    fn merge(&mut self, other: &Self) {
        for (replica, theirs) in other.slots() {
            let own = self.slots.entry(replica).or_default();
            *own = theirs.max(*own);
        }
    }

    fn size(&self) -> u64 {
        self.slots.len() as u64
    }
}

/// A counter that goes both ways: one that counts the ups, one that counts the downs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PnCounter {
    ups: GCounter,
    downs: GCounter,
}

impl PnCounter {
    /// Adds `by`. Returns the delta.
    ///
    /// # Errors
    /// [`Overflow`] if what this replica ever added would go beyond 64 bits; nothing is changed.
    pub fn increment(&mut self, replica: u32, by: u64) -> Result<PnCounter, Overflow> {
        Ok(PnCounter { ups: self.ups.increment(replica, by)?, downs: GCounter::default() })
    }

    /// Takes `by` away. Returns the delta.
    ///
    /// # Errors
    /// [`Overflow`] if what this replica ever took away would go beyond 64 bits; nothing is changed.
    pub fn decrement(&mut self, replica: u32, by: u64) -> Result<PnCounter, Overflow> {
        Ok(PnCounter { ups: GCounter::default(), downs: self.downs.increment(replica, by)? })
    }

    /// Ups less downs. May be below zero: no replica can hold a counter up on its own.
    #[must_use]
    pub fn value(&self) -> i128 {
        // Both are below 2^96.
        self.ups.value() as i128 - self.downs.value() as i128
    }
}

impl Crdt for PnCounter {
    fn merge(&mut self, other: &Self) {
        self.ups.merge(&other.ups);
        self.downs.merge(&other.downs);
    }

    fn size(&self) -> u64 {
        self.ups.size() + self.downs.size()
    }
}
