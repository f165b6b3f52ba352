//! A level that drains at a constant rate, in whole numbers: the arithmetic that both leaky buckets stand on.
//!
//! In units of 1/unit of cost the leak of one nanosecond is a whole number, so nothing is ever rounded.

use base::{Span, Time};

/// What is in a leaking bucket.
#[derive(Clone, Debug)]
pub(crate) struct Drain {
    /// Units in it at `updated`.
    level: u128,
    /// Units that leak in a nanosecond, and units in a cost of 1: `limit / window` in lowest terms.
    leak: u64,
    unit: u64,
    /// The cost that it can hold.
    capacity: u64,
    /// The latest moment seen.
    updated: Time,
}

impl Drain {
    /// An empty bucket that holds `capacity` and leaks `limit` in each `window`, which is not zero.
    pub(crate) fn new(capacity: u64, limit: u64, window: Span) -> Drain {
        let divisor = greatest_common_divisor(limit, window.0);
        Drain { level: 0, leak: limit / divisor, unit: window.0 / divisor, capacity, updated: Time::ZERO }
    }

    pub(crate) fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Units left at `now`; a `now` before the last update changes nothing.
    #[inline]
    fn level(&self, now: Time) -> u128 {
        self.level.saturating_sub(u128::from(now.since(self.updated).0) * u128::from(self.leak))
    }

    /// Cost in the bucket at `now`, rounded only here, for display.
    pub(crate) fn filled(&self, now: Time) -> f64 {
        self.level(now) as f64 / self.unit as f64
    }

    /// Whole costs in the bucket at `now`, one that has partly leaked included.
    pub(crate) fn waiting(&self, now: Time) -> u64 {
        // At most the capacity, which is 64 bits wide.
        u64::try_from(self.level(now).div_ceil(u128::from(self.unit))).unwrap_or(u64::MAX)
    }

    /// Whether `cost` fits in at `now`; if not, from when on.
    #[inline]
    pub(crate) fn fits(&self, now: Time, cost: u64) -> Result<(), Option<Time>> {
        let Some(room) = self.capacity.checked_sub(cost) else { return Err(None) };
        let most = u128::from(room) * u128::from(self.unit);
        let level = self.level(now);
        if level <= most {
            return Ok(());
        }
        Err(self.leaked(self.level - most))
    }

    /// When everything in it at `now`, and `cost` more, will have leaked out.
    #[inline]
    pub(crate) fn empty(&self, now: Time, cost: u64) -> Option<Time> {
        let level = self.level(now).checked_add(u128::from(cost) * u128::from(self.unit))?;
        let leaked = level.div_ceil(u128::from(self.leak.max(1)));
        let from = self.updated.max(now);
        u64::try_from(leaked).ok().filter(|_| self.leak > 0).and_then(|wait| from.0.checked_add(wait)).map(Time)
    }

    /// Adds `cost`, which fits.
    #[inline]
    pub(crate) fn add(&mut self, now: Time, cost: u64) {
        self.advance(now);
        self.level += u128::from(cost) * u128::from(self.unit);
    }

    /// Lets it leak until `now`.
    #[inline]
    pub(crate) fn advance(&mut self, now: Time) {
        self.level = self.level(now);
        self.updated = self.updated.max(now);
    }

    /// When `units` of those at `updated` will have leaked out.
    fn leaked(&self, units: u128) -> Option<Time> {
        let wait = units.div_ceil(u128::from(Some(self.leak).filter(|leak| *leak > 0)?));
        u64::try_from(wait).ok().and_then(|wait| self.updated.0.checked_add(wait)).map(Time)
    }

    /// Cost that leaks out within `span`, rounded down; at most `u64::MAX`.
    pub(crate) fn leaks_within(&self, span: Span) -> u64 {
        u64::try_from(u128::from(span.0) * u128::from(self.leak) / u128::from(self.unit)).unwrap_or(u64::MAX)
    }

    /// The most departures, `unit / leak` ns apart and each put at the next whole nanosecond, that a closed span can hold.
    pub(crate) fn departures_within(&self, span: Span) -> u64 {
        let leaked = (u128::from(span.0) + 1) * u128::from(self.leak);
        u64::try_from(leaked.div_ceil(u128::from(self.unit))).unwrap_or(u64::MAX)
    }
}

/// Euclid's algorithm; `b` is never 0 here, so the result is never 0.
pub(crate) fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while a != 0 {
        (a, b) = (b % a, a);
    }
    b
}
