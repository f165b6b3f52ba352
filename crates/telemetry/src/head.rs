//! Head sampling: whether a trace is kept is decided before anything is known of it, by its number alone.
//!
//! The rule: a trace is kept if the hash of its number lies below the share of all hashes. Everybody who knows the number decides alike
//! without a word being said, and whoever keeps a larger share keeps all that one with a smaller share keeps. O(1), no state. It is
//! the `TraceIdRatioBased` sampler of OpenTelemetry.

use base::stable_hash_u64;
use core::fmt;

/// Keeps a share of all traces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadSampler {
    share: f64,
    /// Hashes below it are kept; all when there is none.
    below: Option<u64>,
}

/// A share that is not one: below 0, above 1, or not a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotAShare {
    /// What was given.
    pub value: f64,
}

impl fmt::Display for NotAShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the share is {}, but must be from 0 to 1", self.value)
    }
}

impl core::error::Error for NotAShare {}

impl HeadSampler {
    /// Keeps everything.
    pub const ALL: HeadSampler = HeadSampler { share: 1.0, below: None };

    /// Keeps the share `share`, from 0 to 1.
    ///
    /// # Errors
    /// [`NotAShare`] if it is none.
    pub fn new(share: f64) -> Result<HeadSampler, NotAShare> {
        if !(0.0..=1.0).contains(&share) {
            return Err(NotAShare { value: share });
        }
        let below = (share < 1.0).then_some((share * 18_446_744_073_709_551_616.0) as u64);
        Ok(HeadSampler { share, below })
    }

    /// Whether the trace with this number is kept.
    #[inline]
    #[must_use]
    pub fn keeps(&self, trace: u64) -> bool {
        self.below.is_none_or(|below| stable_hash_u64(trace) < below)
    }

    /// The share that is kept.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.share
    }
}
