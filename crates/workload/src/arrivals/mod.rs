//! Open loop: the moments at which requests arrive, whatever the system does with them.
//!
//! ```text
//!   constant  | | | | | | | |      poisson   ||  |   ||| |    |
//!   burst     |||||      |||||     ramp      |    |   |  | | |||||     day   a slow wave
//! ```
//!
//! All but the constant one are Poisson processes, if need be with a rate that varies in time: the arrivals of many independent
//! people. All are exact. Where the expected number of arrivals can be inverted in closed form, one exponential draw makes one
//! arrival (Cinlar, 1975); the day curve is thinned (Lewis and Shedler, 1979).

mod burst;
mod constant;
mod day;
mod poisson;
mod ramp;

pub use burst::{Burst, BurstConfig};
pub use constant::{Constant, ConstantConfig};
pub use day::{Day, DayConfig};
pub use poisson::{Poisson, PoissonConfig};
pub use ramp::{Ramp, RampConfig};

use crate::WorkloadError;
use base::{Rng, Span, Time};
use serde::{Deserialize, Serialize};

/// Largest rate, in requests per second.
pub const RATE_MAX: f64 = 10_000_000.0;

/// Largest rate after multiplication by a factor, in requests per second: one a nanosecond.
const PEAK_MAX: f64 = 1e9;

/// Nanoseconds in a second.
const SECOND: f64 = 1e9;

/// An arrival process.
pub trait Arrival: Clone {
    /// The arrival after the one at `after`; `None` if there is none for ever.
    ///
    /// `factor` multiplies the rate (a traffic spike is a factor of 5); not a number or below zero counts as zero. When it changes,
    /// drop the arrival that is pending and ask again from the moment of the change: a Poisson process has no memory, so that is
    /// exact. Likewise ask again when a factor of zero ends.
    fn next(&mut self, after: Time, factor: f64, rng: &mut Rng) -> Option<Time>;

    /// Requests per second at `now`, for a factor of one.
    fn rate_at(&self, now: Time) -> f64;
}

/// `after` and so many nanoseconds more; `None` if that is beyond all time.
#[inline]
fn later(after: Time, nanos: f64) -> Option<Time> {
    let next = after + Span::from_nanos_f64(nanos);
    (next < Time::NEVER).then_some(next)
}

/// A rate per second under a factor, at most [`PEAK_MAX`]; `None` if either is not above zero.
#[inline]
fn scaled(rate: f64, factor: f64) -> Option<f64> {
    let rate = rate * factor;
    (rate > 0.0).then_some(if rate < PEAK_MAX { rate } else { PEAK_MAX })
}

/// The larger of two rates.
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// `Ok` if `rate` is a rate, 0 to [`RATE_MAX`] a second.
fn check_rate(field: &'static str, rate: f64) -> Result<(), WorkloadError> {
    WorkloadError::check(field, rate, 0.0, RATE_MAX)
}

/// `Ok` if `span` is at least `least`.
fn check_span(field: &'static str, span: Span, least: Span) -> Result<(), WorkloadError> {
    // Ten years: long enough for any run, and short enough that sums of spans never overflow.
    const MOST: Span = Span::from_secs(315_360_000);
    WorkloadError::check(field, span.as_secs_f64(), least.as_secs_f64(), MOST.as_secs_f64())
}

/// Makes the list of the family: names and help, configs, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($process:ident($config:ident), $name:literal, $help:literal;)+) => {
        base::choices! {
            /// Which arrival process; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum ArrivalsKind {
                $($process = $name, $help;)+
            }
        }

        impl ArrivalsKind {
            /// The usual settings.
            #[must_use]
            pub fn config(self) -> ArrivalsConfig {
                match self { $(ArrivalsKind::$process => ArrivalsConfig::$process($config::default())),+ }
            }
        }

        /// The settings of any arrival process.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ArrivalsConfig {
            $(#[doc = $help] $process($config),)+
        }

        impl ArrivalsConfig {
            /// The process, fresh at time zero.
            pub fn build(&self) -> Result<Arrivals, WorkloadError> {
                match self { $(ArrivalsConfig::$process(config) => $process::new(*config).map(Arrivals::$process)),+ }
            }
        }

        /// Any arrival process, dispatched by `match`.
        #[derive(Clone, Debug)]
        pub enum Arrivals {
            $(#[doc = $help] $process($process),)+
        }

        impl Arrival for Arrivals {
            #[inline]
            fn next(&mut self, after: Time, factor: f64, rng: &mut Rng) -> Option<Time> {
                match self { $(Arrivals::$process(process) => process.next(after, factor, rng)),+ }
            }
            fn rate_at(&self, now: Time) -> f64 {
                match self { $(Arrivals::$process(process) => process.rate_at(now)),+ }
            }
        }
    };
}

family! {
    Poisson(PoissonConfig), "poisson", "Independent arrivals at a fixed rate, as from many people.";
    Constant(ConstantConfig), "constant", "Arrivals at equal distances, as from a timer.";
    Burst(BurstConfig), "burst", "Two rates in turn: a burst, then a pause.";
    Ramp(RampConfig), "ramp", "A rate that changes evenly from one value to another, then stays.";
    Day(DayConfig), "day", "A slow wave: lowest at the start, highest half a period later.";
}
