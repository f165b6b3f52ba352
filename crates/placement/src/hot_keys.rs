//! Hot-key splitting: one key that is too much for a member becomes several, each somewhere else.
//!
//! ```text
//!   writes   key ─▶ any one of  key, key/1, key/2, key/3        a quarter of the load each
//!   reads    key ─▶ all of them, and put together               four questions where there was one
//! ```
//!
//! The rule: part 0 is the key itself, so that splitting moves nothing; a write picks a part by its writer's luck, a read asks
//! every part. Fewer parts again only after the parts that go have been folded into those that stay, for which
//! [`HotKeys::split`] names them. O(log n) for n split keys; a key that is not split costs nothing more than that.
//!
//! Good for what can be put together: counters, sets, feeds. When not: single values, which cannot be; a hot value is copied
//! (replicas, caches), not split.

use base::stable_hash_u64;
use std::collections::BTreeMap;

/// Most parts of one key.
pub const PARTS_MAX: u32 = 1_000;

/// Which keys are split, and into how many parts.
#[derive(Clone, Debug, Default)]
pub struct HotKeys(BTreeMap<u64, u32>);

impl HotKeys {
    /// Nothing is split.
    #[must_use]
    pub fn new() -> HotKeys {
        HotKeys::default()
    }

    /// Into how many parts the key of this hash is split; 1 if it is not.
    #[must_use]
    pub fn parts(&self, hash: u64) -> u32 {
        self.0.get(&hash).copied().unwrap_or(1)
    }

    /// Splits the key of this hash into `parts`, brought to 1 to 1,000. Returned are the hashes of parts that are no longer: what
    /// lies there has to be folded into part 0 before anybody reads.
    pub fn split(&mut self, hash: u64, parts: u32) -> Vec<u64> {
        let (before, parts) = (self.parts(hash), parts.clamp(1, PARTS_MAX));
        if parts == 1 {
            self.0.remove(&hash);
        } else {
            self.0.insert(hash, parts);
        }
        (parts..before).map(|part| of_part(hash, part)).collect()
    }

    /// The hash at which a writer with this luck (any number) writes.
    #[must_use]
    pub fn write(&self, hash: u64, luck: u64) -> u64 {
        of_part(hash, (luck % u64::from(self.parts(hash))) as u32)
    }

    /// The hashes that a reader has to ask, the key's own first.
    pub fn read(&self, hash: u64) -> impl Iterator<Item = u64> + use<> {
        (0..self.parts(hash)).map(move |part| of_part(hash, part))
    }
}

fn of_part(hash: u64, part: u32) -> u64 {
    if part == 0 { hash } else { stable_hash_u64(hash ^ stable_hash_u64(part.into())) }
}
