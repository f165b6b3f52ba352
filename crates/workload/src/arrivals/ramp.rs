//! Ramp: a rate that changes evenly from one value to another, then stays.
//!
//! ```text
//!    to               ┌──────────
//!               _ - ~ │
//!    from  _ - ~      │
//!          0        over
//! ```
//!
//! The rule: a Poisson process whose expected number of arrivals up to t is the area under this line. The area is quadratic in t, so
//! one draw and one square root give the next arrival. O(1).

use super::{Arrival, SECOND, check_rate, check_span, larger, later, scaled};
use crate::WorkloadError;
use base::{Rng, Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of [`Ramp`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RampConfig {
    /// Requests per second at time zero, 0 to 10,000,000.
    pub from: f64,
    /// Requests per second at the end of the ramp and ever after, 0 to 10,000,000.
    pub to: f64,
    /// Length of the ramp, 1 us to 10 years.
    pub over: Span,
}

/// From 10 to 1,000 a second within a minute.
impl Default for RampConfig {
    fn default() -> RampConfig {
        RampConfig { from: 10.0, to: 1_000.0, over: Span::from_secs(60) }
    }
}

/// A rate that changes evenly, then stays.
#[derive(Clone, Debug)]
pub struct Ramp {
    config: RampConfig,
}

impl Ramp {
    /// The process with these settings.
    pub fn new(config: RampConfig) -> Result<Ramp, WorkloadError> {
        check_rate("from", config.from)?;
        check_rate("to", config.to)?;
        check_span("over", config.over, Span::from_micros(1))?;
        Ok(Ramp { config })
    }
}

impl Arrival for Ramp {
    fn next(&mut self, after: Time, factor: f64, rng: &mut Rng) -> Option<Time> {
        let RampConfig { from, to, over } = self.config;
        let peak = larger(from, to);
        // Counted in arrivals at factor one, so that the shape need not be scaled.
        let expected = rng.exponential() * (peak / scaled(peak, factor)?);
        let rest = over.0.saturating_sub(after.0) as f64 / SECOND;
        let rate = self.rate_at(after);
        let on_the_ramp = (rate + to) / 2.0 * rest;
        if expected >= on_the_ramp {
            let level = (expected - on_the_ramp) / to;
            return if to > 0.0 { later(after, (rest + level) * SECOND) } else { None };
        }
        // rate·x + slope·x²/2 = expected, in the form that loses no digits when the slope is small.
        let slope = (to - from) / over.as_secs_f64();
        let square = rate * rate + 2.0 * slope * expected;
        let root = if square > 0.0 { libm::sqrt(square) } else { 0.0 };
        later(after, 2.0 * expected / (rate + root) * SECOND)
    }

    fn rate_at(&self, now: Time) -> f64 {
        let RampConfig { from, to, over } = self.config;
        from + (to - from) * (now.0.min(over.0) as f64 / over.0 as f64)
    }
}
