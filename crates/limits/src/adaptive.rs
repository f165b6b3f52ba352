//! Adaptive concurrency limits: the bound on requests in flight is found from how long they take, not set by a person.
//!
//! ```text
//!              limit                   a server of capacity C (in flight without queueing)
//!   Aimd       /|/|/|/|  around C      climbs by one a round, falls by a factor on the first failure
//!   Gradient   ────────  C + √C        follows rtt without load / rtt now, keeps a short queue of √limit
//! ```
//!
//! [`Aimd`] needs something to fail (a time-out, a refusal) before it yields; [`Gradient`] yields as soon as answers take longer
//! than without load. Both only climb while at least half of the limit is really in use: an idle client learns nothing.
//!
//! ```
//! use base::Span;
//! use limits::adaptive::{Adapt, Gradient, GradientConfig, Outcome};
//!
//! // A server that works on 100 at a time, 10 ms each; whatever is beyond waits.
//! let mut limit = Gradient::new(GradientConfig::default())?;
//! for _ in 0..40_000 {
//!     let in_flight = limit.limit();
//!     let rtt = Span::from_micros(u64::from(in_flight.max(100)) * 100);
//!     limit.on_outcome(Outcome { rtt, in_flight, failed: false });
//! }
//! assert!((105..=115).contains(&limit.limit()), "100 at work and about ten in line, not {}", limit.limit());
//! # Ok::<(), limits::adaptive::AdaptError>(())
//! ```

mod aimd;
mod gradient;

pub use aimd::{Aimd, AimdConfig};
pub use gradient::{Gradient, GradientConfig};

use base::Span;
use core::fmt;
use serde::{Deserialize, Serialize};

/// What a request that has ended tells the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// From sending to the answer.
    pub rtt: Span,
    /// How many were in flight when it was sent, itself included.
    pub in_flight: u32,
    /// Whether it timed out or was refused as too much.
    pub failed: bool,
}

impl Outcome {
    /// Whether the limit is used enough to learn from: at least half of it.
    fn is_telling(&self, limit: f64) -> bool {
        f64::from(self.in_flight) * 2.0 >= limit
    }
}

/// A concurrency limit that learns from each outcome.
pub trait Adapt: Clone {
    /// How many may be in flight now; at least 1.
    fn limit(&self) -> u32;

    /// A request has ended.
    fn on_outcome(&mut self, outcome: Outcome);
}

/// Why an adaptive limit cannot be built.
#[derive(Clone, Debug, PartialEq)]
pub enum AdaptError {
    /// The bounds contradict each other, or one is zero.
    Bounds {
        /// The lowest limit asked for.
        limit_min: u32,
        /// The highest limit asked for.
        limit_max: u32,
    },
    /// A fraction is not strictly between 0 and 1.
    Fraction {
        /// Which field.
        field: &'static str,
        /// What it is.
        value: f64,
    },
    /// A factor is below 1, or not a number.
    Factor {
        /// Which field.
        field: &'static str,
        /// What it is.
        value: f64,
    },
}

impl fmt::Display for AdaptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AdaptError::Bounds { limit_min, limit_max } => {
                write!(
                    f,
                    "the limit is to lie between {limit_min} and {limit_max}, but must be at least 1 and in order"
                )
            }
            AdaptError::Fraction { field, value } => write!(f, "`{field}` is {value}, but must lie between 0 and 1"),
            AdaptError::Factor { field, value } => {
                write!(f, "`{field}` is {value}, but must be a number of at least 1")
            }
        }
    }
}

impl core::error::Error for AdaptError {}

/// The bounds hold.
fn check_bounds(limit_min: u32, limit_max: u32) -> Result<(), AdaptError> {
    if limit_min == 0 || limit_min > limit_max {
        return Err(AdaptError::Bounds { limit_min, limit_max });
    }
    Ok(())
}

/// The value lies strictly between 0 and 1.
fn check_fraction(field: &'static str, value: f64) -> Result<(), AdaptError> {
    if value > 0.0 && value < 1.0 { Ok(()) } else { Err(AdaptError::Fraction { field, value }) }
}

/// Makes the list of the family: names and help, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($algorithm:ident($config:ident), $name:literal, $help:literal;)+) => {
        base::choices! {
            /// Which adaptive limit; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum Algorithm {
                $($algorithm = $name, $help;)+
            }
        }

        impl Algorithm {
            /// The limit with its usual settings, between these bounds.
            pub fn build(self, limit_min: u32, limit_max: u32) -> Result<Adaptive, AdaptError> {
                match self {
                    $(Algorithm::$algorithm => {
                        let config = $config { limit_min, limit_max, ..$config::default() };
                        $algorithm::new(config).map(Adaptive::$algorithm)
                    })+
                }
            }
        }

        /// Any adaptive limit, dispatched by `match`.
        #[derive(Clone, Debug)]
        pub enum Adaptive {
            $(#[doc = $help] $algorithm($algorithm),)+
        }

        impl Adapt for Adaptive {
            fn limit(&self) -> u32 {
                match self { $(Adaptive::$algorithm(limit) => limit.limit()),+ }
            }
            fn on_outcome(&mut self, outcome: Outcome) {
                match self { $(Adaptive::$algorithm(limit) => limit.on_outcome(outcome)),+ }
            }
        }
    };
}

family! {
    Aimd(AimdConfig), "aimd", "One more a round while all is well, a factor less when something fails.";
    Gradient(GradientConfig), "gradient", "Follows how much slower answers are than without load.";
}
