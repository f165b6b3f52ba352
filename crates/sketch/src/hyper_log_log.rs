//! HyperLogLog: how many different items, from the longest run of leading zeros in each of 2^p groups of hashes.
//!
//! ```text
//!   hash 0110 0001 0111...   p = 4: group 6; the rest begins 0001: 3 zeros, rank 4; register 6 keeps the greatest rank seen
//! ```
//!
//! The rule: standard error 1.04 / √(2^p), whatever the number; the same item again changes nothing; merging is the greater of each
//! pair of registers. Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation
//! algorithm", 2007, with 64-bit hashes, for which its correction of large numbers is not needed; small ones are counted linearly (by
//! the registers that are still zero) up to 2.5 · 2^p. O(1) an item, O(2^p) a question. When not: small sets that can be kept.

use crate::{SizeError, within};
use base::{logarithm, stable_hash_u64};

/// Registers that are a power of two: the least and the greatest exponent.
const PRECISION: (u64, u64) = (4, 18);

/// Counts different items in 2^p bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HyperLogLog {
    registers: Vec<u8>,
    precision: u32,
}

impl HyperLogLog {
    /// Nothing seen yet, with 2^`precision` registers.
    ///
    /// # Errors
    /// [`SizeError::OutOfRange`] if `precision` is not from 4 to 18.
    pub fn new(precision: u32) -> Result<HyperLogLog, SizeError> {
        within("precision", u64::from(precision), PRECISION.0, PRECISION.1)?;
        Ok(HyperLogLog { registers: vec![0; 1 << precision], precision })
    }

    /// Sees `item`.
    pub fn add(&mut self, item: u64) {
        self.add_hash(stable_hash_u64(item));
    }

    /// Sees the item with this hash, of which all bits must be random.
    pub fn add_hash(&mut self, hash: u64) {
        let register = &mut self.registers[(hash >> (64 - self.precision)) as usize];
        // A rest of nothing but zeros is as long as the rest is.
        let zeros = (hash << self.precision).leading_zeros().min(64 - self.precision);
        *register = (*register).max(zeros as u8 + 1);
    }

    /// The registers, each with the greatest rank seen.
    #[must_use]
    pub fn registers(&self) -> &[u8] {
        &self.registers
    }

    /// The estimate without any correction: alpha m^2 / sum of 2^-register.
    #[must_use]
    pub fn raw_estimate(&self) -> f64 {
        let m = self.registers.len() as f64;
        let alpha = match self.precision {
            4 => 0.673,
            5 => 0.697,
            6 => 0.709,
            _ => 0.7213 / (1.0 + 1.079 / m),
        };
        let sum: f64 = self.registers.iter().map(|rank| 1.0 / (1_u64 << rank) as f64).sum();
        alpha * m * m / sum
    }

    /// How many different items were seen.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        let (raw, m) = (self.raw_estimate(), self.registers.len() as f64);
        let zero = self.registers.iter().filter(|rank| **rank == 0).count();
        if raw <= 2.5 * m && zero > 0 { m * logarithm(m / zero as f64) } else { raw }
    }

    /// The standard error as a share of the number: 1.04 / √(2^p).
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        1.04 / libm::sqrt(self.registers.len() as f64)
    }

    /// Takes in everything that `other` has seen; `false`, and nothing is changed, if it is of another precision.
    #[must_use]
    pub fn merge(&mut self, other: &HyperLogLog) -> bool {
        let fits = self.precision == other.precision;
        if fits {
            self.registers.iter_mut().zip(&other.registers).for_each(|(ours, theirs)| *ours = (*ours).max(*theirs));
        }
        fits
    }
}
