//! Circuit breaker: stop calling what keeps failing, and try carefully whether it is back.
//!
//! ```text
//!            the window says so                `open_for` is over
//!   closed ─────────────────────> open ─────────────────────────> half-open
//!      ^                            ^                                 │ │
//!      │                            └──────── a probe fails ──────────┘ │
//!      └──────────────────── `successes` probes succeed ────────────────┘
//! ```
//!
//! The rule: while open, no call is made and each is refused at once with the moment of the first probe; half-open, at most
//! `probes_max` calls are under way; a probe's failure opens it anew. What trips it is a [`Trip`]: failures in a row, a share of
//! failures, or a share of slow calls. An answer counts only for the state in which its call began (each [`Permit`] says which), so
//! that the late failures of an old overload neither open a breaker that has just closed nor keep it open. O(1) a call; the windows
//! of [`Trip::ErrorRate`] and [`Trip::SlowRate`] hold one bit a call.
//!
//! Source: Nygard, "Release It!", 2007; the windows as in Resilience4j. When not: as a substitute for a time-out. A call that hangs
//! is no failure until somebody says so; and a breaker in front of many servers, of which one is ill, shuts out all of them.
//!
//! ```
//! use base::{Span, Time};
//! use resilience::breaker::{Admission, Breaker, BreakerConfig, Trip};
//!
//! let config = BreakerConfig { trip: Trip::Consecutive { failures: 2 }, open_for: Span::from_secs(30), ..BreakerConfig::default() };
//! let mut breaker = Breaker::new(config)?;
//! for _ in 0..2 {
//!     let Admission::Allowed(permit) = breaker.ask(Time::ZERO) else { panic!("closed") };
//!     breaker.on_outcome(Time::ZERO, permit, false, Span::from_millis(5));
//! }
//! let probe = Time::ZERO + Span::from_secs(30);
//! assert_eq!(breaker.ask(Time::ZERO), Admission::Refused { not_before: Some(probe) });
//! assert!(matches!(breaker.ask(probe), Admission::Allowed(_)));
//! # Ok::<(), resilience::breaker::BreakerError>(())
//! ```

mod listed;
mod window;

pub use listed::{ListedBreaker, ListedBreakerConfig};

use base::{Span, Time};
use core::fmt;
use serde::{Deserialize, Serialize};
use window::Window;

/// What opens a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trip {
    /// So many failures in a row. A single success among them starts the count anew: half of all calls failing by turns never opens it.
    Consecutive {
        /// At least 1.
        failures: u32,
    },
    /// A share of failures among the last calls.
    ErrorRate {
        /// 1 to 100.
        percent: u32,
        /// How many calls are looked at, 1 to 1,000,000.
        window: u32,
        /// How many there must have been before it judges, at most `window`.
        calls_min: u32,
    },
    /// A share of calls that took too long (or failed) among the last ones.
    SlowRate {
        /// Longer than this is slow.
        slower_than: Span,
        /// 1 to 100.
        percent: u32,
        /// How many calls are looked at, 1 to 1,000,000.
        window: u32,
        /// How many there must have been before it judges, at most `window`.
        calls_min: u32,
    },
}

/// The longest window there may be: 125 kB of bits.
pub const WINDOW_MAX: u32 = 1_000_000;

/// Settings of a [`Breaker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct BreakerConfig {
    /// What opens it.
    pub trip: Trip,
    /// How long it stays open. Usual range 1 s to 60 s.
    pub open_for: Span,
    /// Calls that may be under way at one time while half-open, at least 1.
    pub probes_max: u32,
    /// Probes that must succeed to close it, at least 1.
    pub successes: u32,
}

/// Five failures in a row, a minute, one probe at a time, two good ones.
impl Default for BreakerConfig {
    fn default() -> BreakerConfig {
        BreakerConfig {
            trip: Trip::Consecutive { failures: 5 },
            open_for: Span::from_secs(60),
            probes_max: 1,
            successes: 2,
        }
    }
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Make it, and come back with the permit.
    Allowed(Permit),
    /// Do not.
    Refused {
        /// When the first probe may be made; `None` while the probes that are allowed are under way, or if that time never comes.
        not_before: Option<Time>,
    },
}

/// Says in which state a call began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    generation: u64,
}

/// What a breaker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Calls pass.
    Closed,
    /// No call passes.
    Open,
    /// A few calls pass, to see.
    HalfOpen,
}

/// A circuit breaker, closed at first.
#[derive(Clone, Debug)]
pub struct Breaker {
    config: BreakerConfig,
    phase: Phase,
    /// Counts changes of state.
    generation: u64,
    failures_in_row: u32,
    window: Window,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Closed,
    Open {
        until: Time,
    },
    /// `last`: when the last probe was sent.
    HalfOpen {
        last: Time,
        under_way: u32,
        good: u32,
    },
}

impl Breaker {
    /// A closed breaker.
    pub fn new(config: BreakerConfig) -> Result<Breaker, BreakerError> {
        let at_least_one = |field, value: u32| if value == 0 { Err(BreakerError::Zero { field }) } else { Ok(()) };
        at_least_one("probes-max", config.probes_max)?;
        at_least_one("successes", config.successes)?;
        let window = match config.trip {
            Trip::Consecutive { failures } => at_least_one("failures", failures).map(|()| 0)?,
            Trip::ErrorRate { percent, window, calls_min } | Trip::SlowRate { percent, window, calls_min, .. } => {
                if window == 0 || window > WINDOW_MAX || calls_min > window {
                    return Err(BreakerError::Window { window, calls_min });
                }
                if percent == 0 || percent > 100 {
                    return Err(BreakerError::Percent { percent });
                }
                window
            }
        };
        let (phase, window) = (Phase::Closed, Window::new(window));
        Ok(Breaker { config, phase, generation: 0, failures_in_row: 0, window })
    }

    /// May a call be made at `now`?
    pub fn ask(&mut self, now: Time) -> Admission {
        if let Phase::Open { until } = self.phase
            && now >= until
        {
            self.turn(Phase::HalfOpen { last: now, under_way: 0, good: 0 });
        }
        // Probes that nobody has answered for as long as it would have been open are given up, or it would never be asked again.
        if let Phase::HalfOpen { last, under_way, .. } = self.phase
            && under_way >= self.config.probes_max
            && now.since(last) >= self.config.open_for
        {
            self.turn(Phase::HalfOpen { last: now, under_way: 0, good: 0 });
        }
        let permit = Permit { generation: self.generation };
        match &mut self.phase {
            Phase::Closed => Admission::Allowed(permit),
            // A moment that saturates never comes.
            Phase::Open { until } => {
                Admission::Refused { not_before: Some(*until).filter(|moment| *moment < Time::NEVER) }
            }
            Phase::HalfOpen { last, under_way, .. } if *under_way < self.config.probes_max => {
                (*last, *under_way) = (now, *under_way + 1);
                Admission::Allowed(permit)
            }
            Phase::HalfOpen { .. } => Admission::Refused { not_before: None },
        }
    }

    /// A call has ended, well (`ok`) or not, after `took`. Callers decide what a failure is: a refusal for the caller's own fault
    /// (4xx) is none.
    pub fn on_outcome(&mut self, now: Time, permit: Permit, ok: bool, took: Span) {
        if permit.generation != self.generation {
            return;
        }
        let is_slow = matches!(self.config.trip, Trip::SlowRate { slower_than, .. } if took > slower_than);
        let is_good = ok && !is_slow;
        match &mut self.phase {
            Phase::Closed => {
                self.count(is_good);
                if self.is_tripped() {
                    self.open(now);
                }
            }
            Phase::Open { .. } => {}
            Phase::HalfOpen { .. } if !is_good => self.open(now),
            Phase::HalfOpen { under_way, good, .. } => {
                (*under_way, *good) = (under_way.saturating_sub(1), *good + 1);
                if *good >= self.config.successes {
                    self.turn(Phase::Closed);
                }
            }
        }
    }

    /// A call ended without saying anything about the far side: its caller gave up or died. It frees the place of a probe.
    pub fn on_cancelled(&mut self, permit: Permit) {
        if let Phase::HalfOpen { under_way, .. } = &mut self.phase
            && permit.generation == self.generation
        {
            *under_way = under_way.saturating_sub(1);
        }
    }

    /// What it is doing at `now`. An open breaker whose time is over is half-open.
    #[must_use]
    pub fn state(&self, now: Time) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Open { until } if now < until => State::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    fn count(&mut self, is_good: bool) {
        self.failures_in_row = if is_good { 0 } else { self.failures_in_row + 1 };
        self.window.push(!is_good);
    }

    fn is_tripped(&self) -> bool {
        match self.config.trip {
            Trip::Consecutive { failures } => self.failures_in_row >= failures,
            Trip::ErrorRate { percent, calls_min, .. } | Trip::SlowRate { percent, calls_min, .. } => {
                let (bad, calls) = self.window.counts();
                calls >= calls_min.max(1) && u64::from(bad) * 100 >= u64::from(percent) * u64::from(calls)
            }
        }
    }

    fn open(&mut self, now: Time) {
        self.turn(Phase::Open { until: now + self.config.open_for });
    }

    /// Changes state; what was counted and who is under way belongs to the old one.
    fn turn(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
        self.failures_in_row = 0;
        self.window.clear();
    }
}

/// Why a breaker cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BreakerError {
    /// What must be at least 1 is 0.
    Zero {
        /// Which field.
        field: &'static str,
    },
    /// The window is too short, too long, or shorter than the calls it needs to judge.
    Window {
        /// Its length.
        window: u32,
        /// The calls it needs.
        calls_min: u32,
    },
    /// A share that is none.
    Percent {
        /// What it is.
        percent: u32,
    },
}

impl fmt::Display for BreakerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BreakerError::Zero { field } => write!(f, "`{field}` is 0, but must be at least 1"),
            BreakerError::Window { window, calls_min } => {
                write!(
                    f,
                    "`window` is {window} and `calls-min` {calls_min}: at most {WINDOW_MAX} calls, and no more needed than looked at"
                )
            }
            BreakerError::Percent { percent } => write!(f, "`percent` is {percent}, but must lie between 1 and 100"),
        }
    }
}

impl core::error::Error for BreakerError {}
