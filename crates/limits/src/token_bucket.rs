//! Token bucket: a bucket holds up to `capacity` tokens, refills continuously, and a request takes its cost or is refused.
//!
//! ```text
//!      tokens / per
//!           |            level in units of 1/per token, so that the refill of one nanosecond is the
//!     ______v______      whole number `tokens` and no fraction is ever rounded
//!    |             |
//!    |~~~~~~~~~~~~~| <- level       request of cost n: level >= n  -> take n, allowed
//!    |_____________|                                   otherwise   -> not before the missing part has dripped in
//! ```
//!
//! The rule: over any span s it admits at most `capacity + tokens × s / per`. The arithmetic is rational and exact: a bucket that
//! has run for a year is not one nanosecond off. One level and one moment of state, O(1) a decision, no timer.
//!
//! Source: the token bucket as traffic policer, RFC 2697 section 3 (with one rate), with continuous instead of periodic refill.

use crate::drain::greatest_common_divisor;
use crate::{Decision, Limit, LimitError, View};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`TokenBucket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct TokenBucketConfig {
    /// Tokens the bucket holds, which is the largest burst. Usual range 1 to 1,000,000; 0 refuses everything.
    pub capacity: u64,
    /// Tokens that drip in during each `per`. Usual range 1 to 1,000,000; 0 never refills.
    pub tokens: u64,
    /// The span that `tokens` refers to, at least 1 ns. The refill is continuous: only the ratio matters.
    pub per: Span,
}

/// 10 tokens, 2 a second.
impl Default for TokenBucketConfig {
    fn default() -> TokenBucketConfig {
        TokenBucketConfig { capacity: 10, tokens: 2, per: Span::from_secs(1) }
    }
}

impl TokenBucketConfig {
    /// `limit` tokens that refill over `window`.
    #[must_use]
    pub fn per_window(limit: u64, window: Span) -> TokenBucketConfig {
        TokenBucketConfig { capacity: limit, tokens: limit, per: window }
    }
}

/// A token bucket that starts full.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    /// Units in the bucket at `updated`; `token` units are one token.
    level: u128,
    /// Units in a full bucket.
    full: u128,
    /// Units that drip in each nanosecond, and units in a token: `tokens / per` in lowest terms.
    drip: u64,
    token: u64,
    capacity: u64,
    /// The latest moment seen.
    updated: Time,
}

impl TokenBucket {
    /// A full bucket at time zero.
    pub fn new(config: TokenBucketConfig) -> Result<TokenBucket, LimitError> {
        if config.per == Span::ZERO {
            return Err(LimitError::ZeroSpan { field: "per" });
        }
        let divisor = greatest_common_divisor(config.tokens, config.per.0);
        let (drip, token) = (config.tokens / divisor, config.per.0 / divisor);
        let full = u128::from(config.capacity) * u128::from(token);
        Ok(TokenBucket { level: full, full, drip, token, capacity: config.capacity, updated: Time::ZERO })
    }

    /// Tokens in the bucket at `now`, rounded only here, for display.
    #[must_use]
    pub fn tokens(&self, now: Time) -> f64 {
        self.level_at(now) as f64 / self.token as f64
    }

    /// Tokens the bucket can hold.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// The level once time has advanced to `now`. A `now` before the last update adds nothing.
    #[inline]
    fn level_at(&self, now: Time) -> u128 {
        let elapsed = now.since(self.updated).0;
        // Saturation is exact in both widths: what saturates lies above `full`, and the minimum cuts it there.
        if let Ok(full) = u64::try_from(self.full) {
            return u128::from(full.min((self.level as u64).saturating_add(elapsed.saturating_mul(self.drip))));
        }
        self.full.min(self.level.saturating_add(u128::from(elapsed) * u128::from(self.drip)))
    }

    /// When the bucket will hold `units`, which are more than it holds now.
    #[inline]
    fn refilled(&self, units: u128) -> Option<Time> {
        if units > self.full || self.drip == 0 {
            return None;
        }
        let missing = units - self.level;
        let wait = match u64::try_from(missing) {
            Ok(missing) => missing.div_ceil(self.drip),
            Err(_) => u64::try_from(missing.div_ceil(u128::from(self.drip))).ok()?,
        };
        self.updated.0.checked_add(wait).map(Time)
    }
}

impl Limit for TokenBucket {
    #[inline]
    fn ask(&mut self, now: Time, cost: u64) -> Decision {
        self.level = self.level_at(now);
        self.updated = self.updated.max(now);
        let units = u128::from(cost) * u128::from(self.token);
        if units <= self.level {
            self.level -= units;
            return Decision::Allowed;
        }
        Decision::Refused { not_before: self.refilled(units) }
    }

    fn most_within(&self, span: Span) -> u64 {
        let dripped = u128::from(span.0) * u128::from(self.drip) / u128::from(self.token);
        u64::try_from(dripped).map_or(u64::MAX, |dripped| dripped.saturating_add(self.capacity))
    }

    fn view(&self, now: Time) -> View {
        View::Bucket { tokens: self.tokens(now), capacity: self.capacity }
    }
}
