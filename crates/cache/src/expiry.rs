//! How long an answer may be used: a time to live with jitter, and a shorter one for "there is no such thing".
//!
//! ```text
//!   put together at t   ├────────────────────┤ all die at t + 60 s: the store gets all of them at once
//!   with jitter 0.2     ├────────────┄┄┄┄┄┄┄┄┤ they die spread over the last 12 s
//! ```
//!
//! Jitter only ever shortens a life, so that the time to live stays the bound on staleness that it is. An absent answer is cached too
//! (negative caching; RFC 2308 for DNS), or every question for what does not exist goes through to the store; for a shorter time,
//! because creating the thing does not clear an entry that nobody thinks of.

use base::{Rng, Span, Time};
use core::fmt;

/// A time to live.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ttl {
    span: Span,
    jitter: f64,
}

/// Why there cannot be such a time to live.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TtlError {
    /// The jitter is no share.
    Jitter {
        /// What was given.
        jitter: f64,
    },
}

impl fmt::Display for TtlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TtlError::Jitter { jitter } => write!(f, "`jitter` is {jitter}, but must be from 0 to 1"),
        }
    }
}

impl core::error::Error for TtlError {}

impl Ttl {
    /// A life of exactly `span`.
    #[must_use]
    pub fn exactly(span: Span) -> Ttl {
        Ttl { span, jitter: 0.0 }
    }

    /// A life between `span * (1 - jitter)` and `span`, each as likely as the other.
    ///
    /// # Errors
    /// [`TtlError::Jitter`] if `jitter` is not from 0 to 1.
    pub fn with_jitter(span: Span, jitter: f64) -> Result<Ttl, TtlError> {
        if (0.0..=1.0).contains(&jitter) { Ok(Ttl { span, jitter }) } else { Err(TtlError::Jitter { jitter }) }
    }

    /// When an entry that is put at `now` dies. Without jitter nothing is drawn.
    pub fn expires(&self, now: Time, rng: &mut Rng) -> Time {
        if self.jitter == 0.0 {
            return now + self.span;
        }
        let cut = self.span.scaled(self.jitter * rng.unit());
        now + Span(self.span.0.saturating_sub(cut.0))
    }
}

/// How long answers live, by whether there was something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnswerTtl {
    /// For what was found.
    pub found: Ttl,
    /// For the knowledge that there is nothing. Keep it short: it hides what is created meanwhile.
    pub absent: Ttl,
}

impl AnswerTtl {
    /// When `answer`, put at `now`, dies.
    ///
    /// ```
    /// use base::{Rng, Span, Time};
    /// use cache::{Algorithm, AnswerTtl, Cache, Lookup, Ttl};
    ///
    /// let ttl = AnswerTtl { found: Ttl::exactly(Span::from_secs(600)), absent: Ttl::exactly(Span::from_secs(5)) };
    /// let (mut rng, now) = (Rng::new(1), Time::ZERO);
    /// let mut cache: Cache<Option<u64>> = Cache::of(Algorithm::Lru, 100, Rng::new(0));
    /// let nothing = None;
    /// cache.put(7, nothing, ttl.expires(&nothing, now, &mut rng), now);
    /// assert_eq!(cache.get(7, Time::ZERO + Span::from_secs(4)), Lookup::Hit(None), "known to be absent: the store is not asked");
    /// ```
    pub fn expires<V>(&self, answer: &Option<V>, now: Time, rng: &mut Rng) -> Time {
        let ttl = if answer.is_some() { &self.found } else { &self.absent };
        ttl.expires(now, rng)
    }
}
