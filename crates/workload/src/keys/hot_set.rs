//! Hot set: a small share of the keys gets a large share of the requests, evenly within each part.
//!
//! The rule: the first `hot` of the keys (at least one) gets `traffic` of the requests. The "80/20 rule" is hot 0.2, traffic 0.8.
//! Two draws.

use super::{Choice, check_keys};
use crate::WorkloadError;
use base::Rng;
use serde::{Deserialize, Serialize};

/// Settings of [`HotSet`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct HotSetConfig {
    /// Number of keys, 1 to 1,000,000.
    pub keys: u32,
    /// Share of the keys that is hot, 0 to 1; at least one key is.
    pub hot: f64,
    /// Share of the requests for hot keys, 0 to 1.
    pub traffic: f64,
}

/// 10,000 keys; a fifth of them gets four fifths of the requests.
impl Default for HotSetConfig {
    fn default() -> HotSetConfig {
        HotSetConfig { keys: 10_000, hot: 0.2, traffic: 0.8 }
    }
}

/// A few keys get most requests.
#[derive(Clone, Debug)]
pub struct HotSet {
    hot: u64,
    cold: u64,
    traffic: f64,
}

impl HotSet {
    /// The choice with these settings.
    pub fn new(config: HotSetConfig) -> Result<HotSet, WorkloadError> {
        check_keys(config.keys)?;
        WorkloadError::check("hot", config.hot, 0.0, 1.0)?;
        WorkloadError::check("traffic", config.traffic, 0.0, 1.0)?;
        let keys = u64::from(config.keys);
        let hot = ((config.hot * keys as f64 + 0.5) as u64).clamp(1, keys);
        // Without cold keys the hot ones get everything.
        let traffic = if hot == keys { 1.0 } else { config.traffic };
        Ok(HotSet { hot, cold: keys - hot, traffic })
    }
}

impl Choice for HotSet {
    #[inline]
    fn pick(&mut self, rng: &mut Rng) -> u64 {
        if rng.chance(self.traffic) { rng.below(self.hot) } else { self.hot + rng.below(self.cold) }
    }

    fn keys(&self) -> u32 {
        (self.hot + self.cold) as u32
    }

    fn probability(&self, key: u64) -> f64 {
        if key < self.hot {
            self.traffic / self.hot as f64
        } else if key < self.hot + self.cold {
            (1.0 - self.traffic) / self.cold as f64
        } else {
            0.0
        }
    }
}
