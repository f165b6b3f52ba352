//! Uniform: every key alike. The hardest traffic for a cache, whose hit ratio is its share of the keys. One draw.

use super::{Choice, check_keys};
use crate::WorkloadError;
use base::Rng;
use serde::{Deserialize, Serialize};

/// Settings of [`Uniform`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct UniformConfig {
    /// Number of keys, 1 to 1,000,000.
    pub keys: u32,
}

/// 10,000 keys.
impl Default for UniformConfig {
    fn default() -> UniformConfig {
        UniformConfig { keys: 10_000 }
    }
}

/// Every key alike.
#[derive(Clone, Debug)]
pub struct Uniform {
    keys: u32,
}

impl Uniform {
    /// The choice with these settings.
    pub fn new(config: UniformConfig) -> Result<Uniform, WorkloadError> {
        check_keys(config.keys)?;
        Ok(Uniform { keys: config.keys })
    }
}

impl Choice for Uniform {
    #[inline]
    fn pick(&mut self, rng: &mut Rng) -> u64 {
        rng.below(u64::from(self.keys))
    }

    fn keys(&self) -> u32 {
        self.keys
    }

    fn probability(&self, key: u64) -> f64 {
        if key < u64::from(self.keys) { 1.0 / f64::from(self.keys) } else { 0.0 }
    }
}
