//! Who takes part: members with their seeds and weights, in ascending order, so that the order of joining leaves no trace.

use crate::{PlaceError, WEIGHT_MAX};

/// One member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) member: u32,
    pub(crate) seed: u64,
    pub(crate) weight: u32,
}

/// Largest sum of weights: what a list of one bucket a unit of weight may grow to.
const UNITS_MAX: u64 = 100_000;

/// The members of a placement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster(Vec<Entry>);

impl Roster {
    /// Lets a member in, if it is new, its weight has its bounds and there is room.
    pub(crate) fn add(&mut self, member: u32, seed: u64, weight: u32) -> Result<(), PlaceError> {
        let Err(at) = self.0.binary_search_by_key(&member, |entry| entry.member) else {
            return Err(PlaceError::AlreadyThere { member });
        };
        if !(1..=WEIGHT_MAX).contains(&weight) {
            return Err(PlaceError::Weight { weight });
        }
        if self.units() + u64::from(weight) > UNITS_MAX {
            return Err(PlaceError::Full { most: UNITS_MAX });
        }
        self.0.insert(at, Entry { member, seed, weight });
        Ok(())
    }

    /// Lets a member go; whether it was there.
    pub(crate) fn remove(&mut self, member: u32) -> bool {
        let found = self.0.binary_search_by_key(&member, |entry| entry.member);
        found.map(|at| self.0.remove(at)).is_ok()
    }

    /// The sum of the weights.
    pub(crate) fn units(&self) -> u64 {
        self.0.iter().map(|entry| u64::from(entry.weight)).sum()
    }

    /// Everybody, ascending.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The members, ascending.
    pub(crate) fn members(&self) -> Vec<u32> {
        self.0.iter().map(|entry| entry.member).collect()
    }

    /// One bucket for each unit of weight, ascending by member: what an algorithm that numbers its buckets counts in.
    pub(crate) fn buckets(&self) -> Vec<u32> {
        let of = |entry: &Entry| core::iter::repeat_n(entry.member, entry.weight as usize);
        self.0.iter().flat_map(of).collect()
    }
}

/// The first `n` different members of `order`, into `out`.
pub(crate) fn distinct<'a>(order: impl Iterator<Item = &'a u32>, n: usize, out: &mut Vec<u32>) {
    for member in order {
        if out.len() >= n {
            return;
        }
        if !out.contains(member) {
            out.push(*member);
        }
    }
}
