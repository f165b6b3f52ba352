//! Health checks: the outcomes of probes and requests, turned into who may get traffic.
//!
//! ```text
//!              `fall` failed probes in a row, or
//!              `ejects_after` failed requests in a row
//!   healthy ───────────────────────────────────────────> unhealthy
//!           <───────────────────────────────────────────
//!              `rise` good probes in a row
//! ```
//!
//! The rule: a member changes state exactly when a run of equal outcomes reaches its threshold; one outcome of the other kind
//! starts the count again, so that a single lost probe takes nobody out. Detection therefore takes between (fall - 1) and `fall`
//! probe intervals plus the probe's own time-out: the traffic lost meanwhile is what a person sees in a run. Members begin healthy,
//! as in HAProxy, whose words `fall` and `rise` are used here. O(1) an outcome. It has no clock: the caller owns the interval.
//!
//! ```
//! use balance::{Change, Health, HealthConfig};
//! let mut health = Health::new(2, HealthConfig { fall: 2, rise: 1, ejects_after: None });
//! assert_eq!(health.on_probe(0, false), None);
//! assert_eq!(health.on_probe(0, false), Some(Change::Down));
//! assert_eq!(health.healthy(), [false, true]);
//! assert_eq!(health.on_probe(0, true), Some(Change::Up));
//! ```

use serde::{Deserialize, Serialize};

/// Settings of a [`Health`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct HealthConfig {
    /// Failed probes in a row that take a member out, 1 to 100; 0 counts as 1.
    pub fall: u32,
    /// Good probes in a row that bring a member back, 1 to 100; 0 counts as 1.
    pub rise: u32,
    /// Passive check: failed requests in a row that take a member out, 1 to 1,000; `None` ignores requests. Only probes bring a
    /// member back, because a member without traffic has no requests to show that it recovered.
    pub ejects_after: Option<u32>,
}

/// Three failures out, two successes in, requests ignored: HAProxy's defaults.
impl Default for HealthConfig {
    fn default() -> HealthConfig {
        HealthConfig { fall: 3, rise: 2, ejects_after: None }
    }
}

/// A member's change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was healthy and is not any more.
    Down,
    /// It was unhealthy and is healthy again.
    Up,
}

/// Who is healthy, and how close everybody is to a change.
#[derive(Clone, Debug)]
pub struct Health {
    config: HealthConfig,
    healthy: Vec<bool>,
    /// Probes in a row that speak for a change: failures of a healthy member, successes of an unhealthy one.
    probes: Vec<u32>,
    /// Failed requests in a row.
    requests: Vec<u32>,
}

impl Health {
    /// `members` healthy members.
    #[must_use]
    pub fn new(members: usize, config: HealthConfig) -> Health {
        Health { config, healthy: vec![true; members], probes: vec![0; members], requests: vec![0; members] }
    }

    /// Who may get traffic, by index.
    #[inline]
    #[must_use]
    pub fn healthy(&self) -> &[bool] {
        &self.healthy
    }

    /// How many probes in a row speak for a change of `member`, and how many it takes; nothing for an unknown member.
    #[must_use]
    pub fn progress(&self, member: usize) -> Option<(u32, u32)> {
        Some((*self.probes.get(member)?, self.threshold(member)))
    }

    /// A probe of `member` was answered well (`ok`), or badly, or not in time. An unknown member is ignored.
    pub fn on_probe(&mut self, member: usize, ok: bool) -> Option<Change> {
        let speaks_for_change = ok != *self.healthy.get(member)?;
        self.probes[member] = if speaks_for_change { self.probes[member] + 1 } else { 0 };
        (self.probes[member] >= self.threshold(member)).then(|| self.turn(member))
    }

    /// A request to `member` ended well (`ok`), or failed or timed out. An unknown member is ignored.
    #[inline]
    pub fn on_reply(&mut self, member: usize, ok: bool) -> Option<Change> {
        let ejects_after = self.config.ejects_after?.max(1);
        let healthy = *self.healthy.get(member)?;
        self.requests[member] = if ok { 0 } else { self.requests[member].saturating_add(1) };
        (healthy && self.requests[member] >= ejects_after).then(|| self.turn(member))
    }

    fn threshold(&self, member: usize) -> u32 {
        if self.healthy[member] { self.config.fall.max(1) } else { self.config.rise.max(1) }
    }

    fn turn(&mut self, member: usize) -> Change {
        self.healthy[member] = !self.healthy[member];
        self.probes[member] = 0;
        self.requests[member] = 0;
        if self.healthy[member] { Change::Up } else { Change::Down }
    }
}
