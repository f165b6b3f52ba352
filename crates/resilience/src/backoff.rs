//! Backoff: how long to wait before the next try, longer each time, and not everybody for as long.
//!
//! ```text
//!   try      fails    fails           fails
//!    |--------|---1---|------2------|------4------ ...    base × 2^k, at most `cap`
//!
//!   None           d                        all that failed together try again together
//!   Full           uniform 0..=d            mean d/2: least load on the server
//!   Equal          uniform d/2..=d          mean 3d/4: never at once
//!   Decorrelated   uniform base..=3 × the wait before, at most `cap`
//!   Around         d × uniform 0.75..1.25   after the cap: can exceed it by a quarter
//!   Additive       d + uniform 0..=base     after the cap: can exceed it by a base; never before d
//! ```
//!
//! The rule: `attempts_max` counts calls, the first one included, so 5 attempts have 4 waits. No wait exceeds the cap, except with
//! [`Jitter::Around`] and [`Jitter::Additive`], which many libraries and listings do and which are here to show it: the one leaves gaps
//! between its waves, the other spreads the tenth wave no wider than the first. Without jitter, a thousand clients that failed at the
//! same moment make waves at 1, 3, 7, 15 s. O(1).
//!
//! Source: Brooker, "Exponential backoff and jitter", AWS Architecture Blog, 2015. When not: against overload that is not a blip,
//! backoff only delays; what bounds the load is a [`RetryBudget`](crate::RetryBudget).

use base::{Rng, Span};
use core::fmt;
use serde::{Deserialize, Serialize};

/// How luck enters a wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Jitter {
    /// Not at all.
    None,
    /// Anything from nothing to the whole wait.
    #[default]
    Full,
    /// Half of the wait, and up to as much again.
    Equal,
    /// From the base to three times the last wait.
    Decorrelated,
    /// A quarter more or less, after the cap.
    Around,
    /// Up to one base more, after the cap.
    Additive,
}

impl Jitter {
    /// All of them, in the order in which they are saved.
    pub const ALL: &[Jitter] =
        &[Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated, Jitter::Around, Jitter::Additive];

    /// The name in files and on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Jitter::None => "none",
            Jitter::Full => "full",
            Jitter::Equal => "equal",
            Jitter::Decorrelated => "decorrelated",
            Jitter::Around => "around",
            Jitter::Additive => "additive",
        }
    }

    /// One line for a person who chooses.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Jitter::None => "Everybody waits the same: those who failed together come back together.",
            Jitter::Full => "Anything from nothing to the whole wait; spreads the load best.",
            Jitter::Equal => "Half of the wait for certain, the other half by chance.",
            Jitter::Decorrelated => "By chance between the base and three times the last wait.",
            Jitter::Around => "A quarter more or less; flattens the waves without filling the gaps.",
            Jitter::Additive => "The whole wait and up to one base more; long waits stay nearly together.",
        }
    }
}

/// Settings of a [`Backoff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct BackoffConfig {
    /// Calls in all, the first one included. Usual range 1 to 10; 0 counts as 1.
    pub attempts_max: u32,
    /// The first wait. 0 retries at once.
    pub base: Span,
    /// The longest wait, at least the base.
    pub cap: Span,
    /// How luck enters.
    pub jitter: Jitter,
}

/// Five calls, 1 s, 2 s, 4 s, 8 s, at most 60 s, full jitter.
impl Default for BackoffConfig {
    fn default() -> BackoffConfig {
        BackoffConfig { attempts_max: 5, base: Span::from_secs(1), cap: Span::from_secs(60), jitter: Jitter::Full }
    }
}

impl BackoffConfig {
    /// The wait after `waits` others, of which the last was `last` (the base before the first): for whoever keeps these two for
    /// thousands of calls at a time. `attempts_max` is not looked at, and a cap below the base is the cap of all waits.
    #[must_use]
    pub fn wait(&self, waits: u32, last: Span, rng: &mut Rng) -> Span {
        let BackoffConfig { base, cap, jitter, .. } = *self;
        let factor = 1_u64.checked_shl(waits).unwrap_or(u64::MAX);
        let plain = Span(base.0.saturating_mul(factor)).min(cap);
        match jitter {
            Jitter::None => plain,
            Jitter::Full => up_to(plain, rng),
            Jitter::Equal => Span(plain.0 / 2) + up_to(Span(plain.0.div_ceil(2)), rng),
            Jitter::Decorrelated => (base + up_to(Span(last.0.saturating_mul(3)) - base, rng)).min(cap),
            Jitter::Around => plain.scaled(0.75 + 0.5 * rng.unit()),
            Jitter::Additive => plain + up_to(base, rng),
        }
    }
}

/// The waits of one operation.
#[derive(Clone, Debug)]
pub struct Backoff {
    config: BackoffConfig,
    /// Waits given so far.
    waits: u32,
    last: Span,
}

impl Backoff {
    /// Before the first call.
    pub fn new(config: BackoffConfig) -> Result<Backoff, BackoffError> {
        if config.cap < config.base {
            return Err(BackoffError { base: config.base, cap: config.cap });
        }
        Ok(Backoff { config, waits: 0, last: config.base })
    }

    /// A call has failed: how long to wait before the next, or `None` when that was the last one.
    pub fn next_wait(&mut self, rng: &mut Rng) -> Option<Span> {
        if self.waits + 1 >= self.config.attempts_max.max(1) {
            return None;
        }
        self.last = self.config.wait(self.waits, self.last, rng);
        self.waits += 1;
        Some(self.last)
    }

    /// Calls made so far, if every wait was followed by one.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.waits + 1
    }
}

/// Uniform in 0..=most.
fn up_to(most: Span, rng: &mut Rng) -> Span {
    Span(rng.below(most.0.saturating_add(1)))
}

/// The cap lies below the first wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackoffError {
    /// The first wait.
    pub base: Span,
    /// The longest one.
    pub cap: Span,
}

impl fmt::Display for BackoffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`cap` is {}, but must be at least `base`, which is {}", self.cap, self.base)
    }
}

impl core::error::Error for BackoffError {}
