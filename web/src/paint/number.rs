//! How numbers are written: `1,200`, `1.2 M`, `38 ms`, `3.2 s`, `0.3%`. One place, so that a reading looks the same everywhere.
//!
//! The rule: three digits that mean something, thousands in groups, millions and more with a letter, and a unit close by:
//! `%`, `/s` and `×` touch their number, others keep a space.

use base::Span;
use std::fmt::Write;

/// A value and its unit, apart, because they are drawn in different weights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// `38.2`.
    pub value: String,
    /// `ms`; empty for a bare number.
    pub unit: String,
}

/// Writes `value` after what `out` holds; `–` when it is no finite number.
pub fn push(out: &mut String, value: f64) {
    let size = value.abs();
    if !value.is_finite() {
        out.push('–');
        return;
    }
    let letters = [(1e12, " T"), (1e9, " G"), (1e6, " M")];
    // 999,999.6 is written as a million, not as 1,000,000.
    match letters.iter().find(|(scale, _)| size >= scale * 0.999_999_5) {
        Some((scale, letter)) => {
            push_digits(out, value / scale);
            out.push_str(letter);
        }
        None if size >= 999.5 => push_grouped(out, value.round()),
        None => push_digits(out, value),
    }
}

/// Three digits that mean something, without noughts at the end.
fn push_digits(out: &mut String, value: f64) {
    let size = value.abs();
    let decimals = match size {
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.9995 => 2,
        s if s >= 0.0995 => 3,
        _ => 4,
    };
    let from = out.len();
    // Writing to a String cannot fail.
    let _ = write!(out, "{value:.decimals$}");
    if out[from..].contains('.') {
        let kept = out.trim_end_matches('0').trim_end_matches('.').len();
        out.truncate(kept.max(from + 1));
    }
    if &out[from..] == "-0" {
        out.replace_range(from.., "0");
    }
}

fn push_grouped(out: &mut String, whole: f64) {
    let mut digits = String::new();
    let _ = write!(digits, "{:.0}", whole.abs());
    if whole < 0.0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
}

/// `1,200`, `0.35`, `1.2 M`.
#[must_use]
pub fn count(value: f64) -> String {
    let mut out = String::new();
    push(&mut out, value);
    out
}

/// A whole number in groups, every digit of it: `412,000,123`.
#[must_use]
pub fn whole(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A value in `unit`, with its unit made larger or smaller where that reads better: 4,100 ms is `4.1` `s`.
#[must_use]
pub fn reading(value: f64, unit: &str) -> Reading {
    let (value, unit) = fitting(value, unit);
    Reading { value: count(value), unit: unit.to_string() }
}

fn fitting(value: f64, unit: &str) -> (f64, &str) {
    let size = value.abs();
    match unit {
        "ms" if size >= 999.5 => fitting(value / 1e3, "s"),
        "ms" if size > 0.0 && size < 0.0995 => (value * 1e3, "µs"),
        "s" if size >= 7_200.0 => (value / 3_600.0, "h"),
        "s" if size >= 600.0 => (value / 60.0, "min"),
        "s" if size > 0.0 && size < 0.000_999_5 => (value * 1e6, "µs"),
        "s" if size > 0.0 && size < 0.9995 => (value * 1e3, "ms"),
        _ => (value, unit),
    }
}

/// True when `unit` touches its number.
#[must_use]
pub fn touches(unit: &str) -> bool {
    unit.is_empty() || unit.starts_with(['%', '/', '×', '°'])
}

/// `38 ms`, `1,200/s`, `0.3%`, `98 entries`.
#[must_use]
pub fn with_unit(value: f64, unit: &str) -> String {
    reading(value, unit).joined()
}

impl Reading {
    /// The two in one text, with a space where one belongs.
    #[must_use]
    pub fn joined(&self) -> String {
        let gap = if touches(&self.unit) { "" } else { " " };
        format!("{}{gap}{}", self.value, self.unit)
    }
}

/// `850 ns`, `120 µs`, `38.2 ms`, `3.2 s`, `12 min`.
#[must_use]
pub fn span(length: Span) -> String {
    match length.0 {
        0 => "0 s".to_string(),
        ns @ 1..=999 => format!("{ns} ns"),
        ns => with_unit(ns as f64 / 1e9, "s"),
    }
}

/// A share of 0 to 1 as percent: `91.4%`.
#[must_use]
pub fn percent(share: f64) -> String {
    with_unit(share * 100.0, "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits_that_mean_something() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (3.0, "3"),
            (0.35, "0.35"),
            (0.000_01, "0"),
            (-0.000_01, "0"),
            (1.094, "1.09"),
            (38.24, "38.2"),
            (91.4, "91.4"),
            (99.96, "100"),
            (999.4, "999"),
            (999.6, "1,000"),
            (1_196.0, "1,196"),
            (412_000.0, "412,000"),
            (999_999.7, "1 M"),
            (1_234_000.0, "1.23 M"),
            (-7_340.0, "-7,340"),
            (5.0e12, "5 T"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ];
        for (value, written) in cases {
            assert_eq!(count(value), written, "{value}");
        }
    }

    #[test]
    fn units_grow_and_shrink_with_their_number() {
        let cases = [
            (38.2, "ms", "38.2 ms"),
            (4_100.0, "ms", "4.1 s"),
            (0.05, "ms", "50 µs"),
            (0.25, "s", "250 ms"),
            (90.0, "s", "90 s"),
            (1_500.0, "s", "25 min"),
            (1_200.0, "/s", "1,200/s"),
            (0.3, "%", "0.3%"),
            (98.0, "entries", "98 entries"),
            (7.0, "", "7"),
        ];
        for (value, unit, written) in cases {
            assert_eq!(with_unit(value, unit), written);
        }
        assert_eq!(span(Span::from_micros(120)), "120 µs");
        assert_eq!(span(Span::from_millis(3_200)), "3.2 s");
        assert_eq!(span(Span::ZERO), "0 s");
        assert_eq!(whole(412_000_123), "412,000,123");
        assert_eq!(percent(0.914), "91.4%");
    }
}
