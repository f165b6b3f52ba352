//! Sliding counter: two fixed windows, the older one weighted by how much of it the sliding window still covers.
//!
//! ```text
//!   |---- previous: 80 ----|---- current: 30 ----|
//!              |<--- the last window --->|              half of the previous window is still in it:
//!                         f = 0.5 of the current        80 × 0.5 + 30 = 70
//! ```
//!
//! The rule: allowed iff previous × (1 - f) + current + cost <= limit, in whole numbers and exactly. It takes the previous window's
//! requests as spread evenly. When they came all at its end, the estimate forgets them too early: a span of one window can then see
//! nearly twice the limit, as with fixed windows, only not within a short time. [`Limit::most_within`] gives the bound,
//! limit × (1 + span / window). Two counters and a moment, O(1): the usual choice at a gateway.
//!
//! When not: where the limit is billed or contractual. That is what the [`SlidingLog`](crate::SlidingLog) is for.

use crate::{Decision, Limit, LimitError, View};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`SlidingCounter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SlidingCounterConfig {
    /// Estimated cost admitted in any window. Usual range 1 to 1,000,000; 0 refuses everything.
    pub limit: u64,
    /// Length of a window, at least 1 ns; windows begin at its multiples.
    pub window: Span,
}

/// 100 a minute.
impl Default for SlidingCounterConfig {
    fn default() -> SlidingCounterConfig {
        SlidingCounterConfig { limit: 100, window: Span::from_secs(60) }
    }
}

impl SlidingCounterConfig {
    /// About `limit` in any `window`.
    #[must_use]
    pub fn per_window(limit: u64, window: Span) -> SlidingCounterConfig {
        SlidingCounterConfig { limit, window }
    }
}

/// A sliding counter that starts empty.
#[derive(Clone, Debug)]
pub struct SlidingCounter {
    windows: Windows,
    limit: u64,
    window: u64,
    /// The latest moment seen: a clock that steps back counts as one that stands still.
    latest: Time,
}

/// Two neighbouring aligned windows.
#[derive(Clone, Copy, Debug)]
struct Windows {
    previous: u64,
    current: u64,
    /// Where the current one begins.
    starts: u64,
}

impl SlidingCounter {
    /// Two empty windows at time zero.
    pub fn new(config: SlidingCounterConfig) -> Result<SlidingCounter, LimitError> {
        if config.window == Span::ZERO {
            return Err(LimitError::ZeroSpan { field: "window" });
        }
        let windows = Windows { previous: 0, current: 0, starts: 0 };
        Ok(SlidingCounter { windows, limit: config.limit, window: config.window.0, latest: Time::ZERO })
    }

    /// The estimate that decides at `now`, rounded only here, for display.
    #[must_use]
    pub fn estimate(&self, now: Time) -> f64 {
        let now = self.latest.max(now);
        let windows = self.at(now);
        let left = 1.0 - now.0.saturating_sub(windows.starts) as f64 / self.window as f64;
        windows.previous as f64 * left + windows.current as f64
    }

    /// The two windows as they stand at `now`.
    #[inline]
    fn at(&self, now: Time) -> Windows {
        let elapsed = now.0.saturating_sub(self.windows.starts);
        if elapsed < self.window {
            return self.windows;
        }
        let previous = if elapsed / self.window == 1 { self.windows.current } else { 0 };
        Windows { previous, current: 0, starts: now.0 - now.0 % self.window }
    }

    /// The first moment of these windows (their end, at the latest) at which the previous one leaves `room` beside the current.
    #[inline]
    fn opens(&self, windows: Windows, cost: u64) -> Option<u64> {
        let room = (self.limit - cost).checked_sub(windows.current)?;
        // previous × (W - elapsed) <= room × W, solved for the least whole number `elapsed`.
        let covered = u128::from(room) * u128::from(self.window);
        let covered = covered
            .checked_div(u128::from(windows.previous))
            .map_or(self.window, |whole| u64::try_from(whole).unwrap_or(u64::MAX).min(self.window));
        Some(self.window - covered)
    }

    /// When a cost that fits into the limit but not into `windows` will pass: in the next window, or at the latest when that ends.
    fn opens_later(&self, windows: Windows, cost: u64) -> Option<Time> {
        let next = Windows { previous: windows.current, current: 0, starts: windows.starts.checked_add(self.window)? };
        let elapsed = self.opens(next, cost)?;
        next.starts.checked_add(elapsed).map(Time)
    }

    fn decide(&self, windows: Windows, now: Time, cost: u64) -> Decision {
        if cost == 0 {
            return Decision::Allowed;
        }
        if cost > self.limit {
            return Decision::Refused { not_before: None };
        }
        let opens = self.opens(windows, cost).filter(|elapsed| *elapsed < self.window);
        match opens {
            Some(elapsed) if elapsed <= now.0.saturating_sub(windows.starts) => Decision::Allowed,
            Some(elapsed) => Decision::Refused { not_before: windows.starts.checked_add(elapsed).map(Time) },
            None => Decision::Refused { not_before: self.opens_later(windows, cost) },
        }
    }
}

impl Limit for SlidingCounter {
    #[inline]
    fn peek(&self, now: Time, cost: u64) -> Decision {
        let now = self.latest.max(now);
        self.decide(self.at(now), now, cost)
    }

    #[inline]
    fn ask(&mut self, now: Time, cost: u64) -> Decision {
        self.latest = self.latest.max(now);
        self.windows = self.at(self.latest);
        let decision = self.decide(self.windows, self.latest, cost);
        if decision.is_allowed() {
            self.windows.current += cost;
        }
        decision
    }

    /// Let c of p be admitted in the last, partly covered window (fraction f) after p in the one before: c <= limit - p(1 - f), so
    /// both together hold at most limit + p × f. Whole windows between hold `limit` each.
    fn most_within(&self, span: Span) -> u64 {
        let along = u128::from(self.limit) * u128::from(span.0) / u128::from(self.window);
        u64::try_from(along).map_or(u64::MAX, |along| along.saturating_add(self.limit))
    }

    fn view(&self, now: Time) -> View {
        let Windows { current, starts, .. } = self.at(self.latest.max(now));
        let weighted = self.estimate(now) - current as f64;
        let starts = Time(starts);
        View::Windows {
            weighted: weighted.clamp(0.0, f64::MAX),
            count: current,
            limit: self.limit,
            starts,
            ends: starts + Span(self.window),
        }
    }
}
