//! Hedging: ask a second time, elsewhere, when the first answer is late; take whichever comes first.
//!
//! ```text
//!   first   |-----------------x---------------->  (would have come here)
//!   after   |========|                             `after`, such as the 95th percentile
//!   hedge            |-------->                    the answer
//! ```
//!
//! The rule: at most `hedges_max` more calls, each `after` the one before, and none once an answer is there. With `after` at the
//! 95th percentile one call in twenty is made twice, and the slow tail is the *product* of two small probabilities. Only for calls
//! that may be made twice without harm, and only while the cause is bad luck: when everybody is slow, hedges double the load. Let a
//! [`RetryBudget`](crate::RetryBudget) decide on them too. O(1).
//!
//! Source: Dean and Barroso, "The tail at scale", 2013.

use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`Hedge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct HedgeConfig {
    /// How late an answer has to be.
    pub after: Span,
    /// Calls beyond the first. Usual 1; 0 never hedges.
    pub hedges_max: u32,
}

/// One more after 100 ms.
impl Default for HedgeConfig {
    fn default() -> HedgeConfig {
        HedgeConfig { after: Span::from_millis(100), hedges_max: 1 }
    }
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// It is the one that counts. The calls still under way, so many, may be cancelled.
    First {
        /// Calls without an answer yet.
        under_way: u32,
    },
    /// Another one came first.
    Late,
    /// It failed, but others are still under way: wait for them.
    FailedOthersUnderWay,
    /// It failed, and it was the last one under way.
    FailedLast,
}

/// One operation and its calls.
#[derive(Clone, Debug)]
pub struct Hedge {
    config: HedgeConfig,
    /// When the last call was made.
    sent: Time,
    calls: u32,
    under_way: u32,
    is_answered: bool,
}

impl Hedge {
    /// The first call is made at `now`.
    #[must_use]
    pub fn new(config: HedgeConfig, now: Time) -> Hedge {
        Hedge { config, sent: now, calls: 1, under_way: 1, is_answered: false }
    }

    /// When to ask again, if nothing has come by then; `None` when no more calls are to be made.
    #[must_use]
    pub fn next_hedge(&self) -> Option<Time> {
        (!self.is_answered && self.calls <= self.config.hedges_max).then(|| self.sent + self.config.after)
    }

    /// Whether to make another call now; if so, it counts as made.
    pub fn hedge(&mut self, now: Time) -> bool {
        let is_due = self.next_hedge().is_some_and(|moment| now >= moment);
        if is_due {
            (self.sent, self.calls, self.under_way) = (now, self.calls + 1, self.under_way + 1);
        }
        is_due
    }

    /// One of the calls has ended, well (`ok`) or not.
    pub fn on_reply(&mut self, ok: bool) -> Arrived {
        self.under_way = self.under_way.saturating_sub(1);
        match (self.is_answered, ok) {
            (true, _) => Arrived::Late,
            (false, true) => {
                self.is_answered = true;
                Arrived::First { under_way: self.under_way }
            }
            (false, false) if self.under_way > 0 => Arrived::FailedOthersUnderWay,
            (false, false) => Arrived::FailedLast,
        }
    }

    /// Calls made so far.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.calls
    }
}
