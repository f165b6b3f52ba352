//! How figures are said: thousands separated, units named, three digits where more would be noise.

use base::Span;

/// `21402` as `21,402`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut said = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

/// `1 message`, `1,200 messages`: the word with an `s` unless there is exactly one.
pub(crate) fn counted(n: u64, word: &str) -> String {
    counted_as(n, word, &format!("{word}s"))
}

/// `1 copy`, `1,200 copies`: one word for one, another for any other number.
pub(crate) fn counted_as(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// The share of `part` in `whole`: one decimal, and more while it would otherwise read as none or all.
pub(crate) fn share(part: u64, whole: u64) -> String {
    share_that(part, whole, |_| true)
}

/// The same, with enough decimals that what is read is true as well of what it says: below a bound, above a limit.
pub(crate) fn share_that(part: u64, whole: u64, is_true: impl Fn(f64) -> bool) -> String {
    let percent = percentage(part, whole);
    let reads_right = |decimals: usize| {
        let said: f64 = format!("{percent:.decimals$}").parse().unwrap_or(percent);
        [0.0, 100.0].iter().all(|mark| said != *mark || percent == *mark) && (is_true(said) || !is_true(percent))
    };
    let decimals = (1..9).find(|decimals| reads_right(*decimals)).unwrap_or(9);
    format!("{percent:.decimals$}%")
}

/// The share of `part` in `whole` in percent; 0 of 0 is 0.
pub(crate) fn percentage(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// A length of time with three digits: `412 ms`, `1.25 s`, `830 µs`.
pub(crate) fn span(span: Span) -> String {
    let (size, unit) = match span.0 {
        0 => return "0 ms".to_string(),
        1..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let whole = span.0 / size;
    let decimals = if whole >= 100 {
        0
    } else if whole >= 10 {
        1
    } else {
        2
    };
    let number = format!("{:.decimals$}", span.0 as f64 / size as f64);
    let short = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
    format!("{short} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn numbers_read_as_a_person_writes_them() {
        assert_eq!([0, 7, 999, 1_000, 21_402, 1_000_000].map(count).join(" "), "0 7 999 1,000 21,402 1,000,000");
        assert_eq!(
            [counted(1, "write"), counted(0, "write"), counted(1_200, "write")].join(", "),
            "1 write, 0 writes, 1,200 writes"
        );
    }

    #[test]
    fn a_share_reads_as_none_or_all_only_when_it_is() {
        let cases = [
            (0, 7, "0.0%"),
            (7, 7, "100.0%"),
            (1, 4, "25.0%"),
            (1, 100_000, "0.001%"),
            (99_999, 100_000, "99.999%"),
            (0, 0, "0.0%"),
        ];
        for (part, whole, said) in cases {
            assert_eq!(share(part, whole), said);
        }
        let below = |part| share_that(part, 100_000, |percent| percent < 99.9);
        assert_eq!([99_899, 99_900, 99_901].map(below).join(" "), "99.899% 99.9% 99.9%");
    }

    #[test]
    fn a_length_of_time_has_three_digits_and_its_unit() {
        let cases = [
            (0, "0 ms"),
            (999, "999 ns"),
            (830_400, "830 µs"),
            (4_000_000, "4 ms"),
            (41_230_000, "41.2 ms"),
            (412_400_000, "412 ms"),
            (100_000_000, "100 ms"),
            (1_254_000_000, "1.25 s"),
            (600_000_000_000, "600 s"),
        ];
        for (nanos, said) in cases {
            assert_eq!(span(Span(nanos)), said);
        }
    }
}
