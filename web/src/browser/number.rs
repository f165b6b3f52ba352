//! Reads numbers with the browser's reader: the standard library's brings tables of 10 KB, and the page is downloaded.

/// The number that `text` is in decimal: a sign, digits, a point, an exponent. `None` for anything else, and for what is too large.
#[must_use]
pub fn read(text: &str) -> Option<f64> {
    let is_decimal = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    // The browser takes nothing at all for a zero.
    let is_number = text.chars().all(is_decimal) && text.contains(|c: char| c.is_ascii_digit());
    is_number.then(|| parse(text)).filter(|number| number.is_finite())
}

#[cfg(target_arch = "wasm32")]
fn parse(text: &str) -> f64 {
    f64::try_from(wasm_bindgen::JsValue::from_str(text)).unwrap_or(f64::NAN)
}

/// Tests run where there is no browser.
#[cfg(not(target_arch = "wasm32"))]
fn parse(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_decimal_numbers_and_nothing_else() {
        let numbers = [("0", 0.0), ("-1.5", -1.5), ("+2.", 2.0), (".5", 0.5), ("1e3", 1_000.0), ("2.5E-1", 0.25)];
        for (text, number) in numbers {
            assert_eq!(read(text), Some(number), "{text}");
        }
        for text in ["", "-", ".", "e5", "1e", "1-2", "0x10", " 1", "inf", "NaN", "Infinity", "1e999", "1,5"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
