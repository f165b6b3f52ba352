//! Migration plans: the difference of two placements, as ranges of hashes.
//!
//! ```text
//!   before   aaaaaaaabbbbbbbbbbbbcccccc
//!   after    aaaaaaaabbbbddddbbbbccccdd
//!   plan                 b→d       c→d     first and last hash of each, both included
//! ```
//!
//! The rule: a hash lies in a range of the plan exactly if its owner differs, and the range names both owners. Two placements can
//! only differ in places where one of them has a boundary, so the plan looks at one hash per stretch between boundaries:
//! O((a + b) log(a + b)) for a and b boundaries, independent of the number of keys.

use crate::{Place, Ranges};

/// What a plan can be made between: any placement, and a table of ranges.
pub trait Territory {
    /// Who owns this hash; `None` if nobody does.
    fn owner_of(&self, hash: u64) -> Option<u32>;

    /// The last hash of every range of equal owner, ascending.
    fn lasts(&self) -> Vec<u64>;
}

impl<P> Territory for P
where
    P: Place,
{
    fn owner_of(&self, hash: u64) -> Option<u32> {
        self.owner(hash)
    }

    fn lasts(&self) -> Vec<u64> {
        self.boundaries()
    }
}

impl Territory for Ranges {
    fn owner_of(&self, hash: u64) -> Option<u32> {
        Some(self.owner(hash))
    }

    fn lasts(&self) -> Vec<u64> {
        self.iter().map(|(_, last, _)| last).collect()
    }
}

/// A range of hashes that changes hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// First hash of the range.
    pub first: u64,
    /// Last hash of the range, included.
    pub last: u64,
    /// Who owned it; nobody if there was no member.
    pub from: Option<u32>,
    /// Who will own it; nobody if there will be no member.
    pub to: Option<u32>,
}

impl Move {
    /// Whether keys of this hash move.
    #[must_use]
    pub fn contains(&self, hash: u64) -> bool {
        (self.first..=self.last).contains(&hash)
    }
}

/// Everything that changes hands between two placements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    moves: Vec<Move>,
}

impl Plan {
    /// What moves when `before` becomes `after`.
    #[must_use]
    pub fn between(before: &impl Territory, after: &impl Territory) -> Plan {
        let mut lasts = before.lasts();
        lasts.extend(after.lasts());
        lasts.push(u64::MAX);
        lasts.sort_unstable();
        lasts.dedup();
        let mut plan = Plan::default();
        let mut first = 0;
        for last in lasts {
            plan.push(Move { first, last, from: before.owner_of(last), to: after.owner_of(last) });
            first = last.wrapping_add(1);
        }
        plan
    }

    /// Adds a range if its owner changes; one that continues the last range extends it.
    fn push(&mut self, range: Move) {
        if range.from == range.to {
            return;
        }
        match self.moves.last_mut() {
            Some(last) if last.last + 1 == range.first && (last.from, last.to) == (range.from, range.to) => {
                last.last = range.last;
            }
            _ => self.moves.push(range),
        }
    }

    /// The ranges, ascending and disjoint.
    #[must_use]
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// The part of the plan that `member` hands over: what a member that moves its own ranges works on. O(ranges).
    #[must_use]
    pub fn leaving(&self, member: u32) -> Plan {
        Plan { moves: self.moves.iter().filter(|range| range.from == Some(member)).copied().collect() }
    }

    /// The move that keys of this hash make, if they move.
    #[must_use]
    pub fn of(&self, hash: u64) -> Option<&Move> {
        let at = self.moves.partition_point(|range| range.last < hash);
        self.moves.get(at).filter(|range| range.contains(hash))
    }

    /// The share of all hashes that moves, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let moved: u128 = self.moves.iter().map(|range| u128::from(range.last - range.first) + 1).sum();
        moved as f64 / (u128::from(u64::MAX) + 1) as f64
    }
}
