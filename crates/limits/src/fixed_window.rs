//! Fixed window: a counter per window of time, aligned at multiples of the window; full means refused until the next one begins.
//!
//! ```text
//!      window k-1          window k           limit 5
//!  |-------------***|**|***-------------|
//!                 5      5                    10 admitted within less than one window: the known flaw,
//!                 ^------^                    and exactly the bound
//! ```
//!
//! The rule: no aligned window admits more than `limit`. A span that is not aligned touches one window more than fits into it, so
//! it can see twice the limit; [`Limit::most_within`] says so. One counter and one moment of state, O(1) a decision, a division
//! only when a window begins. The cure for the flaw is another algorithm, not another window.

use crate::{Decision, Limit, LimitError, View};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`FixedWindow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct FixedWindowConfig {
    /// Cost admitted in each window. Usual range 1 to 1,000,000; 0 refuses everything.
    pub limit: u64,
    /// Length of a window, at least 1 ns; windows begin at its multiples.
    pub window: Span,
}

/// 100 a minute.
impl Default for FixedWindowConfig {
    fn default() -> FixedWindowConfig {
        FixedWindowConfig { limit: 100, window: Span::from_secs(60) }
    }
}

impl FixedWindowConfig {
    /// `limit` in each `window`.
    #[must_use]
    pub fn per_window(limit: u64, window: Span) -> FixedWindowConfig {
        FixedWindowConfig { limit, window }
    }
}

/// A fixed-window counter that starts empty.
#[derive(Clone, Debug)]
pub struct FixedWindow {
    count: u64,
    limit: u64,
    window: Span,
    /// Where the window of `count` begins; the latest one seen, so that a clock that steps back reopens nothing.
    starts: Time,
}

impl FixedWindow {
    /// An empty window at time zero.
    pub fn new(config: FixedWindowConfig) -> Result<FixedWindow, LimitError> {
        if config.window == Span::ZERO {
            return Err(LimitError::ZeroSpan { field: "window" });
        }
        Ok(FixedWindow { count: 0, limit: config.limit, window: config.window, starts: Time::ZERO })
    }

    /// The count and start of the window that holds `now`, or of the current one if that is later.
    #[inline]
    fn at(&self, now: Time) -> (u64, Time) {
        if now.since(self.starts) < self.window {
            return (self.count, self.starts);
        }
        (0, Time(now.0 - now.0 % self.window.0))
    }
}

impl Limit for FixedWindow {
    #[inline]
    fn ask(&mut self, now: Time, cost: u64) -> Decision {
        (self.count, self.starts) = self.at(now);
        if cost <= self.limit - self.count {
            self.count += cost;
            return Decision::Allowed;
        }
        // A window that would begin after the end of time never does.
        let next = self.starts.0.checked_add(self.window.0).map(Time);
        Decision::Refused { not_before: next.filter(|_| cost <= self.limit) }
    }

    /// A span of s touches at most ceil(s / window) + 1 windows.
    fn most_within(&self, span: Span) -> u64 {
        self.limit.saturating_mul(span.0.div_ceil(self.window.0).saturating_add(1))
    }

    fn view(&self, now: Time) -> View {
        let (count, starts) = self.at(now);
        View::Window { count, limit: self.limit, starts, ends: starts + self.window }
    }
}
