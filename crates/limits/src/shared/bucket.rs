//! A token bucket in a shared store, filled and emptied by one script, with the time taken from the caller or from the store.
//!
//! The script reads the level and the moment of the last success, adds rate × (now - then), takes the cost if it is there, and writes
//! both only then. With the caller's clock, `now - then` is negative for whoever is behind the one who wrote last:
//!
//! ```text
//!   fast clock writes t = 105      level 3        slow clock asks at t = 100:  3 + 10/s × (-5 s) = -47: refused
//! ```
//!
//! The rule with [`Clock::Store`]: exactly a token bucket. With [`Clock::Caller`] the sum that is admitted stays about the same, but
//! the clients behind the slow clock starve; the fault is one of fairness, and it does not show in the total. The cure is the
//! store's own clock. A key that nobody has written for `expires_after` is forgotten, and the next caller finds a full bucket: an
//! expiry shorter than capacity / rate gives tokens away. O(1).

use crate::{LimitError, TokenBucketConfig};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Whose clock says how much has dripped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// The store's: one clock for all.
    Store,
    /// Each caller's own, sent along with the request; here to show the harm.
    Caller,
}

/// Settings of a [`StoredBucket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBucketConfig {
    /// Capacity and rate.
    pub bucket: TokenBucketConfig,
    /// Whose clock.
    pub clock: Clock,
    /// How long after the last success the key is kept. Usual 1 h.
    pub expires_after: Span,
}

/// One key of the store.
#[derive(Clone, Debug)]
pub struct StoredBucket {
    config: StoredBucketConfig,
    entry: Option<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// In units of 1/per token, so that the drip of a nanosecond is the whole number `tokens`.
    level: i128,
    /// When it was written, by the clock that counts.
    then: Time,
    /// When it is forgotten, by the store's clock.
    expires: Time,
}

impl StoredBucket {
    /// A key that nobody has written: a full bucket.
    pub fn new(config: StoredBucketConfig) -> Result<StoredBucket, LimitError> {
        if config.bucket.per == Span::ZERO {
            return Err(LimitError::ZeroSpan { field: "per" });
        }
        Ok(StoredBucket { config, entry: None })
    }

    /// The script: may `cost` pass at `now` by the store's clock, which is `caller` by the caller's?
    pub fn ask(&mut self, now: Time, caller: Time, cost: u64) -> bool {
        let moment = if self.config.clock == Clock::Caller { caller } else { now };
        let TokenBucketConfig { capacity, tokens, per } = self.config.bucket;
        // Products that 127 bits cannot hold are cut: a bucket of more than 10^19 tokens of more than 500 years each.
        let product = |count: u64, each: u64| i128::try_from(u128::from(count) * u128::from(each)).unwrap_or(i128::MAX);
        let full = product(capacity, per.0);
        let level = match self.entry.filter(|entry| now < entry.expires) {
            Some(entry) => {
                let dripped = product(moment.since(entry.then).0, tokens) - product(entry.then.since(moment).0, tokens);
                entry.level.saturating_add(dripped).min(full)
            }
            None => full,
        };
        let taken = product(cost, per.0);
        if level < taken {
            return false;
        }
        self.entry = Some(Entry { level: level - taken, then: moment, expires: now + self.config.expires_after });
        true
    }
}
