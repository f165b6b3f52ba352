//! Gradient: the limit follows rtt without load / rtt now, with room for a short queue.
//!
//! ```text
//!   gradient = clamp(tolerance × rtt_min / rtt, 0.5, 1)          rtt: the mean of a round, which is `limit` outcomes
//!   limit   <- (1 - smoothing) × limit + smoothing × (limit × gradient + √limit)      once a round
//! ```
//!
//! The rule: with a server that works on C at a time and tolerance 1 it settles where L = C + √L: all of C at work and a queue of √L
//! in front of it. It needs no failure to yield; a round with a failure counts as a gradient of 0.5.
//!
//! The rtt without load is what the whole idea stands on, and a limit that keeps a queue never sees it. So every `probe_after` rounds
//! the limit is halved for a few rounds, the queue runs dry, and the least rtt of those rounds is believed from then on. Without the
//! probe, `rtt_min` could never rise again after a route has become longer; by forgetting it without a probe, the limit would take
//! its own queue for the route and climb without end. O(1).
//!
//! Source: the gradient limit of Netflix's concurrency-limits (2018), which is TCP Vegas's idea with a root for the queue. When not:
//! answers of very different cost over one limit. The cheap ones set `rtt_min` and the dear ones look like a queue; raise
//! `tolerance`, or keep a limit per kind of request.

use super::{Adapt, AdaptError, Outcome, check_bounds, check_fraction};
use base::Span;
use serde::{Deserialize, Serialize};

/// Rounds that a probe lasts: one to run the queue dry, one until the last of the old are answered, two to see.
const PROBE_ROUNDS: u32 = 4;

/// Settings of a [`Gradient`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct GradientConfig {
    /// The lowest limit, at least 1.
    pub limit_min: u32,
    /// The highest limit.
    pub limit_max: u32,
    /// How many times the rtt without load is still taken for no load, at least 1. Usual range 1 to 2.
    pub tolerance: f64,
    /// How much of the new value is taken in each round, between 0 and 1. Usual 0.2.
    pub smoothing: f64,
    /// Rounds between two probes for the rtt without load; 0 counts as 1. Usual range 100 to 10,000.
    pub probe_after: u32,
}

/// 1 to 1,000, no tolerance, a fifth a round, a probe every 1,000 rounds.
impl Default for GradientConfig {
    fn default() -> GradientConfig {
        GradientConfig { limit_min: 1, limit_max: 1_000, tolerance: 1.0, smoothing: 0.2, probe_after: 1_000 }
    }
}

/// A limit that follows the gradient of latency; it starts at its lowest.
#[derive(Clone, Debug)]
pub struct Gradient {
    config: GradientConfig,
    limit: f64,
    rtt_min: Span,
    /// Rounds since the last probe ended, or since this one began.
    rounds: u32,
    probe: Option<Probe>,
    round: Round,
}

/// The limit is held down to see the rtt without load.
#[derive(Clone, Debug)]
struct Probe {
    /// The limit to return to.
    limit: f64,
    rtt_min: Span,
}

/// What `limit` outcomes have said.
#[derive(Clone, Debug, Default)]
struct Round {
    answers: u32,
    failures: u32,
    rtt_sum: u128,
    is_telling: bool,
}

impl Gradient {
    /// A limit at its lower bound that has seen nothing.
    pub fn new(config: GradientConfig) -> Result<Gradient, AdaptError> {
        check_bounds(config.limit_min, config.limit_max)?;
        check_fraction("smoothing", config.smoothing)?;
        if !(config.tolerance >= 1.0 && config.tolerance.is_finite()) {
            return Err(AdaptError::Factor { field: "tolerance", value: config.tolerance });
        }
        let limit = f64::from(config.limit_min);
        Ok(Gradient { config, limit, rtt_min: Span::MAX, rounds: 0, probe: None, round: Round::default() })
    }

    /// What is taken for the rtt without load; [`Span::MAX`] while nothing was answered.
    #[must_use]
    pub fn rtt_min(&self) -> Span {
        self.rtt_min
    }

    /// Whether the limit is held down to see the rtt without load.
    #[must_use]
    pub fn is_probing(&self) -> bool {
        self.probe.is_some()
    }

    fn bounded(&self, limit: f64) -> f64 {
        limit.clamp(f64::from(self.config.limit_min), f64::from(self.config.limit_max))
    }

    /// A round has ended.
    fn turn(&mut self) {
        let round = core::mem::take(&mut self.round);
        self.rounds = self.rounds.saturating_add(1);
        if self.probe.is_some() {
            if self.rounds >= PROBE_ROUNDS {
                self.end_probe();
            }
            return;
        }
        if round.is_telling || round.failures > 0 {
            self.step(&round);
        }
        if self.rounds >= self.config.probe_after.max(1) {
            self.probe = Some(Probe { limit: self.limit, rtt_min: Span::MAX });
            self.limit = self.bounded(self.limit / 2.0);
            self.rounds = 0;
        }
    }

    fn step(&mut self, round: &Round) {
        let gradient = if round.failures > 0 {
            0.5
        } else {
            let mean = round.rtt_sum as f64 / f64::from(round.answers);
            (self.config.tolerance * self.rtt_min.0 as f64 / mean).clamp(0.5, 1.0)
        };
        let target = self.limit * gradient + libm::sqrt(self.limit);
        self.limit = self.bounded(self.limit + self.config.smoothing * (target - self.limit));
    }

    fn end_probe(&mut self) {
        let Some(probe) = self.probe.take() else { return };
        self.limit = probe.limit;
        if probe.rtt_min < Span::MAX {
            self.rtt_min = probe.rtt_min;
        }
        self.rounds = 0;
    }
}

impl Adapt for Gradient {
    fn limit(&self) -> u32 {
        self.limit as u32
    }

    fn on_outcome(&mut self, outcome: Outcome) {
        self.round.is_telling |= outcome.is_telling(self.limit);
        if outcome.failed {
            self.round.failures += 1;
        } else {
            // An answer in no time at all is taken as one nanosecond: nothing is divided by zero.
            let rtt = outcome.rtt.max(Span(1));
            self.round.answers += 1;
            self.round.rtt_sum += u128::from(rtt.0);
            let least = self.probe.as_mut().map_or(&mut self.rtt_min, |probe| &mut probe.rtt_min);
            *least = rtt.min(*least);
        }
        if self.round.answers + self.round.failures >= self.limit() {
            self.turn();
        }
    }
}
