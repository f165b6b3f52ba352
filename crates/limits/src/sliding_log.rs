//! Sliding log: the moment of every admitted request, and a count of those within the last window.
//!
//! ```text
//!          t - W                    t
//!   --*-----(--*---*---------**-----]     limit 5: 4 in the window, one more may pass
//!     forgotten
//! ```
//!
//! The rule: in no window (t - W, t], wherever it begins, more than `limit`. Refused requests are not logged. Exact, and the only
//! one here that keeps the sentence "`limit` in any window" to the letter; the price is memory, up to `limit` moments (requests of
//! the same moment share one). O(1) a decision, amortised; a refusal of cost n looks at up to n moments.

use crate::{Decision, Limit, LimitError, View};
use base::{Span, Time};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Settings of a [`SlidingLog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SlidingLogConfig {
    /// Cost admitted in any window. Usual range 1 to 1,000,000; 0 refuses everything.
    pub limit: u64,
    /// Length of the window, at least 1 ns.
    pub window: Span,
}

/// 100 a minute.
impl Default for SlidingLogConfig {
    fn default() -> SlidingLogConfig {
        SlidingLogConfig { limit: 100, window: Span::from_secs(60) }
    }
}

impl SlidingLogConfig {
    /// `limit` in any `window`.
    #[must_use]
    pub fn per_window(limit: u64, window: Span) -> SlidingLogConfig {
        SlidingLogConfig { limit, window }
    }
}

/// A sliding log that starts empty.
#[derive(Clone, Debug)]
pub struct SlidingLog {
    /// When something was admitted, and how much, oldest first. A clock that steps back logs at the latest moment seen.
    admitted: VecDeque<(Time, u64)>,
    /// The sum over `admitted`.
    count: u64,
    limit: u64,
    window: Span,
    /// The latest moment seen.
    latest: Time,
}

impl SlidingLog {
    /// An empty log.
    pub fn new(config: SlidingLogConfig) -> Result<SlidingLog, LimitError> {
        if config.window == Span::ZERO {
            return Err(LimitError::ZeroSpan { field: "window" });
        }
        let SlidingLogConfig { limit, window } = config;
        Ok(SlidingLog { admitted: VecDeque::new(), count: 0, limit, window, latest: Time::ZERO })
    }

    /// How many moments are kept: the memory this limiter costs.
    #[must_use]
    pub fn moments(&self) -> u64 {
        self.admitted.len() as u64
    }

    /// What is kept at `now` but has left the window.
    fn expired(&self, now: Time) -> impl Iterator<Item = &(Time, u64)> {
        self.admitted.iter().take_while(move |(moment, _)| now.since(*moment) >= self.window)
    }

    /// Forgets what has left the window.
    fn expire(&mut self, now: Time) {
        while let Some((moment, cost)) = self.admitted.front().copied() {
            if now.since(moment) < self.window {
                return;
            }
            self.count -= cost;
            self.admitted.pop_front();
        }
    }

    /// When `excess` of what is kept will have left the window.
    fn left(&self, excess: u64) -> Option<Time> {
        let mut gone = 0;
        let (last, _) = self.admitted.iter().find(|(_, cost)| {
            gone += cost;
            gone >= excess
        })?;
        // What leaves after the end of time never does.
        last.0.checked_add(self.window.0).map(Time)
    }
}

impl Limit for SlidingLog {
    fn peek(&self, now: Time, cost: u64) -> Decision {
        let now = self.latest.max(now);
        let Some(room) = self.limit.checked_sub(cost) else { return Decision::Refused { not_before: None } };
        let gone: u64 = self.expired(now).map(|(_, cost)| cost).sum();
        if self.count - gone <= room {
            return Decision::Allowed;
        }
        Decision::Refused { not_before: self.left(self.count - room) }
    }

    fn ask(&mut self, now: Time, cost: u64) -> Decision {
        self.latest = self.latest.max(now);
        self.expire(self.latest);
        let decision = if cost == 0 { Decision::Allowed } else { self.peek(self.latest, cost) };
        if decision.is_allowed() && cost > 0 {
            self.count += cost;
            match self.admitted.back_mut() {
                Some((moment, sum)) if *moment == self.latest => *sum += cost,
                _ => self.admitted.push_back((self.latest, cost)),
            }
        }
        decision
    }

    /// A closed span of s is covered by floor(s / W) + 1 windows.
    fn most_within(&self, span: Span) -> u64 {
        self.limit.saturating_mul((span.0 / self.window.0).saturating_add(1))
    }

    fn view(&self, now: Time) -> View {
        let now = self.latest.max(now);
        let gone: u64 = self.expired(now).map(|(_, cost)| cost).sum();
        // A window that begins before the first moment of the run begins there.
        let starts = (now - self.window).0.min(u64::MAX - self.window.0);
        View::Window {
            count: self.count - gone,
            limit: self.limit,
            starts: Time(starts),
            ends: Time(starts) + self.window,
        }
    }
}
