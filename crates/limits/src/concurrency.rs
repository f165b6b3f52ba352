//! Concurrency limit: how many may be in flight at one time, whatever the rate.
//!
//! The rule: never more than the limit between [`ConcurrencyLimit::acquire`] and [`ConcurrencyLimit::release`]. By Little's law
//! (in flight = rate × latency) a fixed concurrency admits a rate that falls by itself when what is behind becomes slow, which a
//! rate limit does not do. No queue, no clock, O(1). The limit may change while requests are in flight: a lower one lets nobody in
//! until enough have left. [`adaptive`](crate::adaptive) says how to find it.
//!
//! ```
//! use limits::ConcurrencyLimit;
//! let mut limit = ConcurrencyLimit::new(2);
//! assert_eq!([limit.acquire(), limit.acquire(), limit.acquire()], [true, true, false]);
//! limit.release()?;
//! assert!(limit.acquire());
//! # Ok::<(), limits::NothingInFlight>(())
//! ```

use core::fmt;
use serde::{Deserialize, Serialize};

/// So many at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcurrencyLimit {
    limit: u32,
    in_flight: u32,
}

impl ConcurrencyLimit {
    /// At most `limit` at one time; 0 lets nobody in.
    #[must_use]
    pub fn new(limit: u32) -> ConcurrencyLimit {
        ConcurrencyLimit { limit, in_flight: 0 }
    }

    /// Takes a place, if one is free.
    #[inline]
    pub fn acquire(&mut self) -> bool {
        let is_free = self.in_flight < self.limit;
        self.in_flight += u32::from(is_free);
        is_free
    }

    /// Gives a place back. Giving back what was never taken is the caller's mistake, and would let one too many in.
    #[inline]
    pub fn release(&mut self) -> Result<(), NothingInFlight> {
        self.in_flight = self.in_flight.checked_sub(1).ok_or(NothingInFlight)?;
        Ok(())
    }

    /// Sets the limit; who is in stays in.
    pub fn set_limit(&mut self, limit: u32) {
        self.limit = limit;
    }

    /// How many may be in at one time.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// How many are in.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }
}

/// A place was given back that nobody had taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NothingInFlight;

impl fmt::Display for NothingInFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place was released, but none was in use: each `acquire` that succeeds is released once")
    }
}

impl core::error::Error for NothingInFlight {}
