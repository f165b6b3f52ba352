//! A pair of balancers for one address: one works, the other listens for its heartbeat and takes over when that stops.
//!
//! ```text
//!   active   ♥    ♥    ♥    x crashes
//!   passive  .    .    .    .    .    .|  takes the address over: 3 beats and its skew without one
//!            requests sent meanwhile are lost, and so are the connections that were open
//! ```
//!
//! The rule: a passive one takes over when it has heard nothing for `misses` × `beat` + skew; the skew is shorter the greater the
//! priority, so that of several the first in rank comes first. An active one that hears a higher rank yields; a passive one that
//! hears a lower rank takes over at once if it `preempts`. When only the wire between the two is cut, **both are active**: two hold one
//! address, until the wire heals and the lower one yields. A heartbeat cannot tell a dead peer from a cut wire; where that matters, a
//! third has to vote. O(1).
//!
//! Source: VRRP version 3, RFC 9568, sections 6.1 and 6.4. When not: to share load. Both work in an active-active pair, each with an
//! address of its own and standing by for the other's: two of these.

use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`Standby`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct StandbyConfig {
    /// Time between two heartbeats; 0 counts as 1 ns. The same for both.
    pub beat: Span,
    /// Heartbeats that may be missing, at least 1. VRRP: 3.
    pub misses: u32,
    /// Its rank, 1 to 255; the two of a pair differ.
    pub priority: u8,
    /// Whether it takes the address from a lower rank that works well. A pair that does moves twice for one failure.
    pub preempts: bool,
}

/// A beat a second, three may be missing, rank 100, preempting, as VRRP does it.
impl Default for StandbyConfig {
    fn default() -> StandbyConfig {
        StandbyConfig { beat: Span::from_secs(1), misses: 3, priority: 100, preempts: true }
    }
}

impl StandbyConfig {
    /// Silence after which it takes over: misses × beat + (256 - priority) / 256 × beat.
    #[must_use]
    pub fn patience(&self) -> Span {
        let beat = self.beat.0.max(1);
        let skew = u128::from(beat) * (256 - u128::from(self.priority)) / 256;
        // At most the beat itself, which is 64 bits wide.
        Span(beat.saturating_mul(u64::from(self.misses.max(1)))) + Span(u64::try_from(skew).unwrap_or(u64::MAX))
    }
}

/// What one of a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It holds the address.
    Active,
    /// It listens.
    Passive,
}

/// What is to be done when time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Nothing yet.
    None,
    /// Send a heartbeat with one's priority.
    Beat,
    /// Take the address over, and send a heartbeat.
    TakeOver,
}

/// One of a pair.
#[derive(Clone, Debug)]
pub struct Standby {
    config: StandbyConfig,
    role: Role,
    /// When the last heartbeat was sent (active) or heard (passive).
    last: Time,
}

impl Standby {
    /// It starts passive at `now`, and listens first.
    #[must_use]
    pub fn new(config: StandbyConfig, now: Time) -> Standby {
        Standby { config, role: Role::Passive, last: now }
    }

    /// What it is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// When [`Standby::on_time`] has something to do, if no heartbeat comes before.
    #[must_use]
    pub fn next_time(&self) -> Time {
        match self.role {
            Role::Active => self.last + Span(self.config.beat.0.max(1)),
            Role::Passive => self.last + self.config.patience(),
        }
    }

    /// Time has come.
    pub fn on_time(&mut self, now: Time) -> Duty {
        if now < self.next_time() {
            return Duty::None;
        }
        self.last = now;
        match core::mem::replace(&mut self.role, Role::Active) {
            Role::Active => Duty::Beat,
            Role::Passive => Duty::TakeOver,
        }
    }

    /// The other one's heartbeat has come. Says the role that it now has.
    pub fn on_beat(&mut self, now: Time, priority: u8) -> Role {
        let is_higher = priority > self.config.priority;
        match self.role {
            // The lower one yields; the higher one goes on, and the other hears of it by its next heartbeat.
            Role::Active if is_higher => (self.role, self.last) = (Role::Passive, now),
            Role::Active => {}
            // Whoever wants the address does as if it had heard nothing.
            Role::Passive if !is_higher && self.config.preempts => {}
            Role::Passive => self.last = now,
        }
        self.role
    }
}
