//! Counting Bloom filter: counters instead of bits, so that items can leave.
//!
//! ```text
//!   add x, add y:   0 1 0 0 2 0 0 1 1        remove x:   0 0 0 0 1 0 0 0 1        y is still there
//! ```
//!
//! The rule: as a Bloom filter, as long as only what was added is removed. Removing what merely looked as if it were in takes away from
//! others, which may then be denied. Counters have 8 bits; one that has reached 255 stays there for good. Fan, Cao, Almeida and Broder,
//! "Summary Cache", SIGCOMM 1998. O(k), eight times the memory.

use crate::positions::positions;
use crate::{Bloom, BloomSize, SizeError};
use core::fmt;

/// A set that answers "certainly not" or "maybe", and from which items can be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountingBloom {
    counts: Vec<u8>,
    size: BloomSize,
}

/// Why an item cannot be removed: it is certainly not in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotThere {
    /// Which.
    pub item: u64,
}

impl fmt::Display for NotThere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item {} is certainly not in the filter, so it cannot be removed", self.item)
    }
}

impl core::error::Error for NotThere {}

impl CountingBloom {
    /// An empty filter.
    ///
    /// # Errors
    /// As [`Bloom::new`].
    pub fn new(size: BloomSize) -> Result<CountingBloom, SizeError> {
        let bits = Bloom::new(size)?.size().bits;
        Ok(CountingBloom { counts: vec![0; bits as usize], size })
    }

    /// Puts `item` in once more.
    pub fn add(&mut self, item: u64) {
        for at in positions(item, self.size.bits, self.size.hashes) {
            let count = &mut self.counts[at as usize];
            *count = count.saturating_add(1);
        }
    }

    /// Takes `item` out once.
    ///
    /// # Errors
    /// [`NotThere`] if it is certainly not in; nothing is changed then.
    pub fn remove(&mut self, item: u64) -> Result<(), NotThere> {
        if !self.contains(item) {
            return Err(NotThere { item });
        }
        for at in positions(item, self.size.bits, self.size.hashes) {
            let count = &mut self.counts[at as usize];
            // A counter that is full has lost count; one that two of the item's positions share may be empty by now.
            if *count < u8::MAX {
                *count = count.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// `false`: certainly not in. `true`: maybe.
    #[must_use]
    pub fn contains(&self, item: u64) -> bool {
        positions(item, self.size.bits, self.size.hashes).all(|at| self.counts[at as usize] > 0)
    }

    /// Its size.
    #[must_use]
    pub fn size(&self) -> BloomSize {
        self.size
    }
}
