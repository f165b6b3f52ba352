//! Jump consistent hash: a few multiplications say which of n numbered buckets a key belongs to. No table at all.
//!
//! ```text
//!   buckets     1   2   3   4   5   6   7        a key's bucket as buckets are added: it stays, or jumps to the newest
//!   key         0 ─ 0   2 ─ 2 ─ 2   5 ─ 5
//! ```
//!
//! The rule: from n to n + 1 buckets exactly the keys that jump move, 1/(n+1) of them, and all of them into bucket n. A lookup
//! costs about ln(n) steps and no memory.
//!
//! Source: Lamping and Veach, A Fast, Minimal Memory, Consistent Hash Algorithm (2014), figure 1.
//!
//! When not: buckets are numbers, so that only the last can go without moving other members' keys. A member that leaves from the
//! middle renumbers all that follow it. Good for shards that are only ever added.

use crate::roster::{Roster, distinct};
use crate::slots::{SLOTS_USUAL, Slots};
use crate::{Place, PlaceError};
use serde::{Deserialize, Serialize};

/// Settings of a [`Jump`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct JumpConfig {
    /// Slots that the hashes are cut into, 1 to 65,536; values outside are brought to the nearest bound.
    pub slots: u32,
}

/// 16,384 slots.
impl Default for JumpConfig {
    fn default() -> JumpConfig {
        JumpConfig { slots: SLOTS_USUAL }
    }
}

/// The bucket, from 0, of a key among `buckets`; `None` without buckets. The key itself is the seed of a generator whose draws
/// are the buckets at which the key jumps.
#[must_use]
pub fn jump(key: u64, buckets: u32) -> Option<u32> {
    let (mut key, mut bucket, mut next) = (key, None, 0_i64);
    while next < i64::from(buckets) {
        bucket = Some(next as u32);
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let draw = (1_u64 << 31) as f64 / ((key >> 33) + 1) as f64;
        next = ((next + 1) as f64 * draw) as i64;
    }
    bucket
}

/// Slots placed by [`jump`]; one bucket for each unit of weight, members ascending.
#[derive(Clone, Debug)]
pub struct Jump {
    slots: Slots,
    roster: Roster,
    buckets: Vec<u32>,
}

impl Jump {
    /// A placement without members.
    #[must_use]
    pub fn new(config: JumpConfig) -> Jump {
        Jump { slots: Slots::new(config.slots), roster: Roster::default(), buckets: Vec::new() }
    }

    #[inline]
    fn bucket(&self, hash: u64) -> Option<usize> {
        jump(self.slots.key(hash), self.buckets.len() as u32).map(|bucket| bucket as usize)
    }
}

impl Place for Jump {
    #[inline]
    fn owner(&self, hash: u64) -> Option<u32> {
        self.bucket(hash).map(|bucket| self.buckets[bucket])
    }

    /// The owner, then whoever has the buckets after the owner's.
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
