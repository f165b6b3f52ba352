//! Closed loop: a fixed number of users, each of whom asks, waits for the answer, thinks, and asks again.
//!
//! The rule: never more than `users` requests are outstanding, and the rate follows from the system: users / (think time + response
//! time), by Little's law. Each user starts with a draw of the think time, so that they do not all ask at time zero.

use crate::WorkloadError;
use base::{Delay, Law, Rng, Span};
use serde::{Deserialize, Serialize};

/// Most users of one closed loop.
const USERS_MAX: u32 = 1_000_000;

/// A closed loop of users.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Closed {
    /// Number of users, 0 to 1,000,000.
    pub users: u32,
    /// How long a user thinks between an answer and the next request.
    pub think: Delay,
}

/// 50 users who think for a second on average.
impl Default for Closed {
    fn default() -> Closed {
        Closed { users: 50, think: Delay::new(Law::Exponential, Span::from_secs(1)) }
    }
}

impl Closed {
    /// `Ok` if the settings are in range.
    pub fn check(&self) -> Result<(), WorkloadError> {
        WorkloadError::check("users", f64::from(self.users), 0.0, f64::from(USERS_MAX))
    }

    /// One think time; also how long after the start a user's first request comes.
    #[inline]
    pub fn think(&self, rng: &mut Rng) -> Span {
        self.think.draw(rng)
    }

    /// Number of users when the traffic is `factor` times the usual, rounded, at most 1,000,000.
    #[must_use]
    pub fn users(&self, factor: f64) -> u32 {
        ((f64::from(self.users) * factor + 0.5) as u32).min(USERS_MAX)
    }
}
