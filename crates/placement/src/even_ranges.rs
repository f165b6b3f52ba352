//! Even ranges: the hashes cut into one contiguous range a member, re-cut evenly whenever members change.
//!
//! ```text
//!   3 members   aaaaaaaabbbbbbbbcccccccc
//!   4 members   aaaaaabbbbbbccccccdddddd      every cut shifts: half of all keys move, most of them between old members
//! ```
//!
//! The rule: members ascending, each with a range as long as its share of the weights. From n to n + 1 equal members half of the
//! keys move, whatever n is. A lookup costs O(log n), joining O(n).
//!
//! When not: when members come and go. Ranges whose cuts stay where they are, and are split where it is crowded, are
//! [`Ranges`](crate::Ranges).

use crate::roster::Roster;
use crate::{Place, PlaceError};
use serde::{Deserialize, Serialize};

/// Settings of [`EvenRanges`]: there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct EvenRangesConfig {}

/// One range a member.
#[derive(Clone, Debug, Default)]
pub struct EvenRanges {
    roster: Roster,
    /// The last hash of each member's range, ascending.
    lasts: Vec<u64>,
}

impl EvenRanges {
    /// Ranges without members.
    #[must_use]
    pub fn new(_: EvenRangesConfig) -> EvenRanges {
        EvenRanges::default()
    }

    fn cut(&mut self) {
        let units = u128::from(self.roster.units());
        let mut end = 0_u128;
        let last = |weight: u32| {
            end += u128::from(weight);
            ((end << 64).div_ceil(units) - 1) as u64
        };
        self.lasts = self.roster.entries().iter().map(|entry| entry.weight).map(last).collect();
    }
}

impl Place for EvenRanges {
    #[inline]
    fn owner(&self, hash: u64) -> Option<u32> {
        let at = self.lasts.partition_point(|last| *last < hash);
        self.roster.entries().get(at).map(|entry| entry.member)
    }

    /// The owner, then the members of the ranges after it.
    fn preference(&self, hash: u64, n: usize, out: &mut Vec<u32>) {
        out.clear();
        let at = self.lasts.partition_point(|last| *last < hash).min(self.lasts.len());
        let (before, after) = self.roster.entries().split_at(at);
        out.extend(after.iter().chain(before).take(n).map(|entry| entry.member));
    }

    fn add(&mut self, member: u32, seed: u64, weight: u32) -> Result<(), PlaceError> {
        self.roster.add(member, seed, weight)?;
        self.cut();
        Ok(())
    }

    fn remove(&mut self, member: u32) -> bool {
        let was_there = self.roster.remove(member);
        self.cut();
        was_there
    }

    fn members(&self) -> Vec<u32> {
        self.roster.members()
    }

    fn count(&self) -> u32 {
        self.roster.entries().len() as u32
    }

    fn boundaries(&self) -> Vec<u64> {
        self.lasts.clone()
    }
}
