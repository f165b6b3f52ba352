//! Moments of a run as people read them. Numbers and lengths are written by [`crate::paint::number`].

use base::{Span, Time};

/// A moment to the hundredth of a second: `00:24.61`; to the microsecond where the run is slow enough to see one.
#[must_use]
pub fn moment(at: Time, fine: bool) -> String {
    let hundredths = at.0 / 10_000_000;
    let (minutes, seconds) = (hundredths / 6_000, hundredths / 100 % 60);
    if fine {
        format!("{minutes:02}:{seconds:02}.{:06}", at.0 / 1_000 % 1_000_000)
    } else {
        format!("{minutes:02}:{seconds:02}.{:02}", hundredths % 100)
    }
}

/// A whole length of a run: `00:40`.
#[must_use]
pub fn length(length: Span) -> String {
    let seconds = length.0 / 1_000_000_000;
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

/// A speed: `1×`, `0.01×`; as fast as it goes when it is 0.
#[must_use]
pub fn speed(speed: f64) -> String {
    if speed == 0.0 { "max".to_string() } else { format!("{speed}×") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_at_a_glance() {
        assert_eq!(moment(Time(24_610_000_000), false), "00:24.61");
        assert_eq!(moment(Time(84_610_482_000), true), "01:24.610482");
        assert_eq!(length(Span::from_secs(40)), "00:40");
        assert_eq!(speed(0.001), "0.001×");
        assert_eq!(speed(10.0), "10×");
    }
}
