//! Deadlines: one moment for the whole operation, handed down from service to service.
//!
//! ```text
//!   client   |------------------- 1 s -------------------|  gives up here
//!   gateway     |---------------- 0.95 s left -----------|
//!   service        |---- 0.8 s left ---------------------|  nobody below works longer than somebody waits
//! ```
//!
//! The rule: what is handed down is never later than what came in. Without it each hop starts a time-out of its own, and the bottom of
//! a chain works on for callers who have long left: under overload that is all it does. On the wire a deadline travels as the time
//! that is left ([`Deadline::left`], as gRPC's `grpc-timeout` does), because clocks differ; as a moment ([`Deadline::at`]) it is
//! early or late by the difference of the clocks. O(1).

use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// The moment after which nobody waits for the answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Deadline(Time);

impl Deadline {
    /// Nobody ever stops waiting.
    pub const NEVER: Deadline = Deadline(Time::NEVER);

    /// The deadline of somebody who starts now and waits so long.
    #[must_use]
    pub fn after(now: Time, timeout: Span) -> Deadline {
        Deadline(now + timeout)
    }

    /// The moment, by the clock of whoever set it.
    #[must_use]
    pub fn at(self) -> Time {
        self.0
    }

    /// What is left at `now`; nothing when it is over.
    #[must_use]
    pub fn left(self, now: Time) -> Span {
        self.0.since(now)
    }

    /// Whether nobody waits any more.
    #[must_use]
    pub fn is_over(self, now: Time) -> bool {
        now >= self.0
    }

    /// The deadline for a call to somebody below, who is given at most `timeout`, and so much less that `reserve` is left for our own
    /// answer. `None` when that leaves no time: the call is not worth making.
    #[must_use]
    pub fn for_call(self, now: Time, timeout: Span, reserve: Span) -> Option<Deadline> {
        let latest = if self == Deadline::NEVER { self } else { Deadline(self.0 - reserve) };
        let deadline = latest.min(Deadline::after(now, timeout));
        (!deadline.is_over(now)).then_some(deadline)
    }

    /// Whether a wait before another try would still leave time for the try itself.
    #[must_use]
    pub fn allows(self, now: Time, wait: Span, attempt: Span) -> bool {
        self == Deadline::NEVER || now + wait + attempt <= self.0
    }
}
