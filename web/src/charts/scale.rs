//! Scales: from values to shares of an axis, with ticks at numbers that people like.
//!
//! A value axis begins at nought and ends at a tick. Latencies that differ by more than [`LOG_FROM`] times get a logarithmic axis
//! of whole decades; as a run only ever adds values, an axis changes from one to the other at most once.

use crate::paint::number;
use base::Span;

/// Ratio of the largest to the smallest value from which an axis is logarithmic.
const LOG_FROM: f64 = 50.0;
/// Most ticks of a logarithmic axis.
const DECADES_MAX: i32 = 4;

/// An axis of values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    /// The value at the bottom; its logarithm on a logarithmic axis.
    low: f64,
    /// The value at the top, likewise.
    high: f64,
    /// True when it is logarithmic.
    pub is_log: bool,
    /// Ticks: share of the axis from its bottom, and what is written there.
    pub ticks: Vec<(f64, String)>,
    /// The unit its ticks are written in; empty when each says its own or there is none.
    pub unit: String,
}

/// The smallest and largest of what is finite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Extent {
    /// The smallest above nought.
    pub least: Option<f64>,
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl Extent {
    /// Takes in one value.
    pub fn take(&mut self, value: f64) {
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        if value > 0.0 {
            self.least = Some(self.least.map_or(value, |least| least.min(value)));
        }
    }
}

/// Numbers at even, round distances from at or below `low` to at or above `high`, about `wanted` of them.
pub(super) fn round_ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let reach = high - low;
    if !reach.is_finite() || reach <= 0.0 || wanted == 0 {
        return vec![low];
    }
    let rough = reach / wanted as f64;
    let power = 10f64.powi(rough.log10().floor() as i32);
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= rough * 0.999).unwrap_or(rough);
    let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
    (0..=(last - first).min(1_000.0) as usize).map(|at| (first + at as f64) * step).collect()
}

impl Scale {
    /// The axis for values of `extent` in `unit`, with about `wanted` ticks. `spread` allows it to be logarithmic.
    pub fn of(extent: Extent, unit: &str, wanted: usize, spread: bool) -> Scale {
        match extent.least {
            Some(least) if spread && extent.high / least > LOG_FROM => Scale::log(least, extent.high, unit),
            _ => Scale::linear(extent, unit, wanted),
        }
    }

    fn linear(extent: Extent, unit: &str, wanted: usize) -> Scale {
        // With nothing but noughts the axis still says what one would be.
        let high = if extent.high <= 0.0 && extent.low >= 0.0 { 1.0 } else { extent.high };
        let ticks = round_ticks(extent.low.min(0.0), high.max(0.0), wanted);
        let (low, top) = (ticks[0], ticks[ticks.len() - 1]);
        let (factor, unit) = larger_unit(top.max(-low), unit);
        let share = |value: f64| if top > low { (value - low) / (top - low) } else { 0.0 };
        let ticks = ticks.iter().map(|&value| (share(value), number::count(value * factor))).collect();
        Scale { low, high: if top > low { top } else { low + 1.0 }, is_log: false, ticks, unit: unit.to_string() }
    }

    fn log(least: f64, most: f64, unit: &str) -> Scale {
        let (first, last) = (least.log10().floor() as i32, (most.log10() - 1e-9).ceil() as i32);
        let every = ((last - first) as f64 / f64::from(DECADES_MAX)).ceil().max(1.0) as i32;
        let share = |decade: i32| f64::from(decade - first) / f64::from((last - first).max(1));
        let ticks = (first..=last)
            .step_by(every as usize)
            .map(|decade| (share(decade), number::with_unit(10f64.powi(decade), unit)))
            .collect();
        Scale { low: f64::from(first), high: f64::from(last.max(first + 1)), is_log: true, ticks, unit: String::new() }
    }

    /// Where `value` is on the axis, 0 at its bottom and 1 at its top; what lies outside is moved to the nearer end.
    pub fn share(&self, value: f64) -> f64 {
        let value = if self.is_log { value.max(f64::MIN_POSITIVE).log10() } else { value };
        let share = (value - self.low) / (self.high - self.low);
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// What to multiply values by, and the unit they are in then, so that an axis up to `top` reads well.
fn larger_unit(top: f64, unit: &str) -> (f64, &str) {
    match unit {
        "ms" if top >= 2_000.0 => (1e-3, "s"),
        "ms" if top > 0.0 && top < 0.1 => (1e3, "µs"),
        "s" if top >= 7_200.0 => (1.0 / 3_600.0, "h"),
        "s" if top > 0.0 && top < 0.5 => (1e3, "ms"),
        _ => (1.0, unit),
    }
}

/// Ticks of the time axis of a run of `length`: share of the axis from its left, and what is written there.
pub(super) fn time_ticks(length: Span, wanted: usize) -> Vec<(f64, String)> {
    let seconds = length.as_secs_f64();
    if seconds <= 0.0 {
        return vec![(0.0, "0 s".to_string())];
    }
    let (size, unit) = match seconds {
        s if s < 2.0 => (1e-3, "ms"),
        s if s <= 240.0 => (1.0, "s"),
        s if s <= 4.0 * 3_600.0 => (60.0, "min"),
        _ => (3_600.0, "h"),
    };
    round_ticks(0.0, seconds / size, wanted)
        .into_iter()
        .map(|value| (value * size / seconds, format!("{} {unit}", number::count(value))))
        .filter(|(share, _)| *share <= 1.0 + 1e-9)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(values: &[f64]) -> Extent {
        let mut extent = Extent::default();
        values.iter().for_each(|value| extent.take(*value));
        extent
    }

    #[test]
    fn ticks_are_round_and_hold_what_they_must() {
        for (low, high) in [(0.0, 1_196.0), (0.0, 0.7), (-3.0, 14.0), (0.0, 98.0), (0.0, 1e9), (0.0, 3e-7)] {
            let ticks = round_ticks(low, high, 3);
            let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
            assert!(first <= low + 1e-12 && last >= high * 0.999_999, "{low} to {high}: {ticks:?}");
            assert!((2..=6).contains(&ticks.len()), "{low} to {high}: {ticks:?}");
        }
        assert_eq!(round_ticks(0.0, 1_196.0, 3), [0.0, 500.0, 1_000.0, 1_500.0]);
    }

    #[test]
    fn an_axis_of_nothing_still_has_a_size() {
        for values in [&[][..], &[0.0], &[0.0, 0.0]] {
            let scale = Scale::of(extent(values), "ms", 3, true);
            assert!(scale.share(0.0).abs() < 1e-12 && scale.share(1.0) > 0.9, "{scale:?}");
        }
        assert!(round_ticks(5.0, 5.0, 3).len() == 1 && round_ticks(0.0, f64::INFINITY, 3).len() == 1);
    }

    #[test]
    fn latencies_far_apart_get_decades() {
        let scale = Scale::of(extent(&[9.0, 38.0, 2_000.0]), "ms", 3, true);
        assert!(scale.is_log);
        let written: Vec<&str> = scale.ticks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(written, ["1 ms", "10 ms", "100 ms", "1 s", "10 s"]);
        assert!((scale.share(100.0) - 0.5).abs() < 1e-9);
        assert!(scale.share(0.0).abs() < 1e-12, "nought is at the bottom and not below it");
        assert!(!Scale::of(extent(&[9.0, 38.0]), "ms", 3, true).is_log);
        let wide = Scale::of(extent(&[1e-3, 1e9]), "ms", 3, true);
        assert!(wide.ticks.len() <= 5, "{wide:?}");
    }

    #[test]
    fn a_long_axis_of_milliseconds_is_written_in_seconds() {
        let scale = Scale::of(extent(&[4_000.0, 5_000.0]), "ms", 3, true);
        assert_eq!((scale.unit.as_str(), scale.ticks.last().map(|(_, text)| text.as_str())), ("s", Some("6")));
    }

    #[test]
    fn time_is_written_in_the_unit_of_the_run() {
        let last = |length| time_ticks(length, 4).pop().map(|(share, text)| ((share * 100.0).round(), text));
        assert_eq!(last(Span::from_secs(40)), Some((100.0, "40 s".to_string())));
        assert_eq!(last(Span::from_secs(3_600)), Some((100.0, "60 min".to_string())));
        assert_eq!(last(Span::from_millis(500)), Some((80.0, "400 ms".to_string())));
        assert_eq!(last(Span::ZERO), Some((0.0, "0 s".to_string())));
    }
}
