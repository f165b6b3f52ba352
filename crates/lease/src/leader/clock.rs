//! A clock that is off by a constant and by a rate.

use base::{Span, Time};

/// What a member's clock makes of true time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Ahead by this at the start of the run.
    pub ahead: Span,
    /// Runs fast by this many millionths, slow if negative; −500,000 to 500,000, beyond counts as the bound.
    pub drift_ppm: i32,
}

const MILLION: u128 = 1_000_000;

impl Clock {
    fn parts(self) -> u128 {
        (1_000_000 + i64::from(self.drift_ppm).clamp(-500_000, 500_000)) as u128 // between half and one and a half million
    }

    /// What the clock shows at a true moment.
    #[must_use]
    pub fn shows(self, now: Time) -> Time {
        let run = u128::from(now.0) * self.parts() / MILLION;
        Time(u64::try_from(run).unwrap_or(u64::MAX)) + self.ahead
    }

    /// How long it truly takes until the clock has gone on by `span`, rounded up.
    #[must_use]
    pub fn takes(self, span: Span) -> Span {
        let true_span = (u128::from(span.0) * MILLION).div_ceil(self.parts());
        Span(u64::try_from(true_span).unwrap_or(u64::MAX))
    }
}
