//! Poisson arrivals at a fixed rate: the gaps are independent and exponential.
//!
//! The rule: the number in any span of length s is Poisson with mean rate × s, whatever happened before. One draw an arrival.

use super::{Arrival, SECOND, check_rate, later, scaled};
use crate::WorkloadError;
use base::{Rng, Time};
use serde::{Deserialize, Serialize};

/// Settings of [`Poisson`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct PoissonConfig {
    /// Requests per second, 0 to 10,000,000.
    pub rate: f64,
}

/// 100 a second.
impl Default for PoissonConfig {
    fn default() -> PoissonConfig {
        PoissonConfig { rate: 100.0 }
    }
}

/// Independent arrivals at a fixed rate.
#[derive(Clone, Debug)]
pub struct Poisson {
    config: PoissonConfig,
}

impl Poisson {
    /// The process with these settings.
    pub fn new(config: PoissonConfig) -> Result<Poisson, WorkloadError> {
        check_rate("rate", config.rate)?;
        Ok(Poisson { config })
    }
}

impl Arrival for Poisson {
    #[inline]
    fn next(&mut self, after: Time, factor: f64, rng: &mut Rng) -> Option<Time> {
        let rate = scaled(self.config.rate, factor)?;
        later(after, rng.exponential() * (SECOND / rate))
    }

    fn rate_at(&self, _now: Time) -> f64 {
        self.config.rate
    }
}
