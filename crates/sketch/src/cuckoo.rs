//! Cuckoo filter: a fingerprint of each item in one of two buckets; a newcomer may push another fingerprint to its other bucket.
//!
//! ```text
//!   bucket 3   a1 77 0c ..        x with fingerprint 5e may lie in 3 or in 3 ^ hash(5e) = 6
//!   bucket 6   19 b4 e2 90        both full: 19 is pushed out and moves to its own other bucket, and so on
//! ```
//!
//! The rule: the other bucket follows from this one and the fingerprint alone, so fingerprints can move without their items. Items can
//! be removed. False positives at most 2·4/2^16 = 0.012 %, whatever was put in; no false negatives as long as only what was added is
//! removed. Unlike a Bloom filter it can be full, at about 95 %. Fan, Andersen, Kaminsky and Mitzenmacher, "Cuckoo Filter: Practically
//! Better Than Bloom", CoNEXT 2014. O(1), a put amortised.

use crate::{SizeError, within};
use base::{Rng, stable_hash_u64};
use core::fmt;

/// Fingerprints in a bucket.
const BUCKET: u64 = 4;
/// Fingerprints that are pushed at most for one newcomer.
const PUSHES_MAX: usize = 500;
const BUCKETS_MAX: u64 = 1 << 26;
/// No fingerprint.
const NONE: u16 = 0;

/// A set that answers "certainly not" or "maybe", from which items can be removed, and which may be full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cuckoo {
    /// Four to a bucket.
    fingerprints: Vec<u16>,
    len: u64,
}

/// Why an item cannot be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CuckooFull {
    /// Items that are in.
    pub len: u64,
    /// Fingerprints that would fit if all places could be used.
    pub places: u64,
}

impl fmt::Display for CuckooFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the filter is full: {} items in {} places, and no way to make room", self.len, self.places)
    }
}

impl core::error::Error for CuckooFull {}

/// The fingerprint of an item, never [`NONE`], and its first bucket.
fn place(item: u64, buckets: u64) -> (u16, u64) {
    let hash = stable_hash_u64(item);
    ((hash >> 48) as u16 | u16::from(hash >> 48 == 0), hash & (buckets - 1))
}

impl Cuckoo {
    /// An empty filter with room for `items` items at 95 % full: buckets are a power of two.
    ///
    /// # Errors
    /// [`SizeError::OutOfRange`] if `items` is 0 or more than 200 million.
    pub fn for_items(items: u64) -> Result<Cuckoo, SizeError> {
        let items = within("items", items, 1, 200_000_000)?;
        let buckets = (items * 100).div_ceil(95 * BUCKET).next_power_of_two().min(BUCKETS_MAX);
        Ok(Cuckoo { fingerprints: vec![NONE; (buckets * BUCKET) as usize], len: 0 })
    }

    fn buckets(&self) -> u64 {
        self.fingerprints.len() as u64 / BUCKET
    }

    fn other(&self, bucket: u64, fingerprint: u16) -> u64 {
        bucket ^ (stable_hash_u64(u64::from(fingerprint)) & (self.buckets() - 1))
    }

    /// Where in `bucket` this fingerprint lies, as a position in the table.
    fn find(&self, bucket: u64, fingerprint: u16) -> Option<usize> {
        let first = (bucket * BUCKET) as usize;
        (first..first + BUCKET as usize).find(|at| self.fingerprints[*at] == fingerprint)
    }

    fn find_either(&self, item: u64, wanted: impl Fn(u16) -> u16) -> Option<usize> {
        let (fingerprint, bucket) = place(item, self.buckets());
        let other = self.other(bucket, fingerprint);
        self.find(bucket, wanted(fingerprint)).or_else(|| self.find(other, wanted(fingerprint)))
    }

    /// Puts `item` in once more. Which fingerprint is pushed is drawn from `rng`; nothing is drawn while there is room.
    ///
    /// # Errors
    /// [`CuckooFull`] if no room was made within 500 pushes, or if the item is in eight times already; nothing is changed then.
    pub fn add(&mut self, item: u64, rng: &mut Rng) -> Result<(), CuckooFull> {
        let (fingerprint, first) = place(item, self.buckets());
        if let Some(at) = self.find_either(item, |_| NONE) {
            self.fingerprints[at] = fingerprint;
            self.len += 1;
            return Ok(());
        }
        let mut bucket = if rng.chance(0.5) { first } else { self.other(first, fingerprint) };
        let (mut homeless, mut pushed) = (fingerprint, Vec::new());
        for _ in 0..PUSHES_MAX {
            let at = (bucket * BUCKET + rng.below(BUCKET)) as usize;
            core::mem::swap(&mut homeless, &mut self.fingerprints[at]);
            pushed.push(at);
            bucket = self.other(bucket, homeless);
            if let Some(free) = self.find(bucket, NONE) {
                self.fingerprints[free] = homeless;
                self.len += 1;
                return Ok(());
            }
        }
        // Push everything back, the last first: a refusal must not lose anybody.
        pushed.into_iter().rev().for_each(|at| core::mem::swap(&mut homeless, &mut self.fingerprints[at]));
        Err(CuckooFull { len: self.len, places: self.fingerprints.len() as u64 })
    }

    /// Takes `item` out once; `false` if it is certainly not in. Only what was added may be removed.
    pub fn remove(&mut self, item: u64) -> bool {
        let found = self.find_either(item, |fingerprint| fingerprint);
        if let Some(at) = found {
            self.fingerprints[at] = NONE;
            self.len -= 1;
        }
        found.is_some()
    }

    /// `false`: certainly not in. `true`: maybe.
    #[must_use]
    pub fn contains(&self, item: u64) -> bool {
        self.find_either(item, |fingerprint| fingerprint).is_some()
    }

    /// Number of items in it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Share of the places that are taken.
    #[must_use]
    pub fn load(&self) -> f64 {
        self.len as f64 / self.fingerprints.len() as f64
    }
}
