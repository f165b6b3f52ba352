//! Sketches: approximate answers about many items in little memory, each with a stated error.
//!
//! Items are `u64`s; text becomes one by [`base::stable_hash`]. What is drawn by lot takes a stream as an argument.
//!
//! | question | sketch | memory | error |
//! |---|---|---|---|
//! | is it in the set? | [`Bloom`] | 1.44 log2(1/p) bits an item | never "no" for what is in; "yes" for others with p |
//! | ... and items leave | [`CountingBloom`] | 8 times that | the same, if only what was added is removed |
//! | ... in less memory | [`Cuckoo`] | about 17 bits an item | at most 0.013 %; may be full |
//! | how often? | [`CountMin`] | e/ε · ln(1/δ) counters | never below; above by more than ε of all with at most δ |
//! | which are frequent? | [`HeavyHitters`], [`SpaceSaving`] | 1/φ or k entries | none is missed; each with its own bound |
//! | how many different ones? | [`HyperLogLog`] | 2^p bytes | 1.04 / √(2^p) standard error |
//! | a fair sample? | [`Reservoir`] | k items | none: every item is in it with k/n |
//! | which is the 99th percentile? | [`DdSketch`] | some hundred counters | within a share α of the true value |
//!
//! ```
//! use sketch::{Bloom, BloomSize};
//!
//! // The textbook's example: a million items, one percent.
//! let size = BloomSize::for_items(1_000_000, 0.01)?;
//! assert_eq!((size.bits, size.hashes), (9_585_059, 7));
//!
//! let mut taken = Bloom::new(size)?;
//! let name = base::stable_hash;
//! taken.add(name("alice"));
//! assert!(taken.contains(name("alice")), "maybe: ask the store");
//! assert!(!taken.contains(name("zebra")), "certainly not: the store is spared");
//! # Ok::<(), sketch::SizeError>(())
//! ```
//!
//! When not to use one: when the exact answer fits in memory, or when somebody pays for the wrong ones.

mod bloom;
mod count_min;
mod counting_bloom;
mod cuckoo;
mod dd_sketch;
mod heavy_hitters;
mod hyper_log_log;
mod positions;
mod reservoir;
mod space_saving;

pub use bloom::{Bloom, BloomSize};
pub use count_min::{CountMin, PositionError};
pub use counting_bloom::{CountingBloom, NotThere};
pub use cuckoo::{Cuckoo, CuckooFull};
pub use dd_sketch::{DdSketch, NegativeValue};
pub use heavy_hitters::HeavyHitters;
pub use hyper_log_log::HyperLogLog;
pub use reservoir::Reservoir;
pub use space_saving::{Counter, SpaceSaving};

use core::fmt;

/// Why a sketch of such a size cannot be built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SizeError {
    /// A share that must lie strictly between 0 and 1 does not.
    NotAShare {
        /// Which.
        field: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number is outside its bounds.
    OutOfRange {
        /// Which.
        field: &'static str,
        /// What was given.
        value: u64,
        /// The least that is possible.
        min: u64,
        /// The most that is possible.
        max: u64,
    },
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SizeError::NotAShare { field, value } => write!(f, "`{field}` is {value}, but must be between 0 and 1"),
            SizeError::OutOfRange { field, value, min, max } => {
                write!(f, "`{field}` is {value}, but must be from {min} to {max}")
            }
        }
    }
}

impl core::error::Error for SizeError {}

/// The share itself, if it lies strictly between 0 and 1.
fn share(field: &'static str, value: f64) -> Result<f64, SizeError> {
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err(SizeError::NotAShare { field, value }) }
}

/// The number itself, if it lies within its bounds, both included.
fn within(field: &'static str, value: u64, min: u64, max: u64) -> Result<u64, SizeError> {
    if (min..=max).contains(&value) { Ok(value) } else { Err(SizeError::OutOfRange { field, value, min, max }) }
}
