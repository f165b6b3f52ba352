//! Hybrid logical clock: a physical time that respects causes, with a counter for what the physical clocks cannot tell apart.
//!
//! ```text
//!   pt of the process:   10    10    11     7 (stepped back)    receives (15, 3)
//!   stamp (l, c):      (10,0)(10,1)(11,0) (11,1)                (15,4)
//! ```
//!
//! The rule: l is the greatest physical time that the process has seen or heard of, c orders what shares an l. If a happened
//! before b then (l, c) of a is smaller, and l is never ahead of the fastest clock in the system: with clocks within ε of each
//! other, l − pt ≤ ε. A time and a counter of state, O(1) an event.
//!
//! A message from a clock that is far ahead drags everybody along, so [`HybridClock::receive`] can refuse what lies beyond a bound;
//! CockroachDB and YugabyteDB do.
//!
//! Source: Kulkarni, Demirbas, Madappa, Avva and Leone, *Logical Physical Clocks*, OPODIS 2014, figure 5.

use crate::{Exhausted, next};
use base::{Span, Time};
use core::fmt;

/// The moment of an event: physical part first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HybridStamp {
    /// The greatest physical time known at the event (the paper's l).
    pub time: Time,
    /// Events that share it before this one in the causal order, at least (the paper's c).
    pub count: u64,
}

/// Why a message's stamp is not taken over. The clock is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveError {
    /// The stamp is further ahead of the own physical clock than the bound allows.
    TooFarAhead {
        /// How far.
        ahead: Span,
        /// How far it may be.
        ahead_max: Span,
    },
    /// The counter stands at its greatest value.
    Exhausted(Exhausted),
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceiveError::TooFarAhead { ahead, ahead_max } => {
                write!(f, "the message's time is {ahead} ahead of this clock, at most {ahead_max} is allowed")
            }
            ReceiveError::Exhausted(exhausted) => exhausted.fmt(f),
        }
    }
}

impl core::error::Error for ReceiveError {}

/// The clock of one process.
#[derive(Clone, Copy, Debug)]
pub struct HybridClock {
    last: HybridStamp,
    ahead_max: Span,
}

impl Default for HybridClock {
    fn default() -> HybridClock {
        HybridClock::new()
    }
}

impl HybridClock {
    /// A clock at (0, 0) that believes every message.
    #[must_use]
    pub fn new() -> HybridClock {
        HybridClock::with_bound(Span(u64::MAX))
    }

    /// A clock at (0, 0) that refuses messages further than `ahead_max` ahead of its physical clock.
    #[must_use]
    pub fn with_bound(ahead_max: Span) -> HybridClock {
        HybridClock { last: HybridStamp::default(), ahead_max }
    }

    /// The stamp of the last event.
    #[must_use]
    pub fn last(&self) -> HybridStamp {
        self.last
    }

    /// Counts an event of the process itself, local or a message sent, while its physical clock reads `physical`.
    ///
    /// # Errors
    /// [`Exhausted`] at the greatest count.
    pub fn tick(&mut self, physical: Time) -> Result<HybridStamp, Exhausted> {
        let count = if physical > self.last.time { 0 } else { next(self.last.count)? };
        self.last = HybridStamp { time: self.last.time.max(physical), count };
        Ok(self.last)
    }

    /// Counts the receipt of a message stamped `sent`, while the physical clock reads `physical`.
    ///
    /// # Errors
    /// [`ReceiveError`]: too far ahead, or the count is at its end.
    pub fn receive(&mut self, sent: HybridStamp, physical: Time) -> Result<HybridStamp, ReceiveError> {
        let ahead = sent.time.since(physical);
        if ahead > self.ahead_max {
            return Err(ReceiveError::TooFarAhead { ahead, ahead_max: self.ahead_max });
        }
        let time = self.last.time.max(sent.time).max(physical);
        let after = |stamp: &HybridStamp| if stamp.time == time { next(stamp.count) } else { Ok(0) };
        let (own, theirs) = (after(&self.last), after(&sent));
        let count = own.map_err(ReceiveError::Exhausted)?.max(theirs.map_err(ReceiveError::Exhausted)?);
        self.last = HybridStamp { time, count };
        Ok(self.last)
    }
}
