//! Zipf: the r-th most popular key in proportion to 1 / r^s.
//!
//! ```text
//!   s = 1, 10,000 keys:  key 0 ▇▇▇▇▇▇▇▇▇▇ 10%   key 1 ▇▇▇▇▇ 5%   key 2 ▇▇▇ 3%   ...   the top 1% of keys 53%
//! ```
//!
//! The rule: exactly these probabilities (to 2^-32 of a column of the alias table), unlike the usual approximation by a power law
//! over the reals. Web requests show s of about 0.6 to 0.9 (Breslau, Cao, Fan, Phillips and Shenker, 1999); s = 0 is uniform.
//! One draw; the table is built once in O(keys) and shared by clones.

use super::{Choice, check_keys};
use crate::{Alias, WorkloadError};
use base::Rng;
use serde::{Deserialize, Serialize};

/// Settings of [`Zipf`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ZipfConfig {
    /// Number of keys, 1 to 1,000,000.
    pub keys: u32,
    /// The exponent s, 0 to 5.
    pub exponent: f64,
}

/// 10,000 keys, exponent 1.
impl Default for ZipfConfig {
    fn default() -> ZipfConfig {
        ZipfConfig { keys: 10_000, exponent: 1.0 }
    }
}

/// Largest exponent: beyond it nearly everything is for key 0.
const EXPONENT_MAX: f64 = 5.0;

/// Popularity falls with rank.
#[derive(Clone, Debug)]
pub struct Zipf {
    config: ZipfConfig,
    table: Alias,
    /// Sum of all weights.
    sum: f64,
}

impl Zipf {
    /// The choice with these settings.
    pub fn new(config: ZipfConfig) -> Result<Zipf, WorkloadError> {
        check_keys(config.keys)?;
        WorkloadError::check("exponent", config.exponent, 0.0, EXPONENT_MAX)?;
        let weights: Vec<f64> = (0..u64::from(config.keys)).map(|key| weight(key, config.exponent)).collect();
        Ok(Zipf { config, table: Alias::new(&weights)?, sum: weights.iter().sum() })
    }
}

fn weight(key: u64, exponent: f64) -> f64 {
    libm::pow((key + 1) as f64, -exponent)
}

impl Choice for Zipf {
    #[inline]
    fn pick(&mut self, rng: &mut Rng) -> u64 {
        u64::from(self.table.pick(rng))
    }

    fn keys(&self) -> u32 {
        self.config.keys
    }

    fn probability(&self, key: u64) -> f64 {
        if key < u64::from(self.config.keys) { weight(key, self.config.exponent) / self.sum } else { 0.0 }
    }
}
