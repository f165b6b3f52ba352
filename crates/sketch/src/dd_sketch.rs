//! DDSketch: quantiles within a share of the true value, from a histogram whose bars grow by a constant factor.
//!
//! ```text
//!   α = 1 %, γ = 1.0202:   ...│ 98.0 to 100 │ 100 to 102.02 │ 102.02 to 104.08 │...      a bar's middle is within 1 % of all in it
//! ```
//!
//! The rule: for every q, |answer - true quantile| ≤ α · true quantile, where the true one is the item of rank floor(q (n-1)). Merging
//! adds the bars up, without any further error. Masson, Rim and Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
//! Relative-Error Guarantees", VLDB 2019. Bars are bounded; if there are too many the lowest are put together, and only quantiles in
//! them lose the guarantee. O(log bars) an item.

use crate::{SizeError, share, within};
use core::fmt;
use std::collections::BTreeMap;

/// Below this a value is taken for zero: a nanosecond of a nanosecond.
const LEAST: f64 = 1e-9;

/// Quantiles of values that are not negative.
#[derive(Clone, Debug, PartialEq)]
pub struct DdSketch {
    bars: BTreeMap<i32, u64>,
    zeros: u64,
    count: u64,
    gamma: f64,
    ln_gamma: f64,
    bars_max: u64,
}

/// Why a value cannot be taken in: it is negative, not a number, or infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NegativeValue {
    /// The value.
    pub value: f64,
}

impl fmt::Display for NegativeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value is {}, but must be finite and at least 0", self.value)
    }
}

impl core::error::Error for NegativeValue {}

impl DdSketch {
    /// Nothing seen yet; answers within the share `alpha` of the true value, with at most `bars_max` bars. 2,048 bars at 1 % cover a
    /// range of 10^17.
    ///
    /// # Errors
    /// [`SizeError`] if `alpha` is not strictly between 0 and 1 (nor below a millionth), or `bars_max` not from 1 to 2^20.
    pub fn new(alpha: f64, bars_max: u64) -> Result<DdSketch, SizeError> {
        let alpha = share("alpha", alpha)?;
        if alpha < 1e-6 {
            return Err(SizeError::NotAShare { field: "alpha", value: alpha });
        }
        let bars_max = within("bars_max", bars_max, 1, 1 << 20)?;
        let gamma = (1.0 + alpha) / (1.0 - alpha);
        Ok(DdSketch { bars: BTreeMap::new(), zeros: 0, count: 0, gamma, ln_gamma: libm::log(gamma), bars_max })
    }

    /// Takes in `value`.
    ///
    /// # Errors
    /// [`NegativeValue`] if it is negative, not a number, or infinite; nothing is changed then.
    pub fn add(&mut self, value: f64) -> Result<(), NegativeValue> {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(NegativeValue { value });
        }
        self.count += 1;
        if value < LEAST {
            self.zeros += 1;
            return Ok(());
        }
        *self.bars.entry(libm::ceil(libm::log(value) / self.ln_gamma) as i32).or_insert(0) += 1;
        self.bound();
        Ok(())
    }

    /// Puts the lowest bars together until there are few enough.
    fn bound(&mut self) {
        while self.bars.len() as u64 > self.bars_max {
            let (_, lowest) = self.bars.pop_first().expect("there are more than the bound");
            let mut next = self.bars.first_entry().expect("the bound is at least one");
            *next.get_mut() += lowest;
        }
    }

    /// The value of rank floor(q (n-1)), within the stated share; `None` if nothing was seen. A `q` outside 0 to 1 is the nearer end.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let last = self.count.checked_sub(1)?;
        let rank = libm::floor(if q > 0.0 { q.clamp(0.0, 1.0) } else { 0.0 } * last as f64) as u64;
        let mut up_to = self.zeros;
        if rank < up_to {
            return Some(0.0);
        }
        let bar = self.bars.iter().find(|(_, count)| {
            up_to += **count;
            rank < up_to
        });
        bar.map(|(bar, _)| 2.0 * libm::exp(f64::from(*bar) * self.ln_gamma) / (self.gamma + 1.0))
    }

    /// Values seen.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Takes in everything that `other` has seen; `false`, and nothing is changed, if it answers within another share.
    #[must_use]
    pub fn merge(&mut self, other: &DdSketch) -> bool {
        let fits = self.gamma == other.gamma;
        if fits {
            other.bars.iter().for_each(|(bar, count)| *self.bars.entry(*bar).or_insert(0) += count);
            self.zeros += other.zeros;
            self.count += other.count;
            self.bound();
        }
        fits
    }
}
