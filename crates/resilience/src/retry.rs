//! One operation with its retries: backoff, budget and deadline asked in the order of what they cost.
//!
//! The rule: a retry is made only if attempts are left, the wait ends before the deadline, and the budget pays for it. A retry that
//! is not made charges nothing. What may be retried at all is the caller's knowledge: not what failed by the caller's own fault
//! (4xx), and not what may have taken effect, unless it carries an [`idempotency`](crate::idempotency) key. O(1).

use crate::{Backoff, BackoffConfig, BackoffError, Deadline, RetryBudget};
use base::{Rng, Span, Time};

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Call again after this wait.
    RetryAfter(Span),
    /// Do not.
    GiveUp(Reason),
}

/// Why there is no retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// That was the last attempt.
    Attempts,
    /// Nobody would wait for the answer any more.
    Deadline,
    /// Too many of the caller's calls are retries already.
    Budget,
}

/// An operation under way.
#[derive(Clone, Debug)]
pub struct Retry {
    backoff: Backoff,
    deadline: Deadline,
}

impl Retry {
    /// The first call is made; it pays into the budget.
    pub fn new(config: BackoffConfig, deadline: Deadline, budget: &mut RetryBudget) -> Result<Retry, BackoffError> {
        let backoff = Backoff::new(config)?;
        budget.on_call();
        Ok(Retry { backoff, deadline })
    }

    /// A call has failed at `now`.
    pub fn on_failure(&mut self, now: Time, budget: &mut RetryBudget, rng: &mut Rng) -> Verdict {
        let Some(wait) = self.backoff.next_wait(rng) else { return Verdict::GiveUp(Reason::Attempts) };
        if self.deadline.is_over(now + wait) && self.deadline != Deadline::NEVER {
            return Verdict::GiveUp(Reason::Deadline);
        }
        if !budget.ask() {
            return Verdict::GiveUp(Reason::Budget);
        }
        Verdict::RetryAfter(wait)
    }

    /// The deadline of the whole operation.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }
}
