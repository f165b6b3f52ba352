//! Heavy hitters: the items that make up at least a share φ of a stream, by a count-min table and a list of candidates.
//!
//! ```text
//!   every item: count it; is its estimate at least φ of all so far? then it is a candidate
//!   asked:      candidates whose estimate is still at least φ of all
//! ```
//!
//! The rule: no item above the share is missed, because estimates are never too small and the last use of such an item makes it a
//! candidate; an item below φ - ε is named with probability at most δ. Cormode and Muthukrishnan, 2005, section 5.2. O(d) an item,
//! amortised; at most 4/φ candidates.

use crate::{CountMin, SizeError, share};
use std::collections::BTreeMap;

/// Finds the items that make up at least a share of a stream.
#[derive(Clone, Debug)]
pub struct HeavyHitters {
    counts: CountMin,
    share: f64,
    /// With the estimate when last seen.
    candidates: BTreeMap<u64, u64>,
}

impl HeavyHitters {
    /// Nothing seen yet; items of at least the share `heavy` are wanted, their counts within `epsilon` of all with a probability of at
    /// least 1 - `delta`. Choose `epsilon` well below `heavy`.
    ///
    /// # Errors
    /// As [`CountMin::for_error`], and [`SizeError::NotAShare`] for `heavy`.
    pub fn new(heavy: f64, epsilon: f64, delta: f64) -> Result<HeavyHitters, SizeError> {
        let share = share("heavy", heavy)?;
        Ok(HeavyHitters { counts: CountMin::for_error(epsilon, delta)?, share, candidates: BTreeMap::new() })
    }

    /// Sees `item` `times` times.
    pub fn add(&mut self, item: u64, times: u64) {
        let estimate = self.counts.add(item, times);
        let enough = self.share * self.counts.total() as f64;
        if estimate as f64 >= enough {
            self.candidates.insert(item, estimate);
            if self.candidates.len() as f64 > 4.0 / self.share {
                self.candidates.retain(|_, estimate| *estimate as f64 >= enough);
            }
        }
    }

    /// The heavy items with their estimates, the heaviest first, equals by item.
    #[must_use]
    pub fn heavy(&self) -> Vec<(u64, u64)> {
        let enough = self.share * self.counts.total() as f64;
        let estimates = self.candidates.keys().map(|item| (*item, self.counts.estimate(*item)));
        let mut heavy: Vec<_> = estimates.filter(|(_, estimate)| *estimate as f64 >= enough).collect();
        heavy.sort_by_key(|(item, estimate)| (core::cmp::Reverse(*estimate), *item));
        heavy
    }

    /// The table behind it.
    #[must_use]
    pub fn counts(&self) -> &CountMin {
        &self.counts
    }
}
