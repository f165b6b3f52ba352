//! Sequential: one key after the other, then from the start. A scan: it defeats every cache that keeps what was used last. No draw.

use super::{Choice, check_keys};
use crate::WorkloadError;
use base::Rng;
use serde::{Deserialize, Serialize};

/// Settings of [`Sequential`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SequentialConfig {
    /// Number of keys, 1 to 1,000,000.
    pub keys: u32,
}

/// 10,000 keys.
impl Default for SequentialConfig {
    fn default() -> SequentialConfig {
        SequentialConfig { keys: 10_000 }
    }
}

/// One key after the other.
#[derive(Clone, Debug)]
pub struct Sequential {
    keys: u32,
    next: u32,
}

impl Sequential {
    /// The choice with these settings, beginning at key 0.
    pub fn new(config: SequentialConfig) -> Result<Sequential, WorkloadError> {
        check_keys(config.keys)?;
        Ok(Sequential { keys: config.keys, next: 0 })
    }
}

impl Choice for Sequential {
    #[inline]
    fn pick(&mut self, _rng: &mut Rng) -> u64 {
        let key = self.next;
        self.next = if key + 1 == self.keys { 0 } else { key + 1 };
        u64::from(key)
    }

    fn keys(&self) -> u32 {
        self.keys
    }

    /// The share over many rounds.
    fn probability(&self, key: u64) -> f64 {
        if key < u64::from(self.keys) { 1.0 / f64::from(self.keys) } else { 0.0 }
    }
}
