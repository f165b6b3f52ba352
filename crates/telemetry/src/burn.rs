//! Burn rates: how fast the budget of errors that an objective leaves is spent, over two windows at once.
//!
//! ```text
//!   objective 99.9 %: one in a thousand may fail.    burn rate = share of errors ÷ (1 - objective)
//!   long window over the factor:  enough is spent to matter       ┐ both: it holds
//!   short window over the factor: and it goes on being spent      ┘ the short one makes it stop soon after
//! ```
//!
//! The rule: the condition holds when for one of the pairs the burn rate is over its factor in both windows. A steady share of errors is
//! seen after (1 - objective) ÷ share × long × factor, and never if its burn rate is below the factor. Arithmetic only: the shares
//! are the caller's. Beyer et al., "The Site Reliability Workbook", chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".

use base::Span;
use core::fmt;

/// Two windows and the burn rate that both must be over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurnPair {
    /// The long window.
    pub long: Span,
    /// The short window; the workbook takes a twelfth of the long one.
    pub short: Span,
    /// The burn rate.
    pub factor: f64,
}

impl BurnPair {
    /// A pair with a short window of a twelfth of the long one.
    #[must_use]
    pub fn of(long: Span, factor: f64) -> BurnPair {
        BurnPair { long, short: Span((long.0 / 12).max(1)), factor }
    }

    /// The share of the budget of a whole `period` that is spent when it is seen: 14.4 over an hour is 2 % of 30 days.
    #[must_use]
    pub fn spent(&self, period: Span) -> f64 {
        self.factor * self.long.0 as f64 / period.0.max(1) as f64
    }
}

/// An objective and the pairs of windows that watch over it.
#[derive(Clone, Debug, PartialEq)]
pub struct BurnRule {
    objective: f64,
    pairs: Vec<BurnPair>,
}

/// Why a rule cannot be built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BurnError {
    /// The objective is not strictly between 0 and 1.
    Objective {
        /// What was given.
        value: f64,
    },
    /// A factor is not over 0, or infinite.
    Factor {
        /// What was given.
        value: f64,
    },
    /// A short window is zero, or longer than its long one.
    Windows {
        /// The short window.
        short: Span,
        /// The long one.
        long: Span,
    },
}

impl fmt::Display for BurnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BurnError::Objective { value } => write!(f, "the objective is {value}, but must be between 0 and 1"),
            BurnError::Factor { value } => write!(f, "the factor is {value}, but must be finite and over 0"),
            BurnError::Windows { short, long } => {
                write!(f, "the short window is {} ns, but must be from 1 ns to the long one's {} ns", short.0, long.0)
            }
        }
    }
}

impl core::error::Error for BurnError {}

impl BurnRule {
    /// A rule for an objective such as 0.999.
    ///
    /// # Errors
    /// [`BurnError`] names the number that is out of its range.
    pub fn new(objective: f64, pairs: &[BurnPair]) -> Result<BurnRule, BurnError> {
        if !(objective > 0.0 && objective < 1.0) {
            return Err(BurnError::Objective { value: objective });
        }
        for BurnPair { long, short, factor } in pairs.iter().copied() {
            if !(factor > 0.0 && factor.is_finite()) {
                return Err(BurnError::Factor { value: factor });
            }
            if short == Span::ZERO || short > long {
                return Err(BurnError::Windows { short, long });
            }
        }
        Ok(BurnRule { objective, pairs: pairs.to_vec() })
    }

    /// The workbook's three pairs for a period of 30 days: 14.4 over an hour, 6 over six hours, 1 over three days.
    ///
    /// # Errors
    /// [`BurnError::Objective`] if it is out of its range.
    pub fn recommended(objective: f64) -> Result<BurnRule, BurnError> {
        const HOUR: Span = Span::from_secs(3_600);
        let hours = |count: u64| Span(HOUR.0 * count);
        let pairs = [(hours(1), 14.4), (hours(6), 6.0), (hours(72), 1.0)];
        BurnRule::new(objective, &pairs.map(|(long, factor)| BurnPair::of(long, factor)))
    }

    /// The pairs.
    #[must_use]
    pub fn pairs(&self) -> &[BurnPair] {
        &self.pairs
    }

    /// How fast a share of errors spends the budget: at 1 it lasts exactly as long as the objective's period.
    #[must_use]
    pub fn rate(&self, share: f64) -> f64 {
        share / (1.0 - self.objective)
    }

    /// The first pair that sees too much: `share_over` says which share failed over the last so much time; `None` where nothing was asked.
    pub fn breached(&self, mut share_over: impl FnMut(Span) -> Option<f64>) -> Option<usize> {
        let mut is_over = |window: Span, factor: f64| share_over(window).is_some_and(|share| self.rate(share) > factor);
        self.pairs.iter().position(|pair| is_over(pair.long, pair.factor) && is_over(pair.short, pair.factor))
    }

    /// How long after all was well a pair sees a steady share of errors; `None` if it never does.
    #[must_use]
    pub fn detection(&self, pair: usize, share: f64) -> Option<Span> {
        let pair = self.pairs.get(pair)?;
        let needed = pair.factor / self.rate(share);
        (needed < 1.0).then(|| Span::from_nanos_f64(pair.long.0 as f64 * needed))
    }
}
