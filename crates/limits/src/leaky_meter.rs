//! Leaky bucket as a meter: each request pours its cost into a bucket that leaks at a constant rate; what would overflow is refused.
//!
//! ```text
//!        cost n                 level + n > capacity: refused, and nothing is poured
//!     |    v    |
//!     |         |
//!     |~~~~~~~~~| <- level      the token bucket seen from below: level = capacity - tokens
//!     |____ ____|
//!          |
//!          v  leaks limit / window
//! ```
//!
//! The rule: over any span s it admits at most `capacity + limit × s / window`, and it delays nobody. It decides like a token bucket
//! of the same size, and like the [`LeakyQueue`](crate::LeakyQueue), which lets the same requests in and then makes them wait. The
//! arithmetic is exact. One level and one moment, O(1), no timer.
//!
//! Source: Turner, "New directions in communications", 1986.

use crate::drain::Drain;
use crate::{Decision, Limit, LimitError, View};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`LeakyMeter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct LeakyMeterConfig {
    /// Cost the bucket holds, which is the largest burst. Usual range 1 to 1,000,000; 0 refuses everything.
    pub capacity: u64,
    /// Cost that leaks out during each window. Usual range 1 to 1,000,000; 0 never leaks.
    pub limit: u64,
    /// The span that `limit` refers to, at least 1 ns. The leak is continuous: only the ratio matters.
    pub window: Span,
}

/// Room for 10, 2 a second.
impl Default for LeakyMeterConfig {
    fn default() -> LeakyMeterConfig {
        LeakyMeterConfig { capacity: 10, limit: 2, window: Span::from_secs(1) }
    }
}

impl LeakyMeterConfig {
    /// Room for `limit`, which leaks out over `window`.
    #[must_use]
    pub fn per_window(limit: u64, window: Span) -> LeakyMeterConfig {
        LeakyMeterConfig { capacity: limit, limit, window }
    }
}

/// A leaky bucket that starts empty.
#[derive(Clone, Debug)]
pub struct LeakyMeter {
    drain: Drain,
}

impl LeakyMeter {
    /// An empty bucket at time zero.
    pub fn new(config: LeakyMeterConfig) -> Result<LeakyMeter, LimitError> {
        if config.window == Span::ZERO {
            return Err(LimitError::ZeroSpan { field: "window" });
        }
        Ok(LeakyMeter { drain: Drain::new(config.capacity, config.limit, config.window) })
    }
}

impl Limit for LeakyMeter {
    #[inline]
    fn peek(&self, now: Time, cost: u64) -> Decision {
        match self.drain.fits(now, cost) {
            Ok(()) => Decision::Allowed,
            Err(not_before) => Decision::Refused { not_before },
        }
    }

    #[inline]
    fn ask(&mut self, now: Time, cost: u64) -> Decision {
        self.drain.advance(now);
        let decision = self.peek(now, cost);
        if decision.is_allowed() {
            self.drain.add(now, cost);
        }
        decision
    }

    fn most_within(&self, span: Span) -> u64 {
        self.drain.leaks_within(span).saturating_add(self.drain.capacity())
    }

    fn view(&self, now: Time) -> View {
        View::Leaky { level: self.drain.filled(now), capacity: self.drain.capacity() }
    }
}
