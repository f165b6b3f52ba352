//! Which key a request is for.
//!
//! Keys are the numbers `0..keys`; key 0 is the most popular one wherever there is one. They are names, not places: hash them before
//! asking a ring.

mod hot_set;
mod sequential;
mod uniform;
mod zipf;

pub use hot_set::{HotSet, HotSetConfig};
pub use sequential::{Sequential, SequentialConfig};
pub use uniform::{Uniform, UniformConfig};
pub use zipf::{Zipf, ZipfConfig};

use crate::WorkloadError;
use base::Rng;
use serde::{Deserialize, Serialize};

/// Most keys of one choice.
pub const KEYS_MAX: u32 = 1_000_000;

/// A way to choose keys.
pub trait Choice: Clone {
    /// The key of the next request.
    fn pick(&mut self, rng: &mut Rng) -> u64;

    /// Number of keys.
    fn keys(&self) -> u32;

    /// The share of requests that are for `key`; zero for a key that does not exist.
    fn probability(&self, key: u64) -> f64;

    /// The share of each key, for comparison with theory.
    fn probabilities(&self) -> Vec<f64> {
        (0..u64::from(self.keys())).map(|key| self.probability(key)).collect()
    }
}

/// `Ok` if there may be so many keys.
fn check_keys(keys: u32) -> Result<(), WorkloadError> {
    WorkloadError::check("keys", f64::from(keys), 1.0, f64::from(KEYS_MAX))
}

/// Makes the list of the family: names and help, configs, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($choice:ident($config:ident), $name:literal, $help:literal;)+) => {
        base::choices! {
            /// Which way to choose keys; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum KeysKind {
                $($choice = $name, $help;)+
            }
        }

        impl KeysKind {
            /// The usual settings for this many keys.
            #[must_use]
            #[expect(clippy::needless_update, reason = "some settings are the number of keys and nothing else")]
            pub fn config(self, keys: u32) -> KeysConfig {
                match self { $(KeysKind::$choice => KeysConfig::$choice($config { keys, ..$config::default() })),+ }
            }
        }

        /// The settings of any way to choose keys.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum KeysConfig {
            $(#[doc = $help] $choice($config),)+
        }

        impl KeysConfig {
            /// The choice, fresh.
            pub fn build(&self) -> Result<Keys, WorkloadError> {
                match self { $(KeysConfig::$choice(config) => $choice::new(*config).map(Keys::$choice)),+ }
            }
        }

        /// Any way to choose keys, dispatched by `match`.
        #[derive(Clone, Debug)]
        pub enum Keys {
            $(#[doc = $help] $choice($choice),)+
        }

        impl Choice for Keys {
            #[inline]
            fn pick(&mut self, rng: &mut Rng) -> u64 {
                match self { $(Keys::$choice(choice) => choice.pick(rng)),+ }
            }
            fn keys(&self) -> u32 {
                match self { $(Keys::$choice(choice) => choice.keys()),+ }
            }
            fn probability(&self, key: u64) -> f64 {
                match self { $(Keys::$choice(choice) => choice.probability(key)),+ }
            }
        }
    };
}

family! {
    Uniform(UniformConfig), "uniform", "Every key alike.";
    Zipf(ZipfConfig), "zipf", "The r-th key in proportion to 1 / r^s, as popularity on the web.";
    HotSet(HotSetConfig), "hot-set", "A small share of the keys gets a large share of the requests.";
    Sequential(SequentialConfig), "sequential", "One key after the other, then from the start: a scan.";
}
