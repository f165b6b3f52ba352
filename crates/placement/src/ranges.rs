//! Ranges: a table of contiguous key ranges and who has each. Crowded ranges are split, empty neighbours merged, any range moved.
//!
//! ```text
//!   key     0 ────────── 1000000 ────────── 2000000 ──────────▶
//!   shard   │     0      │        1         │        2              new keys at the end: always the last shard's
//! ```
//!
//! The rule: half-open ranges [start, next start), the last to the end; a key has exactly one shard. Splitting and merging move no
//! key by themselves; reassigning a range moves that range and nothing else. A lookup costs O(log ranges), and a scan of
//! [from, to) touches only the shards whose ranges it meets, where a hashed placement has to ask all.
//!
//! Source: Chang and others, Bigtable (2006), section 5: tablets; the same in HBase, Spanner and CockroachDB.
//!
//! When not: keys that grow (numbers, times) and many writers: they all write to the last shard.

use crate::{Place, Placement};
use core::cmp::Reverse;
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

/// One range: where it starts and who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    start: u64,
    shard: u32,
}

/// A table of ranges over all 64-bit keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges(Vec<Range>);

/// Why the table stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeError {
    /// A range begins there already.
    AlreadyCut {
        /// Where.
        at: u64,
    },
    /// No range begins there, so there is nothing to merge or to reassign.
    NotCut {
        /// Where.
        at: u64,
    },
    /// The two neighbours belong to different shards; reassign one first, which moves its keys.
    Different {
        /// The left one's shard.
        left: u32,
        /// The right one's.
        right: u32,
    },
    /// There is no room for another range.
    Full,
}

/// Most ranges in a table.
const RANGES_MAX: usize = 1_000_000;

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RangeError::AlreadyCut { at } => write!(f, "a range begins at {at} already"),
            RangeError::NotCut { at } => write!(f, "no range begins at {at}"),
            RangeError::Different { left, right } => {
                write!(f, "the left range is shard {left}'s, the right one shard {right}'s; give both to one first")
            }
            RangeError::Full => write!(f, "there are {RANGES_MAX} ranges, and no more fit"),
        }
    }
}

impl core::error::Error for RangeError {}

impl Ranges {
    /// One range over everything.
    #[must_use]
    pub fn new(shard: u32) -> Ranges {
        Ranges(vec![Range { start: 0, shard }])
    }

    /// `shards` ranges of `size` keys each, shard 0 first; the last has the rest. A size of 0 counts as 1, no shards as one.
    #[must_use]
    pub fn of_size(size: u64, shards: u32) -> Ranges {
        let starts = (0..shards.max(1)).map_while(|shard| {
            let start = u64::from(shard).checked_mul(size.max(1))?;
            Some(Range { start, shard })
        });
        Ranges(starts.collect())
    }

    fn at(&self, key: u64) -> usize {
        // The first range starts at 0, so the point lies behind at least one.
        self.0.partition_point(|range| range.start <= key) - 1
    }

    fn starting(&self, start: u64) -> Result<usize, RangeError> {
        self.0.binary_search_by_key(&start, |range| range.start).map_err(|_| RangeError::NotCut { at: start })
    }

    /// Who has this key.
    #[must_use]
    pub fn owner(&self, key: u64) -> u32 {
        self.0[self.at(key)].shard
    }

    /// The ranges: first key, last key, shard.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64, u32)> + '_ {
        let ends = self.0.iter().skip(1).map(|range| range.start - 1).chain([u64::MAX]);
        self.0.iter().zip(ends).map(|(range, last)| (range.start, last, range.shard))
    }

    /// Cuts the range that holds `at` in two, the second of which begins there. No key moves.
    pub fn split(&mut self, at: u64) -> Result<(), RangeError> {
        if self.0.len() >= RANGES_MAX {
            return Err(RangeError::Full);
        }
        let index = self.at(at);
        let Range { start, shard } = self.0[index];
        if start == at {
            return Err(RangeError::AlreadyCut { at });
        }
        self.0.insert(index + 1, Range { start: at, shard });
        Ok(())
    }

    /// Joins the range that begins at `at` to its left neighbour, which must be of the same shard. No key moves.
    pub fn merge(&mut self, at: u64) -> Result<(), RangeError> {
        let index = self.starting(at)?;
        let left = index.checked_sub(1).ok_or(RangeError::NotCut { at })?;
        let (left, right) = (self.0[left].shard, self.0[index].shard);
        if left != right {
            return Err(RangeError::Different { left, right });
        }
        self.0.remove(index);
        Ok(())
    }

    /// Gives the range that begins at `at` to `shard`; its keys move.
    pub fn assign(&mut self, at: u64, shard: u32) -> Result<(), RangeError> {
        let index = self.starting(at)?;
        self.0[index].shard = shard;
        Ok(())
    }

    /// The shards that have ranges, ascending.
    #[must_use]
    pub fn shards(&self) -> Vec<u32> {
        self.0.iter().map(|range| range.shard).collect::<BTreeSet<u32>>().into_iter().collect()
    }

    /// Gives `shard` as many ranges as are its due among equals, rounded down: one by one the last range of whoever has most, of the
    /// lowest number among equals. Nothing else changes hands. Returned is how many ranges moved; none if it has some already.
    /// O(ranges · its due).
    pub fn join(&mut self, shard: u32) -> usize {
        let mut counts = self.counts();
        let due = if counts.contains_key(&shard) { 0 } else { self.0.len() / (counts.len() + 1) };
        for _ in 0..due {
            let most = counts.iter().max_by_key(|(shard, count)| (**count, Reverse(**shard))).map(|(shard, _)| *shard);
            let last = self.0.iter().rposition(|range| Some(range.shard) == most);
            let (Some(most), Some(last)) = (most, last) else { break };
            self.0[last].shard = shard;
            counts.entry(most).and_modify(|count| *count -= 1);
        }
        due
    }

    /// Gives the ranges of `shard` to the others, one by one to whoever has fewest, of the lowest number among equals. Returned is how
    /// many ranges moved; none if there is nobody else. O(ranges · shards).
    pub fn leave(&mut self, shard: u32) -> usize {
        let mut counts = self.counts();
        counts.remove(&shard);
        let mut moved = 0;
        for range in self.0.iter_mut().filter(|range| range.shard == shard) {
            let Some((fewest, count)) = counts.iter_mut().min_by_key(|(shard, count)| (**count, **shard)) else {
                break;
            };
            range.shard = *fewest;
            *count += 1;
            moved += 1;
        }
        moved
    }

    /// How many ranges each shard has.
    fn counts(&self) -> BTreeMap<u32, usize> {
        let mut counts = BTreeMap::new();
        self.0.iter().for_each(|range| *counts.entry(range.shard).or_insert(0) += 1);
        counts
    }

    /// The shards that a scan of the keys `from` up to, and without, `to` has to ask, each once, in the order in which it meets them.
    #[must_use]
    pub fn touched(&self, from: u64, to: u64) -> Vec<u32> {
        let (mut shards, mut seen) = (Vec::new(), BTreeSet::new());
        if from < to {
            let met = self.0[self.at(from)..=self.at(to - 1)].iter().map(|range| range.shard);
            shards.extend(met.filter(|shard| seen.insert(*shard)));
        }
        shards
    }
}

/// The shards that a scan of neighbouring keys has to ask on a placement that hashes: every one.
#[must_use]
pub fn touched_when_hashed(place: &Placement) -> Vec<u32> {
    place.members()
}
