//! Slow start: a member that has come back gets its share little by little, while its caches and pools are cold.
//!
//! ```text
//!   weight 100% |          ______
//!               |      __/          from `least_percent` at its return to all of it after `window`
//!    10%        |____/
//!               up      window
//! ```
//!
//! The rule: weights grow linearly and never shrink while the member stays up. Without it a cold member is sent its full share at once
//! (with least connections even more than that: it has none) and falls over again. For the balancers that look at weights:
//! [`SmoothWeighted`](crate::SmoothWeighted) and [`WeightedRandom`](crate::WeightedRandom). O(1) a member. As nginx's `slow_start` and
//! Envoy's slow start mode do it.

use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a slow start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SlowStart {
    /// How long until it gets its whole share; 0 is at once. Usual 10 s to 60 s.
    pub window: Span,
    /// What it gets at first, 0 to 100; at 0 it gets nothing at the very first, unless nobody else is there.
    pub least_percent: u32,
}

/// 30 s from a tenth.
impl Default for SlowStart {
    fn default() -> SlowStart {
        SlowStart { window: Span::from_secs(30), least_percent: 10 }
    }
}

impl SlowStart {
    /// The weight at `now` of a member of weight `weight` that has been up since `since`, in hundredths: a full weight of 3 is 300.
    /// Whoever was there from the start is taken as up since before it, with `since` `None`.
    #[must_use]
    pub fn weight(&self, weight: u32, since: Option<Time>, now: Time) -> u32 {
        let percent = since.map_or(100, |since| self.percent(now.since(since)));
        u32::try_from(u64::from(weight) * percent).unwrap_or(u32::MAX)
    }

    fn percent(&self, up: Span) -> u64 {
        if up >= self.window {
            return 100;
        }
        let least = u128::from(self.least_percent.min(100));
        // At most 100: the window is longer than `up` here.
        (least + (100 - least) * u128::from(up.0) / u128::from(self.window.0)) as u64
    }
}
