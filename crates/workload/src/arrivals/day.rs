//! Day curve: a rate that follows a cosine, lowest at time zero and highest half a period later.
//!
//! ```text
//!             .-~-.             rate × (1 + swing)
//!           /       \
//!   `-.__.-           `-.__.-   rate × (1 - swing)
//!   0        period
//! ```
//!
//! The rule: a Poisson process with this rate, by thinning (Lewis and Shedler, 1979): candidates come at the highest rate, and each
//! is kept with the probability that the rate of its moment has of the highest. Since the swing is at most 0.9, a candidate is kept
//! at least one time in nineteen, so an arrival costs a bounded number of draws on average.

use super::{Arrival, SECOND, check_rate, check_span, later, scaled};
use crate::WorkloadError;
use base::{Rng, Span, Time};
use core::f64::consts::TAU;
use serde::{Deserialize, Serialize};

/// Settings of [`Day`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct DayConfig {
    /// Requests per second on average, 0 to 10,000,000.
    pub rate: f64,
    /// How far the rate swings from its average, as a share of it: 0 is flat, 0.9 the most.
    pub swing: f64,
    /// Length of a day, 1 us to 10 years.
    pub period: Span,
}

/// 100 a second on average, between 20 and 180, over 24 hours.
impl Default for DayConfig {
    fn default() -> DayConfig {
        DayConfig { rate: 100.0, swing: 0.8, period: Span::from_secs(86_400) }
    }
}

/// Largest swing.
const SWING_MAX: f64 = 0.9;

/// A slow wave.
#[derive(Clone, Debug)]
pub struct Day {
    config: DayConfig,
}

impl Day {
    /// The process with these settings.
    pub fn new(config: DayConfig) -> Result<Day, WorkloadError> {
        check_rate("rate", config.rate)?;
        WorkloadError::check("swing", config.swing, 0.0, SWING_MAX)?;
        check_span("period", config.period, Span::from_micros(1))?;
        Ok(Day { config })
    }

    /// The rate at `now` as a share of the average.
    fn wave(&self, now: Time) -> f64 {
        let DayConfig { swing, period, .. } = self.config;
        1.0 - swing * libm::cos(TAU * ((now.0 % period.0) as f64 / period.0 as f64))
    }
}

impl Arrival for Day {
    fn next(&mut self, after: Time, factor: f64, rng: &mut Rng) -> Option<Time> {
        let highest = 1.0 + self.config.swing;
        let rate = scaled(self.config.rate * highest, factor)?;
        let mut now = after;
        loop {
            now = later(now, rng.exponential() * (SECOND / rate))?;
            if rng.unit() * highest < self.wave(now) {
                return Some(now);
            }
        }
    }

    fn rate_at(&self, now: Time) -> f64 {
        self.config.rate * self.wave(now)
    }
}
