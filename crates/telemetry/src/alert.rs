//! An alert: a condition that has to hold for a while before anybody is woken.
//!
//! ```text
//!              holds                  held for `hold`
//!   inactive ─────────> pending ─────────────────────> firing
//!       ▲ ◀─── no longer ───┘                              │
//!       └────────────── has not held for `keep` ◀──────────┘
//! ```
//!
//! The rule: it fires at the first evaluation at which the condition has held, at every evaluation, for at least `hold`. With
//! evaluations `every` apart, a condition that begins to hold at t fires from t + hold on and before t + every + hold rounded up to
//! evaluations. O(1). The states and both waits (`for`, `keep_firing_for`) are those of Prometheus alerting rules.

use base::{Span, Time};

/// What an alert is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlertState {
    /// The condition does not hold.
    #[default]
    Inactive,
    /// It holds, but not for long enough.
    Pending,
    /// Somebody is woken.
    Firing,
}

/// An alert on one condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    hold: Span,
    keep: Span,
    state: AlertState,
    since: Time,
    /// Since when the condition has held without a break.
    breached: Option<Time>,
    /// When it last held.
    last: Time,
}

impl Alert {
    /// Inactive; fires when its condition has held for `hold`, and goes on firing until it has not held for `keep`.
    #[must_use]
    pub fn new(hold: Span, keep: Span) -> Alert {
        Alert { hold, keep, state: AlertState::Inactive, since: Time::ZERO, breached: None, last: Time::ZERO }
    }

    /// Goes on with other waits.
    pub fn retune(&mut self, hold: Span, keep: Span) {
        (self.hold, self.keep) = (hold, keep);
    }

    /// An evaluation: whether the condition holds at `now`. The state if it is another one now.
    pub fn step(&mut self, now: Time, holds: bool) -> Option<AlertState> {
        if holds {
            self.last = now;
            self.breached.get_or_insert(now);
        } else {
            self.breached = None;
        }
        let is_held = self.breached.is_some_and(|since| now.since(since) >= self.hold);
        let is_kept = self.state == AlertState::Firing && now.since(self.last) < self.keep;
        let next = match (is_held || is_kept, holds) {
            (true, _) => AlertState::Firing,
            (false, true) if self.state == AlertState::Firing => AlertState::Firing,
            (false, true) => AlertState::Pending,
            (false, false) => AlertState::Inactive,
        };
        (next != self.state).then(|| {
            (self.state, self.since) = (next, now);
            next
        })
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> AlertState {
        self.state
    }

    /// Since when.
    #[must_use]
    pub fn since(&self) -> Time {
        self.since
    }
}
