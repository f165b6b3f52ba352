//! Count-min: d rows of w counters; an item adds to one counter in each row, and its count is the least of them.
//!
//! ```text
//!   row 0   0 3 0 7 0        x adds here ^ and there      count of x = min(3, 5) = 3
//!   row 1   5 0 0 3 2        others share counters, never the same in all rows, hopefully
//! ```
//!
//! The rule: a count is never too small; it is too large by more than ε of the sum of all counts with probability at most δ, where
//! w = ceil(e/ε) and d = ceil(ln 1/δ). Cormode and Muthukrishnan, "An Improved Data Stream Summary: The Count-Min Sketch and its
//! Applications", 2005. O(d). When not: rare items; their error is that of the whole stream.

use crate::positions::positions;
use crate::{SizeError, share, within};
use core::fmt;

/// The most counters that a table is built with: 128 MiB.
const COUNTERS_MAX: u64 = 1 << 24;

/// Counts of many items in little memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountMin {
    counts: Vec<u64>,
    width: u64,
    depth: u32,
    total: u64,
}

/// Why an item has no place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionError {
    /// There must be one position for each row.
    Number {
        /// Positions given.
        positions: u64,
        /// Rows there are.
        depth: u32,
    },
    /// A position lies outside its row.
    Outside {
        /// The position.
        position: u64,
        /// Counters in a row.
        width: u64,
    },
}

impl fmt::Display for PositionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PositionError::Number { positions, depth } => {
                write!(f, "the item has {positions} positions, but there are {depth} rows")
            }
            PositionError::Outside { position, width } => {
                write!(f, "position {position} is outside a row of {width} counters")
            }
        }
    }
}

impl core::error::Error for PositionError {}

impl CountMin {
    /// An empty table of `depth` rows of `width` counters.
    ///
    /// # Errors
    /// [`SizeError::OutOfRange`] if either is 0, or both together make more than 2^24 counters.
    pub fn new(width: u64, depth: u32) -> Result<CountMin, SizeError> {
        let depth_max = within("depth", u64::from(depth), 1, COUNTERS_MAX)?;
        let width = within("width", width, 1, COUNTERS_MAX / depth_max)?;
        Ok(CountMin { counts: vec![0; (width * u64::from(depth)) as usize], width, depth, total: 0 })
    }

    /// An empty table whose counts are too large by more than the share `epsilon` of all with probability at most `delta`.
    ///
    /// # Errors
    /// [`SizeError`] if one of them is not strictly between 0 and 1, or so small that the table would be too large.
    pub fn for_error(epsilon: f64, delta: f64) -> Result<CountMin, SizeError> {
        let width = libm::ceil(core::f64::consts::E / share("epsilon", epsilon)?) as u64;
        let depth = libm::ceil(-libm::log(share("delta", delta)?)) as u32;
        CountMin::new(width, depth.max(1))
    }

    /// Counts `item` `times` times more, and gives its new estimate. Counters stop at `u64::MAX`.
    pub fn add(&mut self, item: u64, times: u64) -> u64 {
        let mut least = u64::MAX;
        for (row, at) in positions(item, self.width, self.depth).enumerate() {
            let count = &mut self.counts[row * self.width as usize + at as usize];
            *count = count.saturating_add(times);
            least = least.min(*count);
        }
        self.total = self.total.saturating_add(times);
        least
    }

    /// How often `item` was counted: at least the true number.
    #[must_use]
    pub fn estimate(&self, item: u64) -> u64 {
        self.least(positions(item, self.width, self.depth))
    }

    /// Counts an item by its own hash functions: `at` has its position in each row.
    ///
    /// # Errors
    /// [`PositionError`] if it has not one position within each row; nothing is changed then.
    pub fn add_at(&mut self, at: &[u64], times: u64) -> Result<(), PositionError> {
        self.check(at)?;
        for (row, at) in at.iter().enumerate() {
            let count = &mut self.counts[row * self.width as usize + *at as usize];
            *count = count.saturating_add(times);
        }
        self.total = self.total.saturating_add(times);
        Ok(())
    }

    /// How often the item at these positions was counted: at least the true number.
    ///
    /// # Errors
    /// [`PositionError`] if it has not one position within each row.
    pub fn estimate_at(&self, at: &[u64]) -> Result<u64, PositionError> {
        self.check(at)?;
        Ok(self.least(at.iter().copied()))
    }

    fn check(&self, at: &[u64]) -> Result<(), PositionError> {
        if at.len() as u64 != u64::from(self.depth) {
            return Err(PositionError::Number { positions: at.len() as u64, depth: self.depth });
        }
        match at.iter().find(|at| **at >= self.width) {
            Some(position) => Err(PositionError::Outside { position: *position, width: self.width }),
            None => Ok(()),
        }
    }

    fn least(&self, at: impl Iterator<Item = u64>) -> u64 {
        at.enumerate().map(|(row, at)| self.counts[row * self.width as usize + at as usize]).min().unwrap_or(0)
    }

    /// Sum of all that was counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The counters, row by row.
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.counts.chunks_exact(self.width as usize)
    }

    /// Takes in everything that `other` has counted; `false`, and nothing is changed, if it is of another size.
    #[must_use]
    pub fn merge(&mut self, other: &CountMin) -> bool {
        let fits = (self.width, self.depth) == (other.width, other.depth);
        if fits {
            self.counts.iter_mut().zip(&other.counts).for_each(|(ours, theirs)| *ours = ours.saturating_add(*theirs));
            self.total = self.total.saturating_add(other.total);
        }
        fits
    }
}
