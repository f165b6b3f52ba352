//! Modulo: the slot's number modulo the number of members. The simplest placement, and the one whose keys do not stay put.
//!
//! ```text
//!   slot            0 1 2 3 4 5 6 7 8 9 10 11
//!   of 3 members    a b c a b c a b c a b  c
//!   of 4 members    a b c d a b c d a b c  d      only 0, 1 and 2 stay: 9 of 12 move
//! ```
//!
//! The rule: bucket slot mod n, with one bucket for each unit of weight. Going from n to m buckets, of lcm(n, m) slots only those
//! below min(n, m), and their like, stay: 75% move from 3 to 4, 80% from 4 to 5, n/(n+1) in general; 50% when n doubles. A lookup
//! costs O(1), joining O(n).
//!
//! When not: whenever members come and go. It is here for what it costs.

use crate::roster::{Roster, distinct};
use crate::slots::{SLOTS_USUAL, Slots};
use crate::{Place, PlaceError};
use serde::{Deserialize, Serialize};

/// Settings of a [`Modulo`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ModuloConfig {
    /// Slots that the hashes are cut into, 1 to 65,536; values outside are brought to the nearest bound.
    pub slots: u32,
}

/// 16,384 slots.
impl Default for ModuloConfig {
    fn default() -> ModuloConfig {
        ModuloConfig { slots: SLOTS_USUAL }
    }
}

/// Slots dealt out in turn.
#[derive(Clone, Debug)]
pub struct Modulo {
    slots: Slots,
    roster: Roster,
    buckets: Vec<u32>,
}

/// The bucket of a number among `buckets`, by plain remainder; `None` without buckets. What a service does that computes its shard
/// from a user's number.
#[must_use]
pub fn modulo(number: u64, buckets: u64) -> Option<u64> {
    number.checked_rem(buckets)
}

impl Modulo {
    /// A placement without members.
    #[must_use]
    pub fn new(config: ModuloConfig) -> Modulo {
        Modulo { slots: Slots::new(config.slots), roster: Roster::default(), buckets: Vec::new() }
    }

    #[inline]
    fn bucket(&self, hash: u64) -> Option<usize> {
        modulo(self.slots.of(hash).into(), self.buckets.len() as u64).map(|bucket| bucket as usize)
    }
}

impl Place for Modulo {
    #[inline]
    fn owner(&self, hash: u64) -> Option<u32> {
        self.bucket(hash).map(|bucket| self.buckets[bucket])
    }

    fn preference(&self, hash: u64, n: usize, out: &mut Vec<u32>) {
        out.clear();
        if let Some(bucket) = self.bucket(hash) {
            let (before, after) = self.buckets.split_at(bucket);
            distinct(after.iter().chain(before), n.min(self.roster.entries().len()), out);
        }
    }

    fn add(&mut self, member: u32, seed: u64, weight: u32) -> Result<(), PlaceError> {
        self.roster.add(member, seed, weight)?;
        self.buckets = self.roster.buckets();
        Ok(())
    }

    fn remove(&mut self, member: u32) -> bool {
        let was_there = self.roster.remove(member);
        self.buckets = self.roster.buckets();
        was_there
    }

    fn members(&self) -> Vec<u32> {
        self.roster.members()
    }

    fn count(&self) -> u32 {
        self.roster.entries().len() as u32
    }

    fn boundaries(&self) -> Vec<u64> {
        self.slots.lasts().collect()
    }
}
