//! Leaky bucket as a queue (shaper): requests wait in line and leave at a constant pace; a full line refuses.
//!
//! ```text
//!   bursts in      ┌───────────┐     even out
//!   **** *  ───>   │ * * * *   │ ───>  *   *   *   *      one every window / limit
//!                  └───────────┘
//!                   room for `capacity`; full: refused
//! ```
//!
//! The rule: a request leaves window / limit after the one before it, or after its own arrival if nobody is before it; cost n takes
//! n places and n intervals. So the worst wait is capacity × window / limit, and no two leave closer than one interval (put at the
//! next whole nanosecond; the pace itself is rational and does not drift). It lets in exactly what the
//! [`LeakyMeter`](crate::LeakyMeter) does: smoothness costs waiting, not admissions. O(1), no timer of its own: the decision says
//! when to let go.
//!
//! When not: for interactive calls. A request that waits in front of a limiter uses up its caller's time-out there.

use crate::drain::Drain;
use crate::{Decision, Limit, LimitError, View};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`LeakyQueue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct LeakyQueueConfig {
    /// Cost that may wait. Usual range 1 to 1,000,000; 0 refuses everything.
    pub capacity: u64,
    /// Cost that leaves during each window. Usual range 1 to 1,000,000; 0 lets nobody in, because nobody would ever leave.
    pub limit: u64,
    /// The span that `limit` refers to, at least 1 ns.
    pub window: Span,
}

/// Room for 10, 2 a second.
impl Default for LeakyQueueConfig {
    fn default() -> LeakyQueueConfig {
        LeakyQueueConfig { capacity: 10, limit: 2, window: Span::from_secs(1) }
    }
}

impl LeakyQueueConfig {
    /// Room for `limit`, which leaves over `window`.
    #[must_use]
    pub fn per_window(limit: u64, window: Span) -> LeakyQueueConfig {
        LeakyQueueConfig { capacity: limit, limit, window }
    }
}

/// A shaper whose line starts empty.
#[derive(Clone, Debug)]
pub struct LeakyQueue {
    drain: Drain,
}

impl LeakyQueue {
    /// An empty line at time zero.
    pub fn new(config: LeakyQueueConfig) -> Result<LeakyQueue, LimitError> {
        if config.window == Span::ZERO {
            return Err(LimitError::ZeroSpan { field: "window" });
        }
        let capacity = if config.limit == 0 { 0 } else { config.capacity };
        Ok(LeakyQueue { drain: Drain::new(capacity, config.limit, config.window) })
    }

    /// Cost in line at `now`.
    #[must_use]
    pub fn waiting(&self, now: Time) -> u64 {
        self.drain.waiting(now)
    }
}

impl Limit for LeakyQueue {
    #[inline]
    fn peek(&self, now: Time, cost: u64) -> Decision {
        if cost == 0 {
            return Decision::Allowed;
        }
        match (self.drain.fits(now, cost), self.drain.empty(now, cost)) {
            (Ok(()), Some(until)) => Decision::Delayed { until },
            // It would leave after the end of time.
            (Ok(()), None) => Decision::Refused { not_before: None },
            (Err(not_before), _) => Decision::Refused { not_before },
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

    /// What leaves within the span. Costs of 1 leave one interval apart; a cost of n leaves as one after n intervals, so that the
    /// first in the span may bring the whole capacity.
    fn most_within(&self, span: Span) -> u64 {
        let Some(first) = self.drain.capacity().checked_sub(1) else { return 0 };
        self.drain.departures_within(span).saturating_add(first)
    }

    fn view(&self, now: Time) -> View {
        View::Queue { waiting: self.drain.waiting(now), room: self.drain.capacity() }
    }
}
