//! Coding of ascending numbers: gaps instead of numbers, and few bytes for small ones.
//!
//! ```text
//!   1, 6, 9   →   1, 5, 3   →   01 05 03          300   →   AC 02     seven bits a byte, the top bit says that more follow
//! ```
//!
//! The rule: variable bytes, least significant first, as in Lucene's `VInt`; a number below 128 takes one byte, 64 bits ten. Reading
//! is O(bytes) and never panics: what is cut off or too long reads as `None`.

/// Appends a number.
pub fn write_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads the number at `at`, which is moved behind it.
pub fn read_number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        let part = u64::from(byte & 0x7F);
        if shift == 63 && part > 1 {
            return None;
        }
        number |= part << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Appends ascending numbers as gaps.
pub fn write_gaps(numbers: impl IntoIterator<Item = u64>, out: &mut Vec<u8>) {
    let mut last = 0;
    for number in numbers {
        write_number(number.wrapping_sub(last), out);
        last = number;
    }
}

/// Reads all of what [`write_gaps`] wrote; `None` if it is damaged.
#[must_use]
pub fn read_gaps(bytes: &[u8]) -> Option<Vec<u64>> {
    let (mut at, mut last, mut numbers) = (0, 0_u64, Vec::new());
    while at < bytes.len() {
        last = last.wrapping_add(read_number(bytes, &mut at)?);
        numbers.push(last);
    }
    Some(numbers)
}
