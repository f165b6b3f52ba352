//! Virtual time: integer nanoseconds since the start of a run. Never the wall clock.
//!
//! A [`Time`] is a moment and a [`Span`] is a length; adding two moments does not compile. Arithmetic saturates, so that no
//! configuration can overflow into the past; the last moment is 584 simulated years away.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// A moment of virtual time, in nanoseconds since the start of the run.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub u64);

/// A length of virtual time, in nanoseconds.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub u64);

impl Time {
    /// The start of every run.
    pub const ZERO: Time = Time(0);
    /// A moment that never comes.
    pub const NEVER: Time = Time(u64::MAX);

    /// The length since `earlier`; zero if `earlier` is in fact later.
    #[must_use]
    pub fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Seconds as a float, for display only.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest length there is.
    pub const MAX: Span = Span(u64::MAX);

    /// `n` microseconds.
    #[must_use]
    pub const fn from_micros(n: u64) -> Span {
        Span(n.saturating_mul(1_000))
    }

    /// `n` milliseconds.
    #[must_use]
    pub const fn from_millis(n: u64) -> Span {
        Span(n.saturating_mul(1_000_000))
    }

    /// `n` seconds.
    #[must_use]
    pub const fn from_secs(n: u64) -> Span {
        Span(n.saturating_mul(1_000_000_000))
    }

    /// `ms` milliseconds rounded once to whole nanoseconds; negative and NaN become zero, too large saturates.
    #[must_use]
    pub fn from_millis_f64(ms: f64) -> Span {
        Span::from_nanos_f64(ms * 1e6)
    }

    /// `ns` nanoseconds rounded once to a whole number; negative and NaN become zero, too large saturates.
    #[must_use]
    pub fn from_nanos_f64(ns: f64) -> Span {
        Span((ns + 0.5) as u64)
    }

    /// Milliseconds as a float, for display only.
    #[must_use]
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Seconds as a float, for display only.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// `self × factor`, rounded once; a factor that is negative or NaN gives zero.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Span {
        Span::from_nanos_f64(self.0 as f64 * factor)
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Minutes, seconds and milliseconds: `00:21.400`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0 / 1_000_000;
        write!(f, "{:02}:{:02}.{:03}", ms / 60_000, ms / 1_000 % 60, ms % 1_000)
    }
}

/// The largest unit that keeps the number exact: `250ms`, `1.5s` is `1500ms`, `3s`. [`Span::from_str`] reads it back.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, size) = match self.0 {
            0 => ("s", 1_000_000_000),
            n if n % 1_000_000_000 == 0 => ("s", 1_000_000_000),
            n if n % 1_000_000 == 0 => ("ms", 1_000_000),
            n if n % 1_000 == 0 => ("us", 1_000),
            _ => ("ns", 1),
        };
        write!(f, "{}{unit}", self.0 / size)
    }
}

/// Why a text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError {
    text: String,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a length of time: write a number and ns, us, ms, s, m or h, such as 250ms", self.text)
    }
}

impl core::error::Error for TimeError {}

/// Reads `250ms`, `1.5s`, `2m`; a bare number is seconds. Fractions are rounded once to whole nanoseconds.
impl FromStr for Span {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Span, TimeError> {
        let trimmed = text.trim();
        let refuse = || TimeError { text: trimmed.chars().take(40).collect() };
        let split = trimmed.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let size = match unit {
            "ns" => 1.0,
            "us" => 1e3,
            "ms" => 1e6,
            "" | "s" => 1e9,
            "m" | "min" => 60e9,
            "h" => 3600e9,
            _ => return Err(refuse()),
        };
        let value: f64 = number.trim().parse().map_err(|_| refuse())?;
        if !value.is_finite() || value < 0.0 || value * size > 9e18 {
            return Err(refuse());
        }
        Ok(Span::from_nanos_f64(value * size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_length_reads_back_what_it_writes() {
        for ns in [0, 1, 999, 1_000, 250_000_000, 1_500_000_000, 3_600_000_000_000] {
            let span = Span(ns);
            assert_eq!(span.to_string().parse::<Span>(), Ok(span), "{ns} ns");
        }
    }

    #[test]
    fn nonsense_is_refused_with_its_text() {
        for text in ["", "ms", "-1s", "NaN s", "1e300s", "3 parsecs", "inf"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        assert_eq!(Time::NEVER + Span(1), Time::NEVER);
        assert_eq!(Time(3) - Span(5), Time::ZERO);
        assert_eq!(Time(3).since(Time(5)), Span::ZERO);
        assert_eq!(Span::from_nanos_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_nanos_f64(-4.0), Span::ZERO);
    }
}
