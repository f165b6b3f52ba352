//! AIMD: additive increase, multiplicative decrease.
//!
//! ```text
//!   C ──/|──/|──/|    each success adds 1/limit (one a round of the whole limit),
//!      / | / | / |    a failure multiplies by `decrease`
//!     /  |/  |/  |    so in steady state it saws between decrease × C and C, on average (1 + decrease) / 2 × C
//! ```
//!
//! The rule: within its bounds; a failure lowers it at most once per limit's worth of outcomes, because the failures of one overload
//! come in a bunch and speak of the same limit. Clients that share a server drift to equal shares, which is why TCP does it too.
//! O(1). Source: Chiu and Jain, "Analysis of the increase and decrease algorithms", 1989.

use super::{Adapt, AdaptError, Outcome, check_bounds, check_fraction};
use serde::{Deserialize, Serialize};

/// Settings of an [`Aimd`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct AimdConfig {
    /// The lowest limit, at least 1.
    pub limit_min: u32,
    /// The highest limit.
    pub limit_max: u32,
    /// What a failure multiplies the limit by, between 0 and 1. Usual range 0.5 to 0.98.
    pub decrease: f64,
}

/// 1 to 1,000, a tenth less on failure.
impl Default for AimdConfig {
    fn default() -> AimdConfig {
        AimdConfig { limit_min: 1, limit_max: 1_000, decrease: 0.9 }
    }
}

/// A limit that climbs by one and falls by a factor; it starts at its lowest.
#[derive(Clone, Debug)]
pub struct Aimd {
    config: AimdConfig,
    limit: f64,
    /// Outcomes to pass before the next failure counts.
    deaf: u32,
}

impl Aimd {
    /// A limit at its lower bound.
    pub fn new(config: AimdConfig) -> Result<Aimd, AdaptError> {
        check_bounds(config.limit_min, config.limit_max)?;
        check_fraction("decrease", config.decrease)?;
        Ok(Aimd { config, limit: f64::from(config.limit_min), deaf: 0 })
    }
}

impl Adapt for Aimd {
    fn limit(&self) -> u32 {
        self.limit as u32
    }

    fn on_outcome(&mut self, outcome: Outcome) {
        let is_deaf = self.deaf > 0;
        self.deaf = self.deaf.saturating_sub(1);
        let moved = match outcome.failed {
            true if is_deaf => return,
            true => {
                self.deaf = self.limit();
                self.limit * self.config.decrease
            }
            false if outcome.is_telling(self.limit) => self.limit + 1.0 / self.limit,
            false => return,
        };
        self.limit = moved.clamp(f64::from(self.config.limit_min), f64::from(self.config.limit_max));
    }
}
