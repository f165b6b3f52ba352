//! A local counter that is joined with the shared one now and then: no round trip per request, and a bounded excess.
//!
//! ```text
//!   limiter A   known 40 + own 7    ──sync: add 7──>   store 40 + 7 + 5
//!   limiter B   known 40 + own 5    ──sync: add 5──>   both then know 52
//! ```
//!
//! The rule: a request passes while known + own < limit. Limiters do not see each other's requests between two syncs, so together
//! they admit at most limit + (limiters - 1) × (what one admits between syncs); without any sync that is limiters × limit. Windows
//! are aligned at multiples of their length by the limiter's own clock: a clock that is ahead opens the next window early, and its
//! requests are counted there. O(1) a request.

use super::{Command, Unavailable};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`LocalCounter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct LocalCounterConfig {
    /// Requests that all limiters together are to admit in a window.
    pub limit: u64,
    /// Length of a window; 0 counts as 1 ns.
    pub window: Span,
    /// Time between two syncs; `None` never syncs.
    pub sync_interval: Option<Span>,
}

/// 100 a minute, joined every second.
impl Default for LocalCounterConfig {
    fn default() -> LocalCounterConfig {
        LocalCounterConfig { limit: 100, window: Span::from_secs(60), sync_interval: Some(Span::from_secs(1)) }
    }
}

/// One limiter's part of a shared count.
#[derive(Clone, Debug)]
pub struct LocalCounter {
    config: LocalCounterConfig,
    /// Which window, by this limiter's clock; the latest one seen.
    window: u64,
    /// The shared count at the last sync.
    known: u64,
    /// Admitted here since.
    own: u64,
    /// Part of `own` that is on its way to the store.
    sent: u64,
    synced: Time,
}

impl LocalCounter {
    /// A limiter that has admitted nothing and knows of nothing.
    #[must_use]
    pub fn new(config: LocalCounterConfig) -> LocalCounter {
        LocalCounter { config, window: 0, known: 0, own: 0, sent: 0, synced: Time::ZERO }
    }

    /// May one more pass at `now`, by this limiter's clock?
    pub fn ask(&mut self, now: Time) -> bool {
        self.advance(now);
        let is_allowed = self.known.saturating_add(self.own) < self.config.limit;
        self.own += u64::from(is_allowed);
        is_allowed
    }

    /// The command to send to the store, when a sync is due and none is under way. The key is the window's number.
    pub fn sync(&mut self, now: Time) -> Option<Command> {
        self.advance(now);
        let interval = self.config.sync_interval?;
        if self.sent > 0 || now.since(self.synced) < interval {
            return None;
        }
        (self.synced, self.sent) = (now, self.own);
        // What was admitted is added whatever the limit says: it has passed.
        let expires = Time(self.window.saturating_add(2).saturating_mul(self.config.window.0.max(1)));
        Some(Command::IncrementWithin { key: self.window, by: self.own, limit: u64::MAX, expires })
    }

    /// The store has answered the sync of window `key`, or has not: then the count is sent again at the next one.
    pub fn on_reply(&mut self, key: u64, reply: Result<u64, Unavailable>) {
        if key != self.window {
            return;
        }
        if let Ok(count) = reply {
            self.known = count;
            self.own -= self.sent;
        }
        self.sent = 0;
    }

    /// Begins a new window when its time has come; a clock that steps back reopens nothing.
    fn advance(&mut self, now: Time) {
        let window = now.0 / self.config.window.0.max(1);
        if window > self.window {
            (self.window, self.known, self.own, self.sent) = (window, 0, 0, 0);
        }
    }
}
