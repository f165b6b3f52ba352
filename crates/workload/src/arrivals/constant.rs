//! Arrivals at equal distances.
//!
//! The rule: the k-th gap ends at k / rate, rounded to whole nanoseconds; what rounding takes from one gap the next gets back, so that
//! the rate is exact in the long run. Draws no luck. When the factor changes, the gap begins anew.

use super::{Arrival, SECOND, check_rate, later, scaled};
use crate::WorkloadError;
use base::{Rng, Time};
use serde::{Deserialize, Serialize};

/// Settings of [`Constant`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ConstantConfig {
    /// Requests per second, 0 to 10,000,000.
    pub rate: f64,
}

/// 100 a second.
impl Default for ConstantConfig {
    fn default() -> ConstantConfig {
        ConstantConfig { rate: 100.0 }
    }
}

/// Arrivals at equal distances.
#[derive(Clone, Debug)]
pub struct Constant {
    config: ConstantConfig,
    /// What rounding has taken so far, a part of a nanosecond.
    owed: f64,
}

impl Constant {
    /// The process with these settings.
    pub fn new(config: ConstantConfig) -> Result<Constant, WorkloadError> {
        check_rate("rate", config.rate)?;
        Ok(Constant { config, owed: 0.0 })
    }
}

impl Arrival for Constant {
    #[inline]
    fn next(&mut self, after: Time, factor: f64, _rng: &mut Rng) -> Option<Time> {
        let rate = scaled(self.config.rate, factor)?;
        let gap = SECOND / rate + self.owed;
        let whole = libm::floor(gap);
        self.owed = gap - whole;
        later(after, whole)
    }

    fn rate_at(&self, _now: Time) -> f64 {
        self.config.rate
    }
}
