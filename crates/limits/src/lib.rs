//! Rate limiters: who may pass now, and if not now, when.
//!
//! A [`Limit`] is asked with the moment and the cost, and answers with a [`Decision`]. It has no clock and draws no luck. The
//! rules that every algorithm here keeps, and that the suite in `tests/conformance.rs` holds over [`Algorithm::ALL`]:
//!
//! - a refusal consumes nothing, and says exactly from which moment on the same request passes if nobody else comes first;
//! - a request that can never pass (it costs more than the limiter can ever hold) is told so;
//! - no span of time ever sees more pass than [`Limit::most_within`] states;
//! - a clock that steps back mints nothing and destroys nothing: the limiter waits until time has caught up.
//!
//! ```
//! use base::{Span, Time};
//! use limits::{Decision, Limit, TokenBucket, TokenBucketConfig};
//!
//! // 2 tokens a second, a burst of 10.
//! let config = TokenBucketConfig { capacity: 10, tokens: 2, per: Span::from_secs(1) };
//! let mut bucket = TokenBucket::new(config)?;
//! assert!((0..10).all(|_| bucket.ask(Time::ZERO, 1).is_allowed()));
//!
//! // The eleventh is refused, and told when to come back: half a second per token.
//! let refused = bucket.ask(Time::ZERO, 1);
//! assert_eq!(refused, Decision::Refused { not_before: Some(Time::ZERO + Span::from_millis(500)) });
//! # Ok::<(), limits::LimitError>(())
//! ```
//!
//! | | burst | state | in any window | use it when |
//! |---|---|---|---|---|
//! | [`TokenBucket`] | up to its capacity | 1 level | capacity + rate × window | clients are bursty and the mean matters |
//! | [`FixedWindow`] | the whole limit at once | 1 counter | **twice** the limit | a quota is "per calendar minute" and cheap beats fair |
//! | [`Gcra`] | up to its burst | 1 moment | burst + rate × window | the state lives in a shared store: one number a key |
//! | [`SlidingLog`] | the whole limit at once | `limit` moments | the limit, exactly | the limit is a contract |
//! | [`SlidingCounter`] | the whole limit at once | 2 counters | up to twice the limit, rarely | a gateway with many keys |
//! | [`LeakyMeter`] | up to its capacity | 1 level | capacity + rate × window | a token bucket, thought of as a level that rises |
//! | [`LeakyQueue`] | none: it makes them wait | 1 level | the limit | what is behind wants an even flow |
//!
//! What is not a rate stands beside the list: [`ConcurrencyLimit`] bounds what is in flight at one time, and [`adaptive`] finds that
//! bound by itself; [`Tiers`] joins several limits per client and says them in response [`headers`]; [`shared`] keeps the count in a
//! store that many limiters share, with all that can go wrong there.
//!
//! When not to use any: a limit protects what is behind it from one client that asks too much. Against too much from everybody at
//! once, shed load by queue time or by priority instead.
//!
//! To add an algorithm: one file with its config and its [`Limit`], and one line in the list below.

pub mod adaptive;
mod concurrency;
mod drain;
mod fixed_window;
mod gcra;
pub mod headers;
mod leaky_meter;
mod leaky_queue;
pub mod shared;
mod sliding_counter;
mod sliding_log;
pub mod tiers;
mod token_bucket;

pub use concurrency::{ConcurrencyLimit, NothingInFlight};
pub use fixed_window::{FixedWindow, FixedWindowConfig};
pub use gcra::{CellRate, Gcra, GcraConfig};
pub use leaky_meter::{LeakyMeter, LeakyMeterConfig};
pub use leaky_queue::{LeakyQueue, LeakyQueueConfig};
pub use sliding_counter::{SlidingCounter, SlidingCounterConfig};
pub use sliding_log::{SlidingLog, SlidingLogConfig};
pub use tiers::{Policy, Tier, TierError, Tiers};
pub use token_bucket::{TokenBucket, TokenBucketConfig};

use base::{Span, Time};
use core::fmt;
use serde::{Deserialize, Serialize};

/// What a limiter answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Pass; the cost has been charged.
    Allowed,
    /// Pass, but not yet: the cost has been charged and the place in line taken.
    Delayed {
        /// When to pass.
        until: Time,
    },
    /// Do not pass; nothing has been charged.
    Refused {
        /// The first moment at which the same request passes if nobody else comes first; `None` if that moment never comes.
        not_before: Option<Time>,
    },
}

impl Decision {
    /// Whether the request may pass, now or after a wait.
    #[inline]
    #[must_use]
    pub fn is_allowed(self) -> bool {
        !matches!(self, Decision::Refused { .. })
    }
}

/// One rate limiter: a value that is asked, and changes only when it says yes or time moves on.
pub trait Limit: Clone {
    /// May a request of cost `cost` pass at `now`? A cost of 0 always may.
    fn ask(&mut self, now: Time, cost: u64) -> Decision;

    /// What [`Limit::ask`] would say, without charging anything.
    fn peek(&self, now: Time, cost: u64) -> Decision {
        self.clone().ask(now, cost)
    }

    /// The most cost that can pass within any closed span of this length, whatever the arrivals. Saturates at `u64::MAX`.
    fn most_within(&self, span: Span) -> u64;

    /// What the limiter looks like at `now`, for drawing; changes nothing.
    fn view(&self, now: Time) -> View;
}

/// What a limiter shows of its inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum View {
    /// A bucket of tokens.
    Bucket {
        /// Tokens in it, fractions included.
        tokens: f64,
        /// Tokens it can hold.
        capacity: u64,
    },
    /// A window of time with a counter.
    Window {
        /// Cost admitted in it so far.
        count: u64,
        /// Cost it may admit.
        limit: u64,
        /// When it began.
        starts: Time,
        /// When the next one begins.
        ends: Time,
    },
    /// Two neighbouring windows, the older one fading out.
    Windows {
        /// Cost of the older one that still counts.
        weighted: f64,
        /// Cost admitted in the newer one so far.
        count: u64,
        /// Cost that both together may reach.
        limit: u64,
        /// When the newer one began.
        starts: Time,
        /// When the next one begins.
        ends: Time,
    },
    /// A bucket that fills with requests and leaks.
    Leaky {
        /// Cost in it, fractions included.
        level: f64,
        /// Cost it can hold.
        capacity: u64,
    },
    /// A line that moves at a constant pace.
    Queue {
        /// Cost in it.
        waiting: u64,
        /// Cost there is room for.
        room: u64,
    },
}

/// Why a limiter cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitError {
    /// A span that must be at least one nanosecond is zero.
    ZeroSpan {
        /// Which field.
        field: &'static str,
    },
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitError::ZeroSpan { field } => write!(f, "`{field}` is 0s, but must be at least 1ns"),
        }
    }
}

impl core::error::Error for LimitError {}

/// Makes the list of the family: names and help, configs, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($algorithm:ident($config:ident), $name:literal, $help:literal;)+) => {
        base::choices! {
            /// Which algorithm; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum Algorithm {
                $($algorithm = $name, $help;)+
            }
        }

        impl Algorithm {
            /// The usual settings for "`limit` per `window`".
            #[must_use]
            pub fn config(self, limit: u64, window: Span) -> Config {
                match self { $(Algorithm::$algorithm => Config::$algorithm($config::per_window(limit, window))),+ }
            }
        }

        /// The settings of any limiter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Config {
            $(#[doc = $help] $algorithm($config),)+
        }

        impl Config {
            /// Which algorithm this configures.
            #[must_use]
            pub fn algorithm(&self) -> Algorithm {
                match self { $(Config::$algorithm(_) => Algorithm::$algorithm),+ }
            }

            /// The limiter, fresh at time zero.
            pub fn build(&self) -> Result<Limiter, LimitError> {
                match self { $(Config::$algorithm(config) => $algorithm::new(*config).map(Limiter::$algorithm)),+ }
            }
        }

        /// Any limiter, dispatched by `match`.
        #[derive(Clone, Debug)]
        pub enum Limiter {
            $(#[doc = $help] $algorithm($algorithm),)+
        }

        impl Limit for Limiter {
            #[inline]
            fn ask(&mut self, now: Time, cost: u64) -> Decision {
                match self { $(Limiter::$algorithm(limiter) => limiter.ask(now, cost)),+ }
            }
            #[inline]
            fn peek(&self, now: Time, cost: u64) -> Decision {
                match self { $(Limiter::$algorithm(limiter) => limiter.peek(now, cost)),+ }
            }
            fn most_within(&self, span: Span) -> u64 {
                match self { $(Limiter::$algorithm(limiter) => limiter.most_within(span)),+ }
            }
            fn view(&self, now: Time) -> View {
                match self { $(Limiter::$algorithm(limiter) => limiter.view(now)),+ }
            }
        }
    };
}

family! {
    TokenBucket(TokenBucketConfig), "token-bucket", "Refills continuously; allows a burst up to its capacity.";
    FixedWindow(FixedWindowConfig), "fixed-window", "Counts per aligned window; admits twice its limit across a boundary.";
    Gcra(GcraConfig), "gcra", "A token bucket in one number: the moment at which the next request is due.";
    SlidingLog(SlidingLogConfig), "sliding-log", "Remembers every admitted moment; never over its limit in any window.";
    SlidingCounter(SlidingCounterConfig), "sliding-counter", "Two windows, the older one fading out; close to the log for two counters.";
    LeakyMeter(LeakyMeterConfig), "leaky-meter", "Fills with each request and leaks at a constant rate; what would overflow is refused.";
    LeakyQueue(LeakyQueueConfig), "leaky-queue", "Makes requests wait in line and lets them go at a constant pace; a full line refuses.";
}
