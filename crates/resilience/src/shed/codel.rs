//! CoDel, controlled delay: RFC 8289, with one request in the place of one packet.
//!
//! ```text
//!   wait  target ─────────/‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾\────
//!                         |interval| x     x   x  x x x         the k-th drop comes interval / √k after the one before
//! ```
//!
//! The rule: nobody is dropped while any wait within the last interval was below the target, or while hardly anybody waits. Then one
//! is, and the next ones ever sooner, until the wait falls below the target. It looks at time alone, so that it needs no tuning to
//! the rate; it counts on senders who slow down when something is lost. Against those who do not, it takes long to catch up. O(1).

use base::{Span, Time};

/// What RFC 8289 section 4.2 keeps.
#[derive(Clone, Debug)]
pub(super) struct CoDel {
    target: Span,
    interval: Span,
    /// When the wait will have been above the target for an interval; `None` while it is below.
    first_above: Option<Time>,
    is_dropping: bool,
    /// When the next is to be dropped.
    drop_next: Time,
    /// Drops in this dropping state, and at the beginning of it.
    count: u32,
    count_before: u32,
    after_drop: AfterDrop,
}

/// What the one behind a drop, which is looked at at once, is to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterDrop {
    /// There was no drop.
    No,
    /// The first of a dropping state: the one behind it is served whatever its wait.
    First,
    /// A later one: the next moment is set if the one behind it is late, too.
    Later,
}

impl CoDel {
    pub(super) fn new(target: Span, interval: Span) -> CoDel {
        CoDel {
            target,
            interval,
            first_above: None,
            is_dropping: false,
            drop_next: Time::ZERO,
            count: 0,
            count_before: 0,
            after_drop: AfterDrop::No,
        }
    }

    /// Whether the one who has just been taken from the line, after this `wait` (`None`: nobody was there), is to be dropped;
    /// `behind` wait after it.
    pub(super) fn drops(&mut self, now: Time, wait: Option<Span>, behind: u32) -> bool {
        let is_late = self.is_late(now, wait, behind);
        match core::mem::replace(&mut self.after_drop, AfterDrop::No) {
            AfterDrop::First => return false,
            AfterDrop::Later if is_late => self.drop_next = self.after(self.drop_next),
            AfterDrop::Later | AfterDrop::No => self.is_dropping &= is_late,
        }
        if !self.is_dropping {
            if is_late {
                self.begin(now);
            }
            return is_late && wait.is_some();
        }
        let is_due = now >= self.drop_next;
        if is_due {
            self.count = self.count.saturating_add(1);
            self.after_drop = AfterDrop::Later;
        }
        is_due
    }

    /// The RFC's `ok_to_drop`.
    fn is_late(&mut self, now: Time, wait: Option<Span>, behind: u32) -> bool {
        let is_above = wait.is_some_and(|wait| wait >= self.target) && behind > 1;
        match self.first_above {
            _ if !is_above => self.first_above = None,
            None => self.first_above = Some(now + self.interval),
            Some(moment) => return now >= moment,
        }
        false
    }

    /// A dropping state begins, where the last one left off if that was not long ago.
    fn begin(&mut self, now: Time) {
        self.is_dropping = true;
        self.after_drop = AfterDrop::First;
        let dropped = self.count - self.count_before;
        let is_recent = now.since(self.drop_next) < Span(self.interval.0.saturating_mul(16));
        self.count = if dropped > 1 && is_recent { dropped } else { 1 };
        self.count_before = self.count;
        self.drop_next = self.after(now);
    }

    /// The control law.
    fn after(&self, moment: Time) -> Time {
        moment + Span::from_nanos_f64(self.interval.0 as f64 / libm::sqrt(f64::from(self.count)))
    }
}
