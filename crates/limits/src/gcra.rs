//! GCRA, the generic cell rate algorithm: one moment, the theoretical arrival time (TAT), says everything a token bucket knows.
//!
//! ```text
//!   each request pushes TAT by n × T          T = emission interval
//!
//!   ----t--------------TAT-----> time         TAT ahead of t by more than burst × T: refused,
//!       |<- at most burst × T ->|             not before TAT + n×T - burst×T
//! ```
//!
//! The rule: allowed iff max(t, TAT) + n·T - (tau + T) <= t with the tolerance tau = (burst - 1)·T; then TAT becomes
//! max(t, TAT) + n·T. It admits what a token bucket of `burst` tokens and one token per T admits. [`CellRate`] is that one number and
//! its formula, which is why limiters in shared stores prefer it; [`Gcra`] adds the latest moment seen. O(1) a decision.
//!
//! Source: ITU-T I.371 annex A (virtual scheduling), with a cost. When not: T is a whole number of nanoseconds. "3 a second" is
//! rounded to 333,333,334 ns, 2 requests a week too slow; the [`TokenBucket`](crate::TokenBucket) is exact.

use crate::{Decision, Limit, LimitError, View};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`Gcra`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct GcraConfig {
    /// Time between two requests of cost 1 in steady state, at least 1 ns.
    pub emission_interval: Span,
    /// Cost that may pass at once after a pause. Usual range 1 to 1,000,000; 0 refuses everything.
    pub burst: u64,
}

/// 2 a second, 10 at once.
impl Default for GcraConfig {
    fn default() -> GcraConfig {
        GcraConfig { emission_interval: Span::from_millis(500), burst: 10 }
    }
}

impl GcraConfig {
    /// `limit` in each `window`, and as many at once. The interval is rounded up, so that the rate is never exceeded; a window of
    /// fewer nanoseconds than `limit` therefore admits one a nanosecond.
    #[must_use]
    pub fn per_window(limit: u64, window: Span) -> GcraConfig {
        GcraConfig { emission_interval: Span(window.0.div_ceil(limit.max(1))), burst: limit }
    }
}

/// The algorithm itself: the theoretical arrival time and the formula, with time as it comes.
///
/// This is what fits into one key of a shared store. A clock that steps back behind TAT is refused more than it should be, and one
/// that steps back while nothing is due may spend a burst twice; a [`Gcra`] does not let it.
#[derive(Clone, Debug)]
pub struct CellRate {
    /// Theoretical arrival time of the next request, in ns. Wide, because `burst` intervals may reach beyond the end of time.
    arrival: u128,
    interval: u64,
    burst: u64,
}

impl CellRate {
    /// Nothing is due.
    pub fn new(config: GcraConfig) -> Result<CellRate, LimitError> {
        if config.emission_interval == Span::ZERO {
            return Err(LimitError::ZeroSpan { field: "emission-interval" });
        }
        Ok(CellRate { arrival: 0, interval: config.emission_interval.0, burst: config.burst })
    }

    /// What [`CellRate::ask`] would say.
    #[inline]
    #[must_use]
    pub fn peek(&self, now: Time, cost: u64) -> Decision {
        if cost == 0 {
            return Decision::Allowed;
        }
        let Some(rest) = self.burst.checked_sub(cost) else { return Decision::Refused { not_before: None } };
        // TAT may lie ahead by burst × T, less the request's own part.
        match self.arrival.checked_sub(u128::from(rest) * u128::from(self.interval)) {
            Some(earliest) if earliest > u128::from(now.0) => {
                Decision::Refused { not_before: u64::try_from(earliest).ok().map(Time) }
            }
            _ => Decision::Allowed,
        }
    }

    /// May a request of cost `cost` pass at `now`? If so, it is charged.
    #[inline]
    pub fn ask(&mut self, now: Time, cost: u64) -> Decision {
        let decision = self.peek(now, cost);
        if decision.is_allowed() && cost > 0 {
            // At most now + burst × T, which fits: (2^64 - 1)^2 + 2^64 < 2^128.
            self.arrival = self.arrival.max(u128::from(now.0)) + u128::from(cost) * u128::from(self.interval);
        }
        decision
    }
}

/// A cell-rate limiter that starts idle.
#[derive(Clone, Debug)]
pub struct Gcra {
    rate: CellRate,
    /// The latest moment seen: a clock that steps back counts as one that stands still.
    latest: Time,
}

impl Gcra {
    /// An idle limiter.
    pub fn new(config: GcraConfig) -> Result<Gcra, LimitError> {
        Ok(Gcra { rate: CellRate::new(config)?, latest: Time::ZERO })
    }
}

impl Limit for Gcra {
    #[inline]
    fn peek(&self, now: Time, cost: u64) -> Decision {
        self.rate.peek(self.latest.max(now), cost)
    }

    #[inline]
    fn ask(&mut self, now: Time, cost: u64) -> Decision {
        self.latest = self.latest.max(now);
        self.rate.ask(self.latest, cost)
    }

    fn most_within(&self, span: Span) -> u64 {
        if self.rate.burst == 0 { 0 } else { self.rate.burst.saturating_add(span.0 / self.rate.interval) }
    }

    fn view(&self, now: Time) -> View {
        let CellRate { arrival, interval, burst } = self.rate;
        let ahead = arrival.saturating_sub(u128::from(self.latest.max(now).0));
        let tokens = burst as f64 - ahead as f64 / interval as f64;
        View::Bucket { tokens: tokens.clamp(0.0, burst as f64), capacity: burst }
    }
}
