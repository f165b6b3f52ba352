//! Traffic: when the next request arrives, for which key, and which operation it is.
//!
//! Three independent choices, each a value that is asked with a stream of luck: an [`Arrival`] process (or a [`Closed`] loop of
//! users), a [`Choice`] of keys and a [`Mix`] of operations. None of them has a clock, and each answer costs O(1), so that drawing traffic is never what a run waits
//! for.
//!
//! ```
//! use base::{Rng, Time};
//! use workload::{Arrival, Choice, Mix, Poisson, PoissonConfig, Zipf, ZipfConfig};
//!
//! let mut rng = Rng::new(7);
//! let mut arrivals = Poisson::new(PoissonConfig { rate: 1_000.0 })?;
//! let mut keys = Zipf::new(ZipfConfig { keys: 10_000, exponent: 1.0 })?;
//! let mix = Mix::new(&[9.0, 1.0])?; // nine reads to a write
//!
//! let mut now = Time::ZERO;
//! for _ in 0..3 {
//!     now = arrivals.next(now, 1.0, &mut rng).expect("the rate is not zero");
//!     let (key, operation) = (keys.pick(&mut rng), mix.pick(&mut rng));
//!     assert!(key < 10_000 && operation < 2);
//! }
//! # Ok::<(), workload::WorkloadError>(())
//! ```
//!
//! **Open or closed?** In an open loop requests come whether or not earlier ones were answered, as from a large public: overload
//! grows without bound. In a closed loop each user waits for the answer, thinks, and asks again: a slow system slows its own
//! load down, and measured latency looks better than what a public would suffer (Schroeder, Wierman and Harchol-Balter, 2006).
//!
//! To add an arrival process or a way to choose keys: one file, and one line in the list of [`arrivals`](Arrivals) or
//! [`keys`](Keys).

mod alias;
mod arrivals;
mod closed;
mod keys;
mod mix;

pub use alias::Alias;
pub use arrivals::{
    Arrival, Arrivals, ArrivalsConfig, ArrivalsKind, Burst, BurstConfig, Constant, ConstantConfig, Day, DayConfig,
    Poisson, PoissonConfig, RATE_MAX, Ramp, RampConfig,
};
pub use closed::Closed;
pub use keys::{
    Choice, HotSet, HotSetConfig, KEYS_MAX, Keys, KeysConfig, KeysKind, Sequential, SequentialConfig, Uniform,
    UniformConfig, Zipf, ZipfConfig,
};
pub use mix::Mix;

use core::fmt;

/// Why traffic cannot be made.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkloadError {
    /// A number is out of range or not a number.
    OutOfRange {
        /// Which setting.
        field: &'static str,
        /// Its value.
        value: f64,
        /// The least it can be.
        least: f64,
        /// The most it can be.
        most: f64,
    },
    /// There is nothing to choose from: no weight is above zero.
    NothingToChoose,
}

impl WorkloadError {
    /// `Ok` if `value` lies within `least..=most`, which no NaN does.
    pub(crate) fn check(field: &'static str, value: f64, least: f64, most: f64) -> Result<(), WorkloadError> {
        if (least..=most).contains(&value) {
            Ok(())
        } else {
            Err(WorkloadError::OutOfRange { field, value, least, most })
        }
    }
}

impl fmt::Display for WorkloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkloadError::OutOfRange { field, value, least, most } => {
                write!(f, "`{field}` is {value}, but must be between {least} and {most}")
            }
            WorkloadError::NothingToChoose => {
                write!(f, "there is nothing to choose from: at least one weight must be above 0")
            }
        }
    }
}

impl core::error::Error for WorkloadError {}
