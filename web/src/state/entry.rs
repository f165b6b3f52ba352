//! Numbers as people type them: `1,500`, `1.5k`, `250 ms`, `2 s` where milliseconds are wanted.

use crate::browser::number as decimal;

/// The number that `text` says, in `unit`.
///
/// # Errors
/// A sentence: what was typed and what would do.
pub fn number(text: &str, unit: &str) -> Result<f64, String> {
    let plain: String =
        text.trim().trim_start_matches('×').chars().filter(|c| !matches!(c, ',' | '_' | ' ' | '\u{a0}')).collect();
    let split = plain.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(plain.len());
    // An exponent belongs to the number.
    let split = exponent_end(&plain, split);
    let (digits, suffix) = plain.split_at(split);
    let value = decimal::read(digits).ok_or_else(|| refusal(text, unit))?;
    let factor = factor(suffix, unit).ok_or_else(|| refusal(text, unit))?;
    Ok(value * factor)
}

fn exponent_end(plain: &str, split: usize) -> usize {
    let rest = &plain[split..];
    let Some(after) = rest.strip_prefix(['e', 'E']) else { return split };
    let digits = after.trim_start_matches(['-', '+']);
    let count = digits.chars().take_while(char::is_ascii_digit).count();
    if count == 0 { split } else { split + rest.len() - digits.len() + count }
}

fn factor(suffix: &str, unit: &str) -> Option<f64> {
    let scale = |name: &str| -> Option<f64> {
        match name {
            "ns" => Some(1e-9),
            "us" | "µs" => Some(1e-6),
            "ms" => Some(1e-3),
            "s" => Some(1.0),
            "min" => Some(60.0),
            "h" => Some(3_600.0),
            _ => None,
        }
    };
    match suffix {
        "" => Some(1.0),
        _ if suffix == unit || suffix == "×" || suffix == "x" => Some(1.0),
        "k" | "K" => Some(1e3),
        "M" => Some(1e6),
        // Asked for in ms and typed as 2 s: 1 over 0.001.
        _ => Some((scale(suffix)? / scale(unit)? * 1e9).round() / 1e9),
    }
}

fn refusal(text: &str, unit: &str) -> String {
    let shown: String = text.trim().chars().take(40).collect();
    match (shown.is_empty(), unit) {
        (true, _) => "A number is needed here".to_string(),
        (false, "") => format!("“{shown}” is not a number"),
        (false, unit) => format!("“{shown}” is not a number in {unit}"),
    }
}

/// The next value up (or down) from `value`: by one in its second digit; by one in its first with `far`.
#[must_use]
pub fn stepped(value: f64, is_up: bool, far: bool, whole: bool, min: f64, max: f64) -> f64 {
    let magnitude = 10f64.powi(decade(value.abs()) - i32::from(!far));
    let step = if whole { magnitude.max(1.0) } else { magnitude.max(0.001) };
    let next = if is_up { value + step } else { value - step };
    // 0.1 + 0.2 is to read 0.3.
    ((next * 1e6).round() / 1e6).clamp(min, max)
}

/// The power of ten at or below `size`; of one for nothing.
fn decade(size: f64) -> i32 {
    let mut power = 0;
    let mut edge = 1.0;
    while size >= edge * 10.0 && power < 12 {
        edge *= 10.0;
        power += 1;
    }
    while size > 0.0 && size < edge && power > -3 {
        edge /= 10.0;
        power -= 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let cases = [
            ("1,500", "/s", 1_500.0),
            ("1.5k", "/s", 1_500.0),
            (" 250 ms ", "ms", 250.0),
            ("2 s", "ms", 2_000.0),
            ("250 µs", "ms", 0.25),
            ("×10", "×", 10.0),
            ("10x", "×", 10.0),
            ("20%", "%", 20.0),
            ("1e3", "", 1_000.0),
            ("-4", "", -4.0),
        ];
        for (text, unit, value) in cases {
            assert_eq!(number(text, unit), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_said_back() {
        for (text, unit) in [("", "ms"), ("ten", ""), ("5 parsecs", "ms"), ("--3", ""), ("3 s", "/s"), ("1.2.3", "")] {
            assert!(number(text, unit).is_err(), "{text}");
        }
        assert_eq!(number("ten", "ms"), Err("“ten” is not a number in ms".into()));
    }

    #[test]
    fn steps_follow_the_size_of_the_number() {
        assert_eq!(stepped(1_500.0, true, false, false, 0.0, 1e6), 1_600.0);
        assert_eq!(stepped(1_500.0, true, true, false, 0.0, 1e6), 2_500.0);
        assert_eq!(stepped(3.0, true, false, true, 0.0, 9.0), 4.0);
        assert_eq!(stepped(0.2, true, false, false, 0.0, 9.0), 0.21);
        assert_eq!(stepped(0.0, false, false, false, 0.0, 9.0), 0.0);
    }
}
