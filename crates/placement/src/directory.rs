//! Directory: a table that says for single keys where they live; whatever it does not name falls to a rule. Callers keep what they
//! looked up for a while, which is where directories go wrong.
//!
//! ```text
//!   caller ── remembered? ──▶ shard            a tenant moves; until its entry ends (an hour, say)
//!      └──── else ask ──▶ directory            callers still go to the old shard, unless somebody tells them
//! ```
//!
//! The rule: a named key lives where the table says, any other at its owner under the rule. A remembered answer is used until its
//! time to live is over, whatever the table says by then. O(log n) for n named keys.
//!
//! When not: billions of keys, or when nobody can keep the directory itself available: without it only remembered keys are found.

use crate::{Place, Placement};
use base::{Span, Time};
use std::collections::BTreeMap;

/// Which keys live where.
#[derive(Clone, Debug)]
pub struct Directory {
    named: BTreeMap<u64, u32>,
    rule: Placement,
}

impl Directory {
    /// A directory that names nobody yet.
    #[must_use]
    pub fn new(rule: Placement) -> Directory {
        Directory { named: BTreeMap::new(), rule }
    }

    /// Where the key of this hash lives; `None` if it is not named and the rule has no members.
    #[must_use]
    pub fn owner(&self, hash: u64) -> Option<u32> {
        self.named.get(&hash).copied().or_else(|| self.rule.owner(hash))
    }

    /// Says that a key lives at `shard`; where it lived.
    pub fn assign(&mut self, hash: u64, shard: u32) -> Option<u32> {
        let before = self.owner(hash);
        self.named.insert(hash, shard);
        before
    }

    /// Leaves a key to the rule again; whether it was named.
    pub fn forget(&mut self, hash: u64) -> bool {
        self.named.remove(&hash).is_some()
    }

    /// How many keys are named: what the directory has to hold.
    #[must_use]
    pub fn named(&self) -> usize {
        self.named.len()
    }
}

/// Answers of a directory that a caller remembers.
#[derive(Clone, Debug)]
pub struct RememberedDirectory {
    ttl: Span,
    entries: BTreeMap<u64, (u32, Time)>,
}

/// How a caller found a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It remembered; the directory was not asked, and may say otherwise by now.
    Remembered(u32),
    /// It asked.
    Asked(u32),
    /// It did not remember, and nobody answered: the directory is down or knows no shard.
    Nowhere,
}

impl RememberedDirectory {
    /// Nothing remembered yet; answers count for `ttl`.
    #[must_use]
    pub fn new(ttl: Span) -> RememberedDirectory {
        RememberedDirectory { ttl, entries: BTreeMap::new() }
    }

    /// The shard of a key at `now`. A directory that is down is `None`.
    pub fn find(&mut self, hash: u64, directory: Option<&Directory>, now: Time) -> Found {
        if let Some((shard, until)) = self.entries.get(&hash)
            && now < *until
        {
            return Found::Remembered(*shard);
        }
        let Some(shard) = directory.and_then(|directory| directory.owner(hash)) else { return Found::Nowhere };
        self.entries.insert(hash, (shard, now + self.ttl));
        Found::Asked(shard)
    }

    /// Forgets a key at once: what a directory that announces moves makes its callers do.
    pub fn invalidate(&mut self, hash: u64) {
        self.entries.remove(&hash);
    }
}
