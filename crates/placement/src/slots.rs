//! Slots: the hashes cut into equal ranges, each of which is placed as one.
//!
//! ```text
//!   hash   0 ─────────────────────────────────────────── 2^64 - 1
//!   slot   │  0  │  1  │  2  │  …                │ slots - 1 │
//! ```
//!
//! The rule: hash h lies in slot floor(h · slots / 2^64). An algorithm that scatters single hashes (modulo, jump, rendezvous) has
//! no ranges to name in a plan; placing slots instead gives it some, as Redis Cluster does with its 16,384. The price is that
//! shares come in steps of one slot.

use base::stable_hash_u64;

/// Usual number of slots: that of Redis Cluster.
pub(crate) const SLOTS_USUAL: u32 = 16_384;

/// Largest number of slots.
pub(crate) const SLOTS_MAX: u32 = 65_536;

/// How many slots there are, 1 to 65,536.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slots(u32);

impl Slots {
    /// So many slots, brought to the nearest bound.
    pub(crate) fn new(count: u32) -> Slots {
        Slots(count.clamp(1, SLOTS_MAX))
    }

    /// As many slots as a table has entries.
    pub(crate) fn of_table(entries: usize) -> Slots {
        Slots(entries as u32)
    }

    /// The slot of a hash.
    #[inline]
    pub(crate) fn of(self, hash: u64) -> u32 {
        ((u128::from(hash) * u128::from(self.0)) >> 64) as u32
    }

    /// A well-spread key that stands for all hashes of the slot in which `hash` lies.
    #[inline]
    pub(crate) fn key(self, hash: u64) -> u64 {
        stable_hash_u64(u64::from(self.of(hash)))
    }

    /// The last hash of every slot, ascending.
    pub(crate) fn lasts(self) -> impl Iterator<Item = u64> {
        let count = u128::from(self.0);
        (1..=count).map(move |end| ((end << 64).div_ceil(count) - 1) as u64)
    }
}
