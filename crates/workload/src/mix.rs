//! Operation mix: which of a few operations a request is.
//!
//! The rule: each operation has its weight's share of the requests, independently of the others. A single operation draws nothing,
//! so that naming it does not change anybody's luck. O(1).

use crate::{Alias, WorkloadError};
use base::Rng;

/// A choice among operations by weight.
#[derive(Clone, Debug)]
pub struct Mix {
    table: Alias,
}

impl Mix {
    /// A choice among `weights.len()` operations. No weight may be negative, one must be above zero; only their ratios matter.
    pub fn new(weights: &[f64]) -> Result<Mix, WorkloadError> {
        Alias::new(weights).map(|table| Mix { table })
    }

    /// Number of operations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Never: a mix has at least one operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The index of the next operation.
    #[inline]
    #[must_use]
    pub fn pick(&self, rng: &mut Rng) -> u32 {
        if self.table.len() == 1 { 0 } else { self.table.pick(rng) }
    }
}
