//! The breaker as it is often listed in tutorials, kept with its faults to show them. Use [`Breaker`](super::Breaker).
//!
//! ```text
//!   success   failures = 0;  half-open: successes + 1, closed from `success_threshold` on
//!   failure   failures + 1, last failure = now;  open from `failure_threshold` on
//!   call      open: half-open if now - last failure > timeout, else refused
//! ```
//!
//! What is wrong with it, each held by a test: a probe that fails does not open it when a good one came before (good, bad, good
//! closes it); any number of probes is under way at once; a failure that arrives late prolongs the open time; `>` makes the first
//! probe wait beyond its time-out.

use base::{Span, Time};
use serde::{Deserialize, Serialize};

use super::State;

/// Settings of a [`ListedBreaker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ListedBreakerConfig {
    /// Failures that open it.
    pub failure_threshold: u32,
    /// How long after the last failure it is tried again.
    pub timeout: Span,
    /// Good probes that close it.
    pub success_threshold: u32,
}

/// 5 failures, 60 s, 2 successes.
impl Default for ListedBreakerConfig {
    fn default() -> ListedBreakerConfig {
        ListedBreakerConfig { failure_threshold: 5, timeout: Span::from_secs(60), success_threshold: 2 }
    }
}

/// A breaker that counts as the listing does.
#[derive(Clone, Debug)]
pub struct ListedBreaker {
    config: ListedBreakerConfig,
    state: State,
    failures: u32,
    successes: u32,
    last_failure: Time,
}

impl ListedBreaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(config: ListedBreakerConfig) -> ListedBreaker {
        ListedBreaker { config, state: State::Closed, failures: 0, successes: 0, last_failure: Time::ZERO }
    }

    /// May a call be made at `now`?
    pub fn ask(&mut self, now: Time) -> bool {
        if self.state == State::Open && now.since(self.last_failure) > self.config.timeout {
            (self.state, self.successes) = (State::HalfOpen, 0);
        }
        self.state != State::Open
    }

    /// A call has ended, well or not.
    pub fn on_outcome(&mut self, now: Time, ok: bool) {
        if ok {
            self.failures = 0;
            self.successes += u32::from(self.state == State::HalfOpen);
            if self.state == State::HalfOpen && self.successes >= self.config.success_threshold {
                self.state = State::Closed;
            }
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.last_failure = now;
        if self.failures >= self.config.failure_threshold {
            self.state = State::Open;
        }
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }
}
