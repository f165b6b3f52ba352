//! Bursts: two rates in turn, the burst first, from time zero on.
//!
//! ```text
//!   rate       ████        ████
//!   idle_rate  ████▂▂▂▂▂▂▂▂████▂▂▂▂▂▂▂▂
//!              on   off
//! ```
//!
//! The rule: within each phase a Poisson process of that phase's rate. A draw says how many expected arrivals lie before the next
//! one; whole cycles are skipped by one division, then at most three phases are walked: O(1) even over a pause of an hour.

use super::{Arrival, SECOND, check_rate, check_span, larger, later, scaled};
use crate::WorkloadError;
use base::{Rng, Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of [`Burst`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct BurstConfig {
    /// Requests per second during a burst, 0 to 10,000,000.
    pub rate: f64,
    /// Requests per second between bursts, 0 to 10,000,000.
    pub idle_rate: f64,
    /// Length of a burst, 1 us to 10 years.
    pub on: Span,
    /// Length of the pause between two bursts, 1 us to 10 years.
    pub off: Span,
}

/// 500 a second for two seconds, then 50 a second for eight.
impl Default for BurstConfig {
    fn default() -> BurstConfig {
        BurstConfig { rate: 500.0, idle_rate: 50.0, on: Span::from_secs(2), off: Span::from_secs(8) }
    }
}

/// Two rates in turn.
#[derive(Clone, Debug)]
pub struct Burst {
    config: BurstConfig,
}

impl Burst {
    /// The process with these settings.
    pub fn new(config: BurstConfig) -> Result<Burst, WorkloadError> {
        check_rate("rate", config.rate)?;
        check_rate("idle-rate", config.idle_rate)?;
        check_span("on", config.on, Span::from_micros(1))?;
        check_span("off", config.off, Span::from_micros(1))?;
        Ok(Burst { config })
    }

    /// The rate at `now`, and how long it stays so.
    #[inline]
    fn phase(&self, now: Time) -> (f64, u64) {
        let BurstConfig { rate, idle_rate, on, off } = self.config;
        let at = now.0 % (on.0 + off.0);
        if at < on.0 { (rate, on.0 - at) } else { (idle_rate, on.0 + off.0 - at) }
    }
}

impl Arrival for Burst {
    fn next(&mut self, after: Time, factor: f64, rng: &mut Rng) -> Option<Time> {
        let BurstConfig { rate, idle_rate, on, off } = self.config;
        let peak = larger(rate, idle_rate);
        // Counted in arrivals at factor one, so that the shape need not be scaled.
        let mut expected = rng.exponential() * (peak / scaled(peak, factor)?);
        let per_cycle = (rate * on.0 as f64 + idle_rate * off.0 as f64) / SECOND;
        let cycles = libm::floor(expected / per_cycle);
        expected -= cycles * per_cycle;
        let mut now = later(after, cycles * (on.0 + off.0) as f64)?;
        // Less than a cycle is left: the rest of this phase, the next, and the part of this one that lies before `now`.
        for _ in 0..3 {
            let (rate, rest) = self.phase(now);
            let in_phase = rate * rest as f64 / SECOND;
            if expected < in_phase {
                return later(now, expected * (SECOND / rate));
            }
            expected -= in_phase;
            now += Span(rest);
        }
        Some(now)
    }

    fn rate_at(&self, now: Time) -> f64 {
        self.phase(now).0
    }
}
